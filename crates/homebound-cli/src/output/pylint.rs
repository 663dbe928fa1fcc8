//! Lines as pylint prints them, for tools that read those.

use std::io::{self, Write};

use super::Report;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let (line, _) = report.span(finding).start;
        writeln!(
            out,
            "{}:{line}: [{}] {}",
            report.shown(finding),
            finding.rule.code,
            finding.message
        )?;
    }
    Ok(())
}
