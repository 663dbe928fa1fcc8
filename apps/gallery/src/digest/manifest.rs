//! The lines of a manifest, as `b3sum` writes and reads them: `SUM  PATH`.
//!
//! A path with a backslash, a line feed or a carriage return is escaped, and a backslash before the sum says so. A path that is not
//! UTF-8 cannot stand in a manifest: `b3sum` would write signs of replacement for it and refuse them when it checks.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use blake3::Hash;

/// The longest line that is read. A path of 4,096 bytes takes twice that when all of it is escaped.
const LONGEST_LINE: u64 = 64 * 1024;

/// A sum and the file that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sum: Hash,
    pub(crate) path: PathBuf,
}

/// Why a line cannot be understood.
pub(crate) type LineError = &'static str;

/// Returns the path as a manifest can hold it, if it can.
pub(crate) fn name(path: &Path) -> Option<&str> {
    path.to_str()
        .filter(|name| !name.is_empty() && !name.contains(['\0', char::REPLACEMENT_CHARACTER]))
}

/// Writes the path as it stands in a line, and returns whether it had to be escaped.
fn escape(name: &str, into: &mut String) -> bool {
    let is_escaped = name.contains(['\\', '\n', '\r']);
    if !is_escaped {
        into.push_str(name);
        return false;
    }
    for letter in name.chars() {
        match letter {
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            letter => into.push(letter),
        }
    }
    true
}

/// Appends the line of one file.
pub(crate) fn push_line(sum: &Hash, name: &str, into: &mut String) {
    let start = into.len();
    into.push_str(&sum.to_hex());
    into.push_str("  ");
    if escape(name, into) {
        into.insert(start, '\\');
    }
    into.push('\n');
}

/// Appends the line that says how the check of one file ended.
pub(crate) fn push_verdict(name: &str, verdict: &str, into: &mut String) {
    let start = into.len();
    if escape(name, into) {
        into.insert(start, '\\');
    }
    into.push_str(": ");
    into.push_str(verdict);
    into.push('\n');
}

/// Reads one line, with or without its end. `BLAKE3 (PATH) = SUM` is understood too.
pub(crate) fn parse_line(line: &str) -> Result<Line, LineError> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err("empty line");
    }
    let (line, is_escaped) = line.strip_prefix('\\').map_or((line, false), |rest| (rest, true));
    let tagged = || {
        line.strip_prefix("BLAKE3 (")?
            .rsplit_once(") = ")
            .map(|(name, sum)| (sum, name))
    };
    let (sum, name) = line
        .split_once("  ")
        .or_else(tagged)
        .ok_or("neither a sum and a path nor a tagged line")?;
    if sum.len() != 2 * blake3::OUT_LEN || !sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("the sum is not 64 hexadecimal digits in lower case");
    }
    let sum = Hash::from_hex(sum).map_err(|_| "the sum is not hexadecimal")?;
    let path = if is_escaped { unescape(name)? } else { name.to_owned() };
    if path.is_empty() {
        return Err("the path is empty");
    }
    if path.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        return Err("the path holds a sign that stands for other bytes");
    }
    Ok(Line { sum, path: path.into() })
}

fn unescape(name: &str) -> Result<String, LineError> {
    let mut path = String::with_capacity(name.len());
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        path.push(match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('\\') => '\\',
                _ => return Err("a backslash escapes nothing"),
            },
            letter => letter,
        });
    }
    Ok(path)
}

/// Reads a manifest line by line, in memory bounded by the longest line.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The number of the line that was read last, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Skips the rest of a line that is too long.
    fn skip_line(&mut self) -> io::Result<()> {
        while self.buffer.last().is_some_and(|byte| *byte != b'\n') {
            self.buffer.clear();
            io::Read::take(&mut self.reader, LONGEST_LINE).read_until(b'\n', &mut self.buffer)?;
        }
        Ok(())
    }

    fn read_line(&mut self) -> io::Result<Option<Result<Line, LineError>>> {
        self.buffer.clear();
        if io::Read::take(&mut self.reader, LONGEST_LINE).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.len() as u64 == LONGEST_LINE && !self.buffer.ends_with(b"\n") {
            self.skip_line()?;
            return Ok(Some(Err("longer than any path can be")));
        }
        let line = str::from_utf8(&self.buffer).map_err(|_| "not UTF-8");
        Ok(Some(line.and_then(parse_line)))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Result<Line, LineError>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_line().transpose()
    }
}

#[cfg(test)]
mod tests;
