//! What a check answers with.

use crate::fix::Fix;
use crate::rule::Rule;
use crate::suppression::Suppression;
use crate::text::TextRange;
use std::path::PathBuf;

/// One mistake, at one place.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The file, as given.
    pub path: PathBuf,
    /// Where, in bytes of the file's text.
    pub range: TextRange,
    /// What the user will see happen.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The evidence, in order: the entry point, the calls, the thread.
    pub related: Vec<Related>,
    /// An edit that mends it.
    pub fix: Option<Fix>,
    /// The comment that excuses it. Such a diagnostic stays in the list and does not count.
    pub suppressed: Option<Suppression>,
}

/// A place that belongs to the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub range: TextRange,
    /// What happens there.
    pub message: String,
}

/// All findings of a run.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    /// Sorted by path, range and code.
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The findings that no comment excuses.
    pub fn active(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|diagnostic| diagnostic.suppressed.is_none())
    }

    pub(crate) fn sorted(mut list: Vec<Diagnostic>) -> Self {
        list.sort_by(|a, b| {
            (&a.path, a.range, a.rule.code, &a.message).cmp(&(&b.path, b.range, b.rule.code, &b.message))
        });
        list.dedup_by(|a, b| a.path == b.path && a.range == b.range && a.rule.code == b.rule.code);
        Self { list }
    }
}
