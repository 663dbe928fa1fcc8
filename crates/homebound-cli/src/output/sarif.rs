//! SARIF 2.1.0, with what code scanning shows: the rules, the way to a finding, fingerprints that survive moving lines, and who
//! excused what.

use std::io::{self, Write};
use std::path::Path;

use homebound_check::{Diagnostic, Fix, Group, Related, TextRange, rules};
use serde_json::{Map, Value, json};
use url::Url;

use super::{Report, applies, rule_url};
use crate::fingerprint::fingerprints;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver() },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": { "uri": folder_uri(report.here) } },
            "invocations": [{ "executionSuccessful": report.unreadable.is_empty(), "toolExecutionNotifications": notifications(report) }],
            "results": results(report),
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn driver() -> Value {
    let descriptors = rules().iter().map(|rule| {
        json!({
            "id": rule.code,
            "name": pascal(rule.name),
            "shortDescription": { "text": rule.summary },
            "fullDescription": { "text": rule.docs(), "markdown": rule.docs() },
            "help": { "text": rule.docs(), "markdown": rule.docs() },
            "helpUri": rule_url(rule.code),
            "defaultConfiguration": { "enabled": rule.default, "level": "error" },
            "properties": {
                "name": rule.name,
                "level": rule.level,
                "tags": ["threads", group_tag(rule.group)],
                "precision": if rule.level == 0 { "very-high" } else if rule.level == 1 { "high" } else { "medium" },
                "problem.severity": "error",
            },
        })
    });
    json!({
        "name": "homebound",
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": descriptors.collect::<Vec<_>>(),
    })
}

fn group_tag(group: Group) -> &'static str {
    match group {
        Group::Checker => "checker",
        Group::UserInterface => "user-interface",
        Group::Lifetime => "lifetime",
        Group::Affinity => "affinity",
        Group::Signals => "signals",
        Group::Locks => "locks",
        Group::Loops => "loops",
    }
}

fn notifications(report: &Report<'_>) -> Vec<Value> {
    let notifications = report.unreadable.iter().map(|problem| {
        json!({
            "level": "error",
            "message": { "text": format!("cannot read the file: {}", problem.why) },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact(&problem.path, report.here) } }],
        })
    });
    notifications.collect()
}

/// What is reported, then what a comment excuses, then what the baseline knows.
fn results(report: &Report<'_>) -> Vec<Value> {
    let known = report.known.iter().map(|(finding, _)| *finding);
    let all: Vec<&Diagnostic> = report
        .findings
        .iter()
        .chain(&report.suppressed)
        .copied()
        .chain(known)
        .collect();
    let fingerprints = fingerprints(&all, report.sources, report.here);
    let mut results: Vec<Value> = all
        .iter()
        .zip(&fingerprints)
        .map(|(finding, print)| result(report, finding, print))
        .collect();
    let baseline = report.findings.len() + report.suppressed.len();
    for (result, (_, reason)) in results[baseline..].iter_mut().zip(&report.known) {
        result["suppressions"] = json!([suppression("external", *reason)]);
    }
    results
}

fn result(report: &Report<'_>, finding: &Diagnostic, fingerprint: &str) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.code,
        "level": "error",
        "message": { "text": message(finding) },
        "locations": [location(report, &finding.path, finding.range, None)],
        "partialFingerprints": { "homebound/v1": fingerprint },
    });
    if let Some(index) = rules().iter().position(|rule| rule.code == finding.rule.code) {
        result["ruleIndex"] = json!(index);
    }
    if !finding.related.is_empty() {
        result["relatedLocations"] = related_locations(report, &finding.related);
        result["codeFlows"] = code_flows(report, finding);
    }
    if let Some(suppressed) = &finding.suppressed {
        result["suppressions"] = json!([suppression("inSource", suppressed.reason.as_deref())]);
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| applies(fix, true)) {
        result["fixes"] = json!([fix_value(report, fix)]);
    }
    result
}

fn message(finding: &Diagnostic) -> String {
    match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    }
}

fn related_locations(report: &Report<'_>, related: &[Related]) -> Value {
    let locations = (1..).zip(related).map(|(id, related)| {
        let mut location = location(report, &related.path, related.range, Some(&related.message));
        location["id"] = json!(id);
        location
    });
    locations.collect()
}

/// The steps in order, and the finding as the last of them.
fn code_flows(report: &Report<'_>, finding: &Diagnostic) -> Value {
    let steps = finding
        .related
        .iter()
        .map(|related| location(report, &related.path, related.range, Some(&related.message)));
    let last = location(report, &finding.path, finding.range, Some(&finding.message));
    let locations: Vec<Value> = steps
        .chain([last])
        .map(|location| json!({ "location": location }))
        .collect();
    json!([{ "threadFlows": [{ "locations": locations }] }])
}

fn location(report: &Report<'_>, path: &Path, range: TextRange, message: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": { "artifactLocation": artifact(path, report.here), "region": region(report, path, range) },
    });
    if let Some(message) = message {
        location["message"] = json!({ "text": message });
    }
    location
}

fn region(report: &Report<'_>, path: &Path, range: TextRange) -> Value {
    let span = report.span_of(path, range);
    json!({
        "startLine": span.start.0,
        "startColumn": span.start.1,
        "endLine": span.end.0,
        "endColumn": span.end.1,
    })
}

/// Relative where possible: a report is read on another machine than it was written on.
fn artifact(path: &Path, here: &Path) -> Value {
    let Ok(relative) = path.strip_prefix(here) else {
        return json!({ "uri": file_uri(path) });
    };
    let mut uri = Map::new();
    let segments = relative
        .components()
        .map(|part| escaped(&part.as_os_str().to_string_lossy()));
    uri.insert("uri".to_owned(), json!(segments.collect::<Vec<_>>().join("/")));
    uri.insert("uriBaseId".to_owned(), json!("SRCROOT"));
    Value::Object(uri)
}

/// One segment of a path as a relative address: percent signs, blanks and all but plain characters are written as their bytes.
fn escaped(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte);
    segment
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn file_uri(path: &Path) -> String {
    Url::from_file_path(path).map_or_else(|()| path.display().to_string(), String::from)
}

fn folder_uri(path: &Path) -> String {
    Url::from_directory_path(path).map_or_else(|()| path.display().to_string(), String::from)
}

fn suppression(kind: &str, reason: Option<&str>) -> Value {
    let mut suppression = json!({ "kind": kind });
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        suppression["justification"] = json!(reason);
    }
    suppression
}

fn fix_value(report: &Report<'_>, fix: &Fix) -> Value {
    let changes = fix.edits.chunk_by(|a, b| a.path == b.path).map(|edits| {
        let replacements = edits.iter().map(|edit| {
            json!({ "deletedRegion": region(report, &edit.path, edit.range), "insertedContent": { "text": edit.replacement } })
        });
        json!({ "artifactLocation": artifact(&edits[0].path, report.here), "replacements": replacements.collect::<Vec<_>>() })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect()
}
