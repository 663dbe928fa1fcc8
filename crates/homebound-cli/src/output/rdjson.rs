//! reviewdog's diagnostic format.

use std::io::{self, Write};

use homebound_check::Diagnostic;
use serde_json::{Value, json};

use super::{Report, rule_url};
use crate::run::Span;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| diagnostic(report, finding))
        .collect();
    let document = json!({
        "diagnostics": diagnostics,
        "severity": "WARNING",
        "source": { "name": "homebound", "url": env!("CARGO_PKG_REPOSITORY") },
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn diagnostic(report: &Report<'_>, finding: &Diagnostic) -> Value {
    let mut value = json!({
        "code": { "url": rule_url(finding.rule.code), "value": finding.rule.code },
        "location": { "path": finding.path.display().to_string(), "range": range(report.span(finding)) },
        "message": finding.message,
    });
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|related| {
            let range = range(report.span_of(&related.path, related.range));
            json!({ "message": related.message, "location": { "path": related.path.display().to_string(), "range": range } })
        });
        value["related_locations"] = related.collect();
    }
    if let Some(fix) = report.fix(finding) {
        let suggestions = fix
            .edits
            .iter()
            .map(|edit| json!({ "range": range(report.span_of(&edit.path, edit.range)), "text": edit.replacement }));
        value["suggestions"] = suggestions.collect();
    }
    value
}

fn range(span: Span) -> Value {
    json!({
        "start": { "line": span.start.0, "column": span.start.1 },
        "end": { "line": span.end.0, "column": span.end.1 },
    })
}
