//! Commands that GitHub Actions shows beside the lines of a change.

use std::io::{self, Write};

use super::Report;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let span = report.span(finding);
        let code = finding.rule.code;
        let mut message = format!("{}: {code} {}", report.at(finding), finding.message);
        if let Some(help) = &finding.help {
            message.push_str("\n  help: ");
            message.push_str(help);
        }
        writeln!(
            out,
            "::error title=homebound ({code}),file={},line={},col={},endLine={},endColumn={}::{}",
            property(&finding.path.display().to_string()),
            span.start.0,
            span.start.1,
            span.end.0,
            span.end.1,
            data(&message)
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
