//! JUnit's XML: a suite for each file, a failed case for each finding.

use std::io::{self, Write};

use homebound_check::Diagnostic;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Report;

type Xml<'w> = Writer<&'w mut dyn Write>;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut xml: Xml<'_> = Writer::new_with_indent(out, b' ', 4);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = report.findings.len().to_string();
    let suites = xml.create_element("testsuites").with_attributes([
        ("name", "homebound"),
        ("tests", if report.findings.is_empty() { "1" } else { &count }),
        ("failures", &count),
        ("errors", "0"),
    ]);
    suites.write_inner_content(|xml| {
        if report.findings.is_empty() {
            // Some readers take a report without a case for a run that broke.
            return nothing_found(xml);
        }
        report
            .findings
            .chunk_by(|a, b| a.path == b.path)
            .try_for_each(|group| suite(xml, report, group))
    })?;
    writeln!(xml.into_inner())
}

fn nothing_found(xml: &mut Xml<'_>) -> io::Result<()> {
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", "homebound"),
        ("package", "org.homebound"),
        ("tests", "1"),
        ("failures", "0"),
        ("errors", "0"),
    ]);
    suite.write_inner_content(|xml| {
        xml.create_element("testcase")
            .with_attributes([("name", "No errors found"), ("classname", "homebound")])
            .write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn suite(xml: &mut Xml<'_>, report: &Report<'_>, group: &[&Diagnostic]) -> io::Result<()> {
    let path = group[0].path.display().to_string();
    let count = group.len().to_string();
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", path.as_str()),
        ("package", "org.homebound"),
        ("tests", count.as_str()),
        ("failures", count.as_str()),
        ("errors", "0"),
    ]);
    suite.write_inner_content(|xml| group.iter().try_for_each(|finding| case(xml, report, finding)))?;
    Ok(())
}

fn case(xml: &mut Xml<'_>, report: &Report<'_>, finding: &Diagnostic) -> io::Result<()> {
    let (line, column) = report.span(finding).start;
    let name = format!("org.homebound.{}", finding.rule.code);
    let class = finding.path.with_extension("").display().to_string();
    let (line_text, column_text) = (line.to_string(), column.to_string());
    let case = xml.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", class.as_str()),
        ("line", line_text.as_str()),
        ("column", column_text.as_str()),
    ]);
    case.write_inner_content(|xml| {
        let text = format!("line {line}, col {column}, {}", finding.message);
        let failure = xml
            .create_element("failure")
            .with_attribute(("message", finding.message.as_str()));
        failure.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}
