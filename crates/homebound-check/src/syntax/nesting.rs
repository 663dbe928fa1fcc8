//! How deep a file is nested, before anything recursive sees it.

/// Deeper than anything that Python itself compiles.
const LIMIT: usize = 3_000;

/// The byte at which the nesting passes the limit.
///
/// An upper bound of the tree's depth: open brackets, what is chained between two commas, and indented blocks. Text in
/// strings does not count, except that of f-strings.
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut scan = Scan {
        chain: 0,
        open: Vec::new(),
        base: 0,
    };
    let mut at = 0;
    while at < bytes.len() {
        at = scan.step(bytes, at);
        if scan.base + scan.chain + scan.open.len() > LIMIT {
            return Some(at.min(bytes.len()));
        }
    }
    None
}

struct Scan {
    /// What is chained since the last comma or line end.
    chain: usize,
    /// The chains that open brackets interrupt.
    open: Vec<usize>,
    /// Their sum, and the indentation.
    base: usize,
}

impl Scan {
    fn step(&mut self, bytes: &[u8], at: usize) -> usize {
        match bytes[at] {
            b'#' => return line_end(bytes, at),
            b'"' | b'\'' => return self.string(bytes, at),
            b'(' | b'[' | b'{' => {
                self.open.push(self.chain);
                self.base += self.chain;
                self.chain = 0;
            }
            b')' | b']' | b'}' => {
                let outer = self.open.pop().unwrap_or(0);
                self.base = self.base.saturating_sub(outer);
                self.chain = outer + 1;
            }
            b',' | b';' => self.chain = 0,
            b'\n' if self.open.is_empty() => {
                let rest = &bytes[at + 1..];
                self.base = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                self.chain = 0;
                return at + 1 + self.base;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'\t' | b'\r' | b'\n') => {
                return self.word(bytes, at);
            }
            _ => self.chain += 1,
        }
        at + 1
    }

    /// Prefix words nest: `not not x`, `lambda: lambda: x`, `a if b else c if …`.
    fn word(&mut self, bytes: &[u8], at: usize) -> usize {
        let length = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        if matches!(
            &bytes[at..at + length],
            b"not" | b"lambda" | b"await" | b"else" | b"and" | b"or" | b"yield" | b"elif"
        ) {
            self.chain += 1;
        }
        at + length.max(1)
    }

    fn string(&mut self, bytes: &[u8], at: usize) -> usize {
        let quote = bytes[at];
        let triple = bytes[at..].starts_with(&[quote; 3]);
        let formatted = bytes[at.saturating_sub(2)..at]
            .iter()
            .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
        let mut end = at + if triple { 3 } else { 1 };
        while end < bytes.len() {
            match bytes[end] {
                b'\\' => end += 1,
                b'\n' if !triple => break,
                byte if byte == quote && (!triple || bytes[end..].starts_with(&[quote; 3])) => {
                    return end + if triple { 3 } else { 1 };
                }
                b'(' | b'[' | b'{' | b'-' | b'~' | b'.' | b'+' | b'*' if formatted => self.chain += 1,
                _ => {}
            }
            end += 1;
        }
        end.max(at + 1)
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}
