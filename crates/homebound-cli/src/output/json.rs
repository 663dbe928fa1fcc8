//! JSON, with the fields that tools know from other linters, and the way to the mistake.

use std::io::{self, Write};

use homebound_check::{Applicability, Diagnostic, Fix};
use serde::Serialize;

use super::place::Point;
use super::{Report, rule_url};

#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    /// Of a notebook: the code cell that rows are counted in.
    cell: Option<usize>,
    code: &'a str,
    end_location: Point,
    filename: String,
    fix: Option<FixOut<'a>>,
    help: Option<&'a str>,
    location: Point,
    message: &'a str,
    name: &'a str,
    noqa_row: u32,
    related: Vec<RelatedOut<'a>>,
    severity: &'a str,
    url: String,
}

#[derive(Debug, Serialize)]
struct RelatedOut<'a> {
    end_location: Point,
    filename: String,
    location: Point,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct FixOut<'a> {
    applicability: &'a str,
    edits: Vec<EditOut<'a>>,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct EditOut<'a> {
    content: &'a str,
    end_location: Point,
    location: Point,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|diagnostic| finding(report, diagnostic))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &findings)?;
    writeln!(out)
}

pub(super) fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &report.findings {
        serde_json::to_writer(&mut *out, &finding(report, diagnostic))?;
        writeln!(out)?;
    }
    Ok(())
}

pub(crate) fn finding<'a>(report: &Report<'_>, diagnostic: &'a Diagnostic) -> Finding<'a> {
    let span = report.span(diagnostic);
    Finding {
        cell: span.cell,
        code: diagnostic.rule.code,
        end_location: span.end.into(),
        filename: diagnostic.path.display().to_string(),
        fix: diagnostic.fix.as_ref().map(|fix| fix_out(report, fix)),
        help: diagnostic.help.as_deref(),
        location: span.start.into(),
        message: &diagnostic.message,
        name: diagnostic.rule.name,
        noqa_row: span.start.0,
        related: related(report, diagnostic),
        severity: "error",
        url: rule_url(diagnostic.rule.code),
    }
}

fn related<'a>(report: &Report<'_>, diagnostic: &'a Diagnostic) -> Vec<RelatedOut<'a>> {
    let out = diagnostic.related.iter().map(|related| {
        let span = report.span_of(&related.path, related.range);
        RelatedOut {
            end_location: span.end.into(),
            filename: related.path.display().to_string(),
            location: span.start.into(),
            message: &related.message,
        }
    });
    out.collect()
}

fn fix_out<'a>(report: &Report<'_>, fix: &'a Fix) -> FixOut<'a> {
    let edits = fix.edits.iter().map(|edit| {
        let span = report.span_of(&edit.path, edit.range);
        EditOut {
            content: &edit.replacement,
            end_location: span.end.into(),
            location: span.start.into(),
        }
    });
    FixOut {
        applicability: applicability(fix.applicability),
        edits: edits.collect(),
        message: &fix.title,
    }
}

fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::DisplayOnly => "display",
    }
}
