//! How findings are printed: for people, for programs, for the services that show them beside the code.

mod azure;
mod concise;
mod full;
mod github;
mod gitlab;
mod grouped;
mod json;
mod junit;
mod place;
mod pylint;
mod rdjson;
mod sarif;
mod statistics;
mod summary;

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use homebound_check::{Applicability, Diagnostic, Fix};
use serde::Deserialize;

use crate::files::Unreadable;
use crate::run::Sources;
use crate::terminal::Style;

pub(crate) use full::{explain_failure, render_chain};
pub(crate) use statistics::statistics;
pub(crate) use summary::{Summary, summary};

/// The address of a rule's page.
pub(crate) fn rule_url(code: &str) -> String {
    format!("{}/blob/main/docs/rules/{code}.md", env!("CARGO_PKG_REPOSITORY"))
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// Source lines with carets, the way to the mistake, and what to write instead
    #[default]
    Full,
    /// One line each
    Concise,
    /// One line each, by file
    Grouped,
    /// A JSON array
    Json,
    /// A JSON object per line
    JsonLines,
    /// JUnit's XML, for test reports
    Junit,
    /// Commands of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// As pylint prints
    Pylint,
    /// reviewdog's JSON
    Rdjson,
    /// Commands of Azure Pipelines
    Azure,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl Format {
    pub(crate) const NAMES: &[&str] = &[
        "full",
        "concise",
        "grouped",
        "json",
        "json-lines",
        "junit",
        "github",
        "gitlab",
        "pylint",
        "rdjson",
        "azure",
        "sarif",
    ];

    /// Whether people read it; programs get no word besides the findings.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped)
    }
}

/// What there is to print.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) findings: Vec<&'a Diagnostic>,
    /// Findings that a comment excuses.
    pub(crate) suppressed: Vec<&'a Diagnostic>,
    /// Findings that the baseline knows, with the reason that stands there.
    pub(crate) known: Vec<(&'a Diagnostic, Option<&'a str>)>,
    pub(crate) unreadable: &'a [Unreadable],
    pub(crate) sources: &'a Sources,
    /// The folder that paths are shown from.
    pub(crate) here: &'a Path,
    /// Whether unsafe fixes count as fixes.
    pub(crate) unsafe_fixes: bool,
}

impl Report<'_> {
    /// The fix that `--fix` would apply.
    pub(crate) fn fix<'d>(&self, finding: &'d Diagnostic) -> Option<&'d Fix> {
        finding.fix.as_ref().filter(|fix| applies(fix, self.unsafe_fixes))
    }
}

/// Whether a fix is applied, with or without `--unsafe-fixes`.
pub(crate) fn applies(fix: &Fix, unsafe_fixes: bool) -> bool {
    match fix.applicability {
        Applicability::Safe => true,
        Applicability::Unsafe => unsafe_fixes,
        Applicability::DisplayOnly => false,
    }
}

/// Prints the findings.
pub(crate) fn write(report: &Report<'_>, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Full => full::write(report, style, out),
        Format::Concise => concise::write(report, style, out),
        Format::Grouped => grouped::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::JsonLines => json::write_lines(report, out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Pylint => pylint::write(report, out),
        Format::Rdjson => rdjson::write(report, out),
        Format::Azure => azure::write(report, out),
        Format::Sarif => sarif::write(report, out),
    }
}
