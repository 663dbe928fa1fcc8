//! Many lines of text, of which few are looked at.

use std::sync::Arc;

/// Lines, kept as the texts in which they came: a million of them cost little more than their letters, and none is moved when one is added.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    texts: Vec<Text>,
    count: usize,
}

#[derive(Debug)]
struct Text {
    /// The number of its first line.
    first: usize,
    letters: Arc<str>,
    /// Where each line ends in the text.
    ends: Vec<usize>,
}

impl Lines {
    /// Adds the lines of `text`.
    pub(crate) fn add(&mut self, text: impl Into<Arc<str>>) {
        let text = text.into();
        let mut ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            ends.push(text.len());
        }
        let first = self.count;
        self.count += ends.len();
        if self.count > first {
            self.texts.push(Text {
                first,
                letters: text,
                ends,
            });
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The line with this number; an empty one if there is none.
    pub(crate) fn line(&self, number: usize) -> &str {
        let after = self.texts.partition_point(|text| text.first <= number);
        let found = after.checked_sub(1).and_then(|at| self.texts.get(at));
        found.map_or("", |text| text.line(number - text.first))
    }
}

impl Text {
    fn line(&self, number: usize) -> &str {
        let begin = number
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| end + 1);
        let end = self.ends.get(number).copied().unwrap_or(begin);
        self.letters.get(begin..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: &Lines) -> Vec<&str> {
        (0..lines.len()).map(|number| lines.line(number)).collect()
    }

    #[test]
    fn lines_come_out_as_they_went_in() {
        let mut lines = Lines::default();
        assert!(lines.is_empty());
        for text in ["a\nb\n", "", "\n", "c", "dé\n€"] {
            lines.add(text);
        }
        assert_eq!(all(&lines), ["a", "b", "", "c", "dé", "€"]);
        assert_eq!((lines.line(6), lines.line(usize::MAX)), ("", ""));
    }

    #[test]
    fn a_million_lines_are_found_by_their_numbers() {
        let mut lines = Lines::default();
        for block in 0..1_000 {
            let numbers: Vec<_> = (0..1_000).map(|n| (block * 1_000 + n).to_string()).collect();
            lines.add(numbers.join("\n"));
        }
        assert_eq!(lines.len(), 1_000_000);
        for number in (0..1_000_000).step_by(999) {
            assert_eq!(lines.line(number), number.to_string());
        }
    }
}
