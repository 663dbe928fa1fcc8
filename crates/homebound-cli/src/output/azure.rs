//! Commands that Azure Pipelines turns into issues of a build.

use std::io::{self, Write};

use super::Report;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let (line, column) = report.span(finding).start;
        writeln!(
            out,
            "##vso[task.logissue type=error;sourcepath={};linenumber={line};columnnumber={column};code={};]{}",
            property(&finding.path.display().to_string()),
            finding.rule.code,
            data(&finding.message)
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}
