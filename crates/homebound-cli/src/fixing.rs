//! Fixes: applied until nothing changes, each result parsed and checked again, files replaced whole.

mod diff;
mod ignores;
mod rounds;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use homebound_check::{Applicability, Diagnostic, Edit, Fix, Rule, SourceFile, fix};

pub(crate) use diff::diff;
pub(crate) use ignores::{add_ignores, ignore_edit};
pub(crate) use rounds::{breaks_syntax, fix, with_line_ends};
pub(crate) use write::{replace_file, write_back, write_report};

/// A file after edits; as it was where they do not fit.
fn edited(file: &SourceFile, edits: Vec<Edit>) -> SourceFile {
    let fix = Fix {
        title: String::new(),
        applicability: Applicability::Safe,
        edits,
    };
    fix::apply(file, &[&fix]).0
}

/// A file before and after.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) before: SourceFile,
    pub(crate) after: SourceFile,
}

/// A fix that would have done harm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refused {
    pub(crate) path: PathBuf,
    pub(crate) code: &'static str,
    pub(crate) title: String,
    pub(crate) why: String,
}

/// What fixing brought.
#[derive(Debug, Default)]
pub(crate) struct Fixed {
    pub(crate) changes: Vec<Change>,
    /// How often each rule's fix was applied, by file.
    pub(crate) applied: BTreeMap<PathBuf, BTreeMap<&'static str, (&'static Rule, usize)>>,
    pub(crate) refused: BTreeSet<Refused>,
    /// Files that one fix has changed together.
    pub(crate) together: Vec<BTreeSet<PathBuf>>,
    /// What is left, suppressed findings included.
    pub(crate) left: Vec<Diagnostic>,
}

impl Fixed {
    pub(crate) fn count(&self) -> usize {
        self.applied
            .values()
            .flat_map(BTreeMap::values)
            .map(|(_, count)| count)
            .sum()
    }
}
