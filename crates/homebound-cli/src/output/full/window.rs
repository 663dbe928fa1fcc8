//! The part of a text that is shown: whole lines around a range, or a piece of a line that has no end.

use std::ops::Range;

use homebound_check::TextRange;

/// A range over more lines is shown by its first one: a caret under a whole class points at nothing.
const MOST_LINES: usize = 4;
/// A longer line is shown by a piece of it.
const LONGEST_LINE: usize = 2000;

#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) text: &'a str,
    pub(super) first_line: usize,
    /// Where `text` begins in the file.
    offset: usize,
}

impl<'a> Window<'a> {
    /// The lines of `range`, which begins in line `line`, and `context` lines before and after.
    pub(super) fn around(text: &'a str, line: u32, range: TextRange, context: usize) -> Self {
        let range = shortened(text, range);
        let (mut start, mut before) = (line_start(text, range.start), 0);
        if longest(&text[start..line_end(text, range.end)]) > LONGEST_LINE {
            return Self::piece(text, line, &range);
        }
        while before < context && start > 0 && start - line_start(text, start - 1) <= LONGEST_LINE {
            start = line_start(text, start - 1);
            before += 1;
        }
        let mut end = line_end(text, range.end);
        for _ in 0..context {
            let next = line_end(text, (end + 1).min(text.len()));
            if next - end > LONGEST_LINE {
                break;
            }
            end = next;
        }
        Self {
            text: &text[start..end],
            first_line: line as usize - before,
            offset: start,
        }
    }

    /// All lines of `range`, however many.
    pub(super) fn whole(text: &'a str, line: u32, range: TextRange) -> Self {
        let range = fitted(text, range);
        let start = line_start(text, range.start);
        Self {
            text: &text[start..line_end(text, range.end)],
            first_line: line as usize,
            offset: start,
        }
    }

    fn piece(text: &'a str, line: u32, range: &Range<usize>) -> Self {
        let start = text.floor_char_boundary(
            range
                .start
                .saturating_sub(LONGEST_LINE / 4)
                .max(line_start(text, range.start)),
        );
        let end = text.ceil_char_boundary((range.start + LONGEST_LINE / 4).min(line_end(text, range.start)));
        Self {
            text: &text[start..end],
            first_line: line as usize,
            offset: start,
        }
    }

    /// The range within `text`.
    pub(super) fn span(&self, range: TextRange) -> Range<usize> {
        let within = |at: u32| (at as usize).saturating_sub(self.offset).min(self.text.len());
        let (start, end) = (within(range.start), within(range.end));
        let span = start..end.max(start);
        if self.text[span.clone()].lines().count() > MOST_LINES {
            return start..line_end(self.text, start);
        }
        span
    }
}

fn fitted(text: &str, range: TextRange) -> Range<usize> {
    let start = text.floor_char_boundary(range.start as usize);
    start..text.ceil_char_boundary(range.end as usize).max(start)
}

fn shortened(text: &str, range: TextRange) -> Range<usize> {
    let range = fitted(text, range);
    if text[range.clone()].lines().count() > MOST_LINES {
        return range.start..line_end(text, range.start);
    }
    range
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

fn longest(text: &str) -> usize {
    text.lines().map(str::len).max().unwrap_or_default()
}
