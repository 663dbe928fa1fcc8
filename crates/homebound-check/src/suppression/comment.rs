//! Comments, read.

use crate::selection::{RuleSet, parse_selector};
use crate::text::{LineIndex, TextRange};

/// A comment that excuses.
#[derive(Debug)]
pub(super) struct Comment {
    pub range: TextRange,
    pub reach: Reach,
    pub words: Vec<Word>,
    pub reason: Option<String>,
    /// Words of other linters stand in it as well.
    pub shared: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    Line(u32),
    /// From the first line up to the second.
    Lines(u32, u32),
    File,
}

/// A code or a name in the comment.
#[derive(Debug)]
pub(super) struct Word {
    pub range: TextRange,
    pub rules: RuleSet,
    pub used: bool,
    /// Whether it names a rule at all.
    pub known: bool,
}

/// The comments of a file that excuse something.
pub(super) fn find(text: &str, comments: &[TextRange], lines: &LineIndex) -> Vec<Comment> {
    let mut out: Vec<Comment> = Vec::new();
    for range in comments.iter().flat_map(|comment| parts(text, *comment)) {
        let body = range.slice(text);
        let said = body.trim_start_matches(['#', ' ', '\t']);
        let at = body.len() - said.len();
        if said.starts_with("homebound:") {
            homebound(text, range, at + "homebound:".len(), lines, &mut out);
        } else if is_noqa(said) {
            out.extend(noqa(text, range, at + "noqa".len(), lines));
        }
    }
    out
}

/// What one line's comment says to several tools: each part begins with a `#` of its own.
fn parts(text: &str, comment: TextRange) -> Vec<TextRange> {
    let body = comment.slice(text);
    let begins = |at: &usize| {
        let (head, tail) = body.split_at(*at);
        // `see #12` goes on.
        *at == 0 || head.ends_with([' ', '\t']) && !tail[1..].starts_with(|c: char| c.is_ascii_digit())
    };
    let starts: Vec<usize> = body.match_indices('#').map(|(at, _)| at).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([body.len()]);
    let part = |(start, end): (&usize, usize)| {
        let length = body[*start..end].trim_end().len();
        TextRange::new(offset(comment, *start), offset(comment, start + length))
    };
    starts.iter().zip(ends).map(part).collect()
}

/// A word of its own.
fn is_noqa(said: &str) -> bool {
    let word = said
        .get(.."noqa".len())
        .is_some_and(|word| word.eq_ignore_ascii_case("noqa"));
    word && !said["noqa".len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn offset(range: TextRange, at: usize) -> u32 {
    range.start + u32::try_from(at).unwrap_or(0)
}

fn homebound(text: &str, range: TextRange, at: usize, lines: &LineIndex, out: &mut Vec<Comment>) {
    let body = range.slice(text);
    let rest = body[at..].trim_start();
    let verb_at = body.len() - rest.len();
    let verb_length = rest
        .find(|c: char| !c.is_ascii_alphabetic() && c != '-')
        .unwrap_or(rest.len());
    let verb = &rest[..verb_length];
    let (words, after) = bracketed(body, range, verb_at + verb_length);
    let line = lines.line(range.start);
    let reach = match verb {
        "ignore" if stands_alone(text, range, lines) => Reach::Line(next_code_line(text, line, lines)),
        "ignore" => Reach::Line(line),
        "disable" => Reach::Lines(line, u32::MAX),
        "file-ignore" => Reach::File,
        "enable" => return close(out, &words, line),
        _ => return,
    };
    out.push(Comment {
        range,
        reach,
        words,
        reason: reason(&body[after..]),
        shared: false,
    });
}

/// Ends the blocks that these words opened.
fn close(out: &mut [Comment], words: &[Word], line: u32) {
    for comment in out {
        let named = comment.words.iter().any(|word| {
            words
                .iter()
                .any(|other| !word.rules.intersection(other.rules).is_empty())
        });
        if let Reach::Lines(from, to @ u32::MAX) = comment.reach
            && named
        {
            let _ = to;
            comment.reach = Reach::Lines(from, line);
        }
    }
}

/// The words between brackets, and where the text goes on. Without brackets: everything.
fn bracketed(body: &str, range: TextRange, at: usize) -> (Vec<Word>, usize) {
    let rest = &body[at..];
    let Some(close) = rest.find(']').filter(|_| rest.starts_with('[')) else {
        let word = Word {
            range: TextRange::new(offset(range, at), offset(range, at)),
            rules: RuleSet::all(),
            used: false,
            known: true,
        };
        return (vec![word], at);
    };
    let mut words = Vec::new();
    let mut start = at + 1;
    for part in rest[1..close].split(',') {
        words.extend(word(part, range, start));
        start += part.len() + 1;
    }
    (words, at + close + 1)
}

fn word(part: &str, range: TextRange, at: usize) -> Option<Word> {
    let trimmed = part.trim();
    let start = at + part.len() - part.trim_start().len();
    let place = TextRange::new(offset(range, start), offset(range, start + trimmed.len()));
    let parsed = parse_selector(trimmed).ok().map(|(rules, _)| rules);
    let (rules, known) = (parsed.unwrap_or_default(), parsed.is_some());
    (!trimmed.is_empty()).then_some(Word {
        range: place,
        rules,
        used: false,
        known,
    })
}

fn noqa(text: &str, range: TextRange, at: usize, lines: &LineIndex) -> Option<Comment> {
    let body = range.slice(text);
    let reach = Reach::Line(lines.line(range.start));
    let rest = &body[at..];
    let Some(list) = rest.trim_start().strip_prefix(':') else {
        let word = Word {
            range: TextRange::new(range.start, range.start),
            rules: RuleSet::all(),
            used: false,
            known: true,
        };
        return Some(Comment {
            range,
            reach,
            words: vec![word],
            reason: None,
            shared: true,
        });
    };
    let mut words = Vec::new();
    let mut shared = false;
    let mut start = body.len() - list.len();
    for part in list.split_inclusive([',', ' ', '\t']) {
        let code = part.trim_matches([',', ' ', '\t']);
        if !code.is_empty() && !is_code(code) {
            break;
        }
        if code.starts_with("HB") {
            words.extend(word(code, range, start + part.find(code).unwrap_or(0)));
        } else {
            shared |= !code.is_empty();
        }
        start += part.len();
    }
    let reason = reason(&body[start..]);
    (!words.is_empty()).then_some(Comment {
        range,
        reach,
        words,
        reason,
        shared,
    })
}

/// Letters, then digits: what linters call a code.
fn is_code(word: &str) -> bool {
    let letters = word.chars().take_while(char::is_ascii_uppercase).count();
    let rest = &word[letters..];
    letters > 0 && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit())
}

fn reason(rest: &str) -> Option<String> {
    let text = rest.trim_matches([' ', '\t', '-', ':', '#', '—']);
    (!text.is_empty()).then(|| text.to_owned())
}

fn stands_alone(text: &str, range: TextRange, lines: &LineIndex) -> bool {
    let line = lines.line_range(lines.line(range.start), text);
    let before = TextRange::new(line.start, range.start).slice(text).trim_start();
    before.is_empty() || before.starts_with('#')
}

/// The next line that is neither empty nor a comment.
fn next_code_line(text: &str, line: u32, lines: &LineIndex) -> u32 {
    let count = u32::try_from(lines.line_count()).unwrap_or(u32::MAX);
    let code = |line: &u32| {
        let content = lines.line_range(*line, text).slice(text).trim();
        !content.is_empty() && !content.starts_with('#')
    };
    (line + 1..count).find(code).unwrap_or(line + 1)
}
