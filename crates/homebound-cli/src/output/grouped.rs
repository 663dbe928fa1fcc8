//! One line for each finding, under the name of its file.

use std::io::{self, Write};

use homebound_check::Diagnostic;

use super::Report;
use crate::terminal::Style;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for group in report.findings.chunk_by(|a, b| a.path == b.path) {
        writeln!(out, "{}:", style.bold(report.shown(group[0])))?;
        let places: Vec<String> = group.iter().map(|finding| place(report, finding)).collect();
        let width = places.iter().map(String::len).max().unwrap_or_default();
        for (finding, place) in group.iter().zip(places) {
            let mark = if report.fix(finding).is_some() {
                format!("[{}] ", style.mark("*"))
            } else {
                String::new()
            };
            writeln!(
                out,
                "  {place:>width$} {} {mark}{}",
                style.code(finding.rule.code),
                finding.message
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn place(report: &Report<'_>, finding: &Diagnostic) -> String {
    let (line, column) = report.span(finding).start;
    format!("{line}:{column}")
}
