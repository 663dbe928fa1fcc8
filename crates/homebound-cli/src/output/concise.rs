//! One line for each finding.

use std::io::{self, Write};

use super::Report;
use crate::terminal::Style;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let (line, column) = report.span(finding).start;
        let colon = style.mark(":");
        let path = style.bold(report.shown(finding));
        let mark = if report.fix(finding).is_some() {
            format!("[{}] ", style.mark("*"))
        } else {
            String::new()
        };
        let code = style.code(finding.rule.code);
        writeln!(
            out,
            "{path}{colon}{line}{colon}{column}{colon} {code} {mark}{}",
            finding.message
        )?;
    }
    Ok(())
}
