//! GitLab's code quality report. Its fingerprints keep a finding the same one while lines move.

use std::io::{self, Write};

use serde_json::json;

use super::Report;
use super::place::shown;
use crate::fingerprint::fingerprints;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    // GitLab wants paths from the root of the repository, which a job may have left.
    let root = std::env::var_os("CI_PROJECT_DIR").map_or_else(|| report.here.to_owned(), std::path::PathBuf::from);
    let fingerprints = fingerprints(&report.findings, report.sources, &root);
    let issues = report.findings.iter().zip(fingerprints).map(|(finding, fingerprint)| {
        let span = report.span(finding);
        json!({
            "check_name": finding.rule.code,
            "description": format!("{}: {}", finding.rule.code, finding.message),
            "severity": "major",
            "fingerprint": fingerprint,
            "location": {
                "path": shown(&finding.path, &root),
                "positions": {
                    "begin": { "line": span.start.0, "column": span.start.1 },
                    "end": { "line": span.end.0, "column": span.end.1 },
                },
            },
        })
    });
    serde_json::to_writer_pretty(&mut *out, &issues.collect::<Vec<_>>())?;
    writeln!(out)
}
