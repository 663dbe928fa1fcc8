//! Edits that mend a mistake, and their application.

use crate::source::SourceFile;
use crate::text::TextRange;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How far an edit may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Shows the way; to be finished by hand.
    DisplayOnly,
    /// Mends this place and may need a change elsewhere.
    Unsafe,
    /// Keeps what the program means.
    Safe,
}

/// The replacement of one range; an insertion where the range is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: PathBuf,
    /// What is replaced.
    pub range: TextRange,
    /// What comes there.
    pub replacement: String,
}

/// Edits that belong together: all of them, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for a menu.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// Applies to a file those fixes that fit, and returns their places in `fixes`.
///
/// A fix whose edits touch an applied one, another file, or what is not Python in a notebook, is left.
pub fn apply(file: &SourceFile, fixes: &[&Fix]) -> (SourceFile, Vec<usize>) {
    let (mut changed, applied) = apply_all(std::slice::from_ref(file), fixes);
    let after = changed.pop().map_or_else(|| file.clone(), |(_, after)| after);
    (after, applied)
}

/// Applies to files those fixes that fit: all edits of a fix, or none.
///
/// Returns the files that have changed, with their places in `sources`, and the places in `fixes` of what was applied.
pub fn apply_all(sources: &[SourceFile], fixes: &[&Fix]) -> (Vec<(usize, SourceFile)>, Vec<usize>) {
    let places: FxHashMap<&Path, usize> = sources.iter().zip(0..).map(|(file, at)| (&*file.path, at)).collect();
    let mut taken: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    let mut applied = Vec::new();
    for (index, fix) in fixes.iter().enumerate() {
        let fits = |edit: &Edit| {
            let at = *places.get(&*edit.path)?;
            let free = !taken
                .get(&at)
                .is_some_and(|taken| taken.iter().any(|other| overlap(edit, other)));
            (free && sources[at].takes(edit.range)).then_some(at)
        };
        let at: Option<Vec<usize>> = fix.edits.iter().map(fits).collect();
        let Some(at) = at.filter(|at| !at.is_empty() && disjoint(&fix.edits)) else {
            continue;
        };
        for (at, edit) in at.into_iter().zip(&fix.edits) {
            taken.entry(at).or_default().push(edit);
        }
        applied.push(index);
    }
    let changed = taken.into_iter().map(|(at, mut edits)| {
        edits.sort_by_key(|edit| edit.range);
        (at, sources[at].edited(&edits))
    });
    (changed.collect(), applied)
}

/// Whether no two edits touch each other.
pub(crate) fn disjoint(edits: &[Edit]) -> bool {
    let clear = |(index, edit): (usize, &Edit)| !edits[..index].iter().any(|other| overlap(edit, other));
    edits.iter().enumerate().all(clear)
}

/// Two insertions at one place overlap as well: which comes first is not ours to choose.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.range, other.range);
    one.path == other.path && (a.start == b.start || (a.start < b.end && b.start < a.end))
}
