//! Comments that excuse nothing.

use super::comment::{Comment, Word};
use crate::diagnostic::Diagnostic;
use crate::fix::{Applicability, Edit, Fix};
use crate::model::File;
use crate::rules::UNUSED_SUPPRESSION;
use crate::selection::RuleSet;
use crate::text::TextRange;

/// A finding for each word of ours that excused nothing.
pub(super) fn find(file: &File<'_>, on: RuleSet, comments: &[Comment]) -> Vec<Diagnostic> {
    if !on.contains(&UNUSED_SUPPRESSION) {
        return Vec::new();
    }
    let ours = |comment: &&Comment| !(comment.shared && comment.words.iter().any(|word| word.range.is_empty()));
    comments
        .iter()
        .filter(ours)
        .flat_map(|comment| of_comment(file, on, comment))
        .collect()
}

fn of_comment(file: &File<'_>, on: RuleSet, comment: &Comment) -> Vec<Diagnostic> {
    // A rule that is off could not have been excused.
    let judged = |word: &&Word| !word.used && (!word.known || !word.rules.intersection(on).is_empty());
    let idle: Vec<&Word> = comment.words.iter().filter(judged).collect();
    let all = idle.len() == comment.words.len();
    idle.iter().map(|word| report(file, comment, word, all)).collect()
}

fn report(file: &File<'_>, comment: &Comment, word: &Word, all: bool) -> Diagnostic {
    let text = word.range.slice(&file.source.text);
    let message = match (word.known, text.is_empty()) {
        (false, _) => format!("`{text}` names no rule: this comment excuses nothing"),
        (true, true) => "there is nothing here that this comment could excuse".to_owned(),
        (true, false) => format!("`{text}` finds nothing here: the comment hides the next mistake instead"),
    };
    let range = if word.range.is_empty() {
        comment.range
    } else {
        word.range
    };
    Diagnostic {
        rule: &UNUSED_SUPPRESSION,
        path: file.source.path.clone(),
        range,
        message,
        help: Some("remove it".to_owned()),
        related: Vec::new(),
        fix: Some(removal(file, comment, word, all)),
        suppressed: None,
    }
}

fn removal(file: &File<'_>, comment: &Comment, word: &Word, all: bool) -> Fix {
    let text = &file.source.text;
    let range = if all && !comment.shared {
        whole(text, comment.range)
    } else {
        with_comma(text, word.range, comment.range)
    };
    let edit = Edit {
        path: file.source.path.clone(),
        range,
        replacement: String::new(),
    };
    Fix {
        title: "Remove what excuses nothing".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![edit],
    }
}

/// The comment with the spaces before it, and with its line where nothing else stands there. What the line's comment says to other
/// tools stays.
fn whole(text: &str, comment: TextRange) -> TextRange {
    let tail = &text[comment.end as usize..];
    let spaces = tail.len() - tail.trim_start_matches([' ', '\t']).len();
    if tail[spaces..].starts_with('#') {
        return TextRange::new(comment.start, comment.end + u32::try_from(spaces).unwrap_or(0));
    }
    let head = &text[..comment.start as usize];
    let start = u32::try_from(head.trim_end_matches([' ', '\t']).len()).unwrap_or(comment.start);
    let alone = start == 0 || head[..start as usize].ends_with('\n');
    let rest = tail[spaces..].strip_prefix('\r').unwrap_or(&tail[spaces..]);
    let rest = if alone {
        rest.strip_prefix('\n').unwrap_or(rest)
    } else {
        &tail[spaces..]
    };
    TextRange::new(start, comment.end + u32::try_from(tail.len() - rest.len()).unwrap_or(0))
}

/// A word with the comma after it, or before it where it is the last.
fn with_comma(text: &str, word: TextRange, comment: TextRange) -> TextRange {
    let after = TextRange::new(word.end, comment.end).slice(text);
    let trimmed = after.trim_start();
    if let Some(rest) = trimmed.strip_prefix(',') {
        let length = after.len() - rest.trim_start().len();
        return TextRange::new(word.start, word.end + u32::try_from(length).unwrap_or(0));
    }
    let before = TextRange::new(comment.start, word.start).slice(text);
    let kept = before.trim_end().trim_end_matches(',');
    TextRange::new(comment.start + u32::try_from(kept.len()).unwrap_or(0), word.end)
}
