//! Comments that excuse a finding.
//!
//! | comment | excuses |
//! |---|---|
//! | `# noqa: HB101 reason` | these codes in its line; `# noqa` alone, everything there |
//! | `# homebound: ignore[ui-from-thread] reason` | these rules in its line, or in the next where it stands alone |
//! | `# homebound: disable[HB1] reason` … `# homebound: enable[HB1]` | these rules from here to there, or to the end |
//! | `# homebound: file-ignore[HB102] reason` | these rules in the whole file |
//!
//! `noqa` is shared with other linters: their codes in it are left alone.

mod comment;
mod unused;

use crate::diagnostic::Diagnostic;
use crate::model::File;
use crate::selection::RuleSet;
use crate::text::{LineIndex, TextRange};
use comment::{Comment, Reach};

/// The comment that excuses a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The comment.
    pub range: TextRange,
    /// The reason that its author gave.
    pub reason: Option<String>,
}

/// Marks what comments excuse, and adds the comments that excuse nothing.
pub(crate) fn apply(file: &File<'_>, on: RuleSet, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let text = &file.source.text;
    let lines = LineIndex::new(text);
    let mut comments = comment::find(text, &file.tree.comments, &lines);
    if comments.is_empty() {
        return found;
    }
    for diagnostic in &mut found {
        let start = lines.line(diagnostic.range.start);
        let end = lines.line(diagnostic.range.end);
        if let Some(excuse) = excuse(&mut comments, diagnostic, start, end) {
            diagnostic.suppressed = Some(excuse);
        }
    }
    let unused = unused::find(file, on, &comments);
    found.extend(unused);
    found
}

/// The first comment that excuses a finding; each word that does is marked as used.
fn excuse(comments: &mut [Comment], diagnostic: &Diagnostic, start: u32, end: u32) -> Option<Suppression> {
    let mut excuse = None;
    for comment in comments {
        let reached = match comment.reach {
            Reach::Line(line) => line == start || line == end,
            Reach::Lines(from, to) => (from..to).contains(&start),
            Reach::File => true,
        };
        let Some(word) = comment
            .words
            .iter_mut()
            .find(|word| reached && word.rules.contains(diagnostic.rule))
        else {
            continue;
        };
        word.used = true;
        excuse.get_or_insert(Suppression {
            range: comment.range,
            reason: comment.reason.clone(),
        });
    }
    excuse
}
