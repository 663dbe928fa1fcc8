//! Comments that excuse findings: one for every line with `--add-ignore`, one for a line in an editor.
//!
//! A comment stands at the end of the finding's line. Where that end lies within a string or a continued line, it stands on a line of its
//! own above; where the syntax allows neither, there is none.

use std::collections::{BTreeMap, BTreeSet};

use homebound_check::{Checker, Diagnostic, Edit, Group, LineIndex, SourceFile, TextRange};

use super::{Change, breaks_syntax, edited};
use crate::run::Loaded;

/// What adding comments brought.
#[derive(Debug, Default)]
pub(crate) struct Added {
    pub(crate) changes: Vec<Change>,
    /// Findings that have a comment now.
    pub(crate) count: usize,
    /// Findings that are still reported.
    pub(crate) left: Vec<Diagnostic>,
}

/// Adds the comments in memory: `loaded` holds the new texts afterwards.
pub(crate) fn add_ignores(loaded: &mut Loaded, reason: &str) -> Added {
    let originals = loaded.files.clone();
    let mut checker = Checker::default();
    let found = active(loaded, &mut checker);
    for file in &mut loaded.files {
        let index = LineIndex::new(&file.text);
        let edits = lines(file, &index, &found)
            .into_iter()
            .filter_map(|(line, names)| comment_edit(file, &index, line, &names, reason));
        let edits: Vec<Edit> = edits.collect();
        *file = edited(file, edits);
    }
    let left = active(loaded, &mut checker);
    let pairs = originals
        .into_iter()
        .zip(&loaded.files)
        .filter(|(before, after)| before.text != after.text);
    let changes = pairs
        .map(|(before, after)| Change {
            before,
            after: after.clone(),
        })
        .collect();
    Added {
        changes,
        count: found.len().saturating_sub(left.len()),
        left,
    }
}

/// The comment that excuses one finding.
pub(crate) fn ignore_edit(file: &SourceFile, index: &LineIndex, finding: &Diagnostic) -> Option<Edit> {
    comment_edit(
        file,
        index,
        index.line(finding.range.start),
        &BTreeSet::from([finding.rule.name]),
        "",
    )
}

fn active(loaded: &Loaded, checker: &mut Checker) -> Vec<Diagnostic> {
    let mut list = loaded.check(checker);
    list.retain(|finding| finding.suppressed.is_none());
    list
}

/// The rules to excuse, by line. Syntax and comments are mended, not excused.
fn lines<'a>(file: &SourceFile, index: &LineIndex, found: &'a [Diagnostic]) -> BTreeMap<u32, BTreeSet<&'a str>> {
    let mut lines: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for finding in found
        .iter()
        .filter(|finding| finding.path == file.path && finding.rule.group != Group::Checker)
    {
        lines
            .entry(index.line(finding.range.start))
            .or_default()
            .insert(finding.rule.name);
    }
    lines
}

fn comment_edit(file: &SourceFile, index: &LineIndex, line: u32, names: &BTreeSet<&str>, reason: &str) -> Option<Edit> {
    let range = index.line_range(line, &file.text);
    let body = range.slice(&file.text).trim_end_matches(['\n', '\r']);
    let end = range.start + u32::try_from(body.len()).ok()?;
    if ends_a_token(file, end) {
        let edit = behind(file, range.start, body, names, reason)?;
        if can_stand(file, &edit) {
            return Some(edit);
        }
    }
    let indent = &body[..body.len() - body.trim_start().len()];
    let newline = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
    let replacement = format!("{indent}{}{newline}", comment(names, reason));
    let edit = Edit {
        path: file.path.clone(),
        range: TextRange::new(range.start, range.start),
        replacement,
    };
    let above = range.start == 0 || ends_a_token(file, range.start - 1);
    Some(edit).filter(|edit| above && can_stand(file, edit))
}

/// Whether a place at the end of a line lies outside of strings: there, and only there, a stray sign on the next line is wrong.
fn ends_a_token(file: &SourceFile, at: u32) -> bool {
    let edit = Edit {
        path: file.path.clone(),
        range: TextRange::new(at, at),
        replacement: "\n?".to_owned(),
    };
    breaks(file, &edit)
}

fn breaks(file: &SourceFile, edit: &Edit) -> bool {
    breaks_syntax(file, &edited(file, vec![edit.clone()]))
}

/// Whether an edit can be written: into a notebook's Python, and in the encoding of the file.
fn can_stand(file: &SourceFile, edit: &Edit) -> bool {
    file.takes(edit.range) && !breaks(file, edit) && edited(file, vec![edit.clone()]).encode().is_ok()
}

const MARK: &str = "# homebound: ignore[";

/// A comment at the end of a line; one that is there already takes the names in.
fn behind(file: &SourceFile, start: u32, body: &str, names: &BTreeSet<&str>, reason: &str) -> Option<Edit> {
    let place = |from: usize, to: usize| -> Option<TextRange> {
        Some(TextRange::new(
            start + u32::try_from(from).ok()?,
            start + u32::try_from(to).ok()?,
        ))
    };
    let existing = body
        .rfind(MARK)
        .map(|at| at + MARK.len())
        .and_then(|from| Some((from, from + body[from..].find(']')?)));
    let Some((from, to)) = existing else {
        let trimmed = body.trim_end().len();
        let replacement = format!("  {}", comment(names, reason));
        return Some(Edit {
            path: file.path.clone(),
            range: place(trimmed, body.len())?,
            replacement,
        });
    };
    let mut all: Vec<&str> = body[from..to]
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    all.extend(names.iter().filter(|name| !body[from..to].contains(**name)));
    Some(Edit {
        path: file.path.clone(),
        range: place(from, to)?,
        replacement: all.join(", "),
    })
}

fn comment(names: &BTreeSet<&str>, reason: &str) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    let reason = reason.replace(['\n', '\r'], " ");
    format!("# homebound: ignore[{}] {}", names.join(", "), reason.trim())
        .trim_end()
        .to_owned()
}
