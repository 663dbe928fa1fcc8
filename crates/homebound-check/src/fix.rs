//! Edits that mend a mistake, and their application.

use crate::source::SourceFile;
use crate::text::TextRange;
use std::path::PathBuf;

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
    let mut taken: Vec<&Edit> = Vec::new();
    let mut applied = Vec::new();
    for (index, fix) in fixes.iter().enumerate() {
        if fits(file, fix, &taken) {
            taken.extend(&fix.edits);
            applied.push(index);
        }
    }
    taken.sort_by_key(|edit| edit.range);
    (file.edited(&taken), applied)
}

fn fits(file: &SourceFile, fix: &Fix, taken: &[&Edit]) -> bool {
    !fix.edits.is_empty()
        && fix.edits.iter().enumerate().all(|(index, edit)| {
            edit.path == file.path
                && file.takes(edit.range)
                && !fix.edits[..index].iter().any(|other| overlap(edit.range, other.range))
                && !taken.iter().any(|other| overlap(edit.range, other.range))
        })
}

/// Two insertions at one place overlap as well: which comes first is not ours to choose.
fn overlap(a: TextRange, b: TextRange) -> bool {
    a.start == b.start || (a.start < b.end && b.start < a.end)
}
