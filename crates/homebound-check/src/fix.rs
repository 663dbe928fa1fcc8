//! Edits that mend a mistake, and their application.

use crate::text::TextRange;
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

/// Applies to the text of `path` those fixes that fit, and returns their places in `fixes`.
///
/// A fix whose edits touch an applied one, or another file, is left for the next round.
pub fn apply(path: &Path, text: &str, fixes: &[&Fix]) -> (String, Vec<usize>) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut applied = Vec::new();
    for (index, fix) in fixes.iter().enumerate() {
        if fits(path, text, fix, &taken) {
            taken.extend(&fix.edits);
            applied.push(index);
        }
    }
    taken.sort_by_key(|edit| edit.range);
    (replace(text, &taken), applied)
}

fn fits(path: &Path, text: &str, fix: &Fix, taken: &[&Edit]) -> bool {
    !fix.edits.is_empty()
        && fix.edits.iter().enumerate().all(|(index, edit)| {
            edit.path == path
                && text.get(edit.range.start as usize..edit.range.end as usize).is_some()
                && !fix.edits[..index].iter().any(|other| overlap(edit.range, other.range))
                && !taken.iter().any(|other| overlap(edit.range, other.range))
        })
}

/// Two insertions at one place overlap as well: which comes first is not ours to choose.
fn overlap(a: TextRange, b: TextRange) -> bool {
    a.start == b.start || (a.start < b.end && b.start < a.end)
}

fn replace(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.range.start as usize]);
        out.push_str(&edit.replacement);
        at = edit.range.end as usize;
    }
    out.push_str(&text[at..]);
    out
}
