//! The last lines for people: how much was found, how much of it a fix would mend.

use std::fmt::Write;

use homebound_check::Applicability;

use super::Report;
use crate::terminal::Style;

/// What else happened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    pub(crate) fixed: usize,
    /// Whether fixes were applied already, so that nobody need be told of `--fix`.
    pub(crate) fixing: bool,
    /// Whether nothing is said of what is left.
    pub(crate) fix_only: bool,
}

pub(crate) fn summary(report: &Report<'_>, what: Summary, style: Style) -> String {
    // What could not be read was not passed either.
    let clean = report.findings.is_empty() && what.fixed == 0;
    let mut text = if clean && !report.unreadable.is_empty() {
        String::new()
    } else {
        found(report.findings.len(), what)
    };
    if !report.known.is_empty() {
        let _ = writeln!(
            text,
            "{} left out: the baseline knows {}.",
            count(report.known.len(), "error"),
            them(report.known.len())
        );
    }
    if !what.fixing {
        text.push_str(&fixable(report, style));
    }
    text
}

fn found(left: usize, what: Summary) -> String {
    if what.fix_only {
        return match what.fixed {
            0 => "No errors were fixed.\n".to_owned(),
            fixed => format!("Fixed {}.\n", count(fixed, "error")),
        };
    }
    let all = left + what.fixed;
    match (left, what.fixed) {
        (0, 0) => "All checks passed!\n".to_owned(),
        (_, 0) => format!("Found {}.\n", count(left, "error")),
        (_, fixed) => format!("Found {} ({fixed} fixed, {left} remaining).\n", count(all, "error")),
    }
}

fn fixable(report: &Report<'_>, style: Style) -> String {
    let safe = report
        .findings
        .iter()
        .filter(|finding| report.fix(finding).is_some())
        .count();
    let of_kind = |kind| {
        report
            .findings
            .iter()
            .filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.applicability == kind))
            .count()
    };
    let hidden = if report.unsafe_fixes {
        0
    } else {
        of_kind(Applicability::Unsafe)
    };
    let option = if report.unsafe_fixes {
        "--fix --unsafe-fixes"
    } else {
        "--fix"
    };
    let mark = style.mark("*");
    let hidden_fixes = if hidden == 1 {
        "1 hidden fix".to_owned()
    } else {
        format!("{hidden} hidden fixes")
    };
    match (safe, hidden) {
        (0, 0) => String::new(),
        (0, _) => format!("No fixes available ({hidden_fixes} can be enabled with the `--unsafe-fixes` option).\n"),
        (_, 0) => format!("[{mark}] {safe} fixable with the `{option}` option.\n"),
        (_, _) => format!(
            "[{mark}] {safe} fixable with the `{option}` option ({hidden_fixes} can be enabled with the `--unsafe-fixes` option).\n"
        ),
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

fn them(number: usize) -> &'static str {
    if number == 1 { "it" } else { "them" }
}
