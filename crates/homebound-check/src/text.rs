//! Places in a text.

use std::fmt;

/// A range of bytes in a file's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl TextRange {
    /// The bytes from `start` up to `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The text in this range; empty where the range does not fit the text.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// Whether `other` lies within.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// How many bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether there is no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A line and a column, both from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line, from zero.
    pub line: u32,
    /// The column, from zero, in the unit that was asked for.
    pub column: u32,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16, as most editors count.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl ColumnUnit {
    fn width(self, character: char) -> u32 {
        let width = match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        };
        u32::try_from(width).unwrap_or(1)
    }
}

impl fmt::Display for LineColumn {
    /// Both counted from one, as people count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line + 1, self.column + 1)
    }
}

/// Finds the line of a byte, and the byte of a line.
///
/// Lines end with `\n`, `\r\n` or a lone `\r`, as in Python.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads the line ends of `text`.
    #[expect(clippy::cast_possible_truncation, reason = "`SourceFile` refuses texts of 4 GiB")]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at as u32 + 1);
            }
        }
        Self { starts }
    }

    /// How many lines, at least one.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The line of a byte, from zero.
    #[expect(clippy::cast_possible_truncation, reason = "no more lines than bytes")]
    pub fn line(&self, offset: u32) -> u32 {
        (self.starts.partition_point(|start| *start <= offset) - 1) as u32
    }

    /// The bytes of a line with its end; empty past the last.
    #[expect(clippy::cast_possible_truncation, reason = "`SourceFile` refuses texts of 4 GiB")]
    pub fn line_range(&self, line: u32, text: &str) -> TextRange {
        let length = text.len() as u32;
        let start = self.starts.get(line as usize).copied().unwrap_or(length);
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(length);
        TextRange::new(start, end)
    }

    /// The line and the column in characters.
    pub fn position(&self, offset: u32, text: &str) -> LineColumn {
        self.position_in(ColumnUnit::Utf32, offset, text)
    }

    /// The line and the column in a unit.
    pub fn position_in(&self, unit: ColumnUnit, offset: u32, text: &str) -> LineColumn {
        self.column_in(offset, text, |head| match unit {
            ColumnUnit::Utf8 => head.len(),
            ColumnUnit::Utf16 => head.encode_utf16().count(),
            ColumnUnit::Utf32 => head.chars().count(),
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "no more columns than bytes")]
    fn column_in(&self, offset: u32, text: &str, count: impl Fn(&str) -> usize) -> LineColumn {
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.line(end as u32);
        let start = self.starts[line as usize] as usize;
        LineColumn {
            line,
            column: count(&text[start..end]) as u32,
        }
    }

    /// The byte of a position; past a line's end, the line's end.
    pub fn offset_in(&self, unit: ColumnUnit, position: LineColumn, text: &str) -> u32 {
        let range = self.line_range(position.line, text);
        let mut units = 0;
        let mut offset = range.start;
        for character in range.slice(text).chars() {
            if units >= position.column || character == '\n' || character == '\r' {
                break;
            }
            units += unit.width(character);
            offset += ColumnUnit::Utf8.width(character);
        }
        offset
    }
}
