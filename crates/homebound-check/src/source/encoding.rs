//! From bytes to text.

use encoding_rs::Encoding;
use std::path::{Path, PathBuf};

/// More than any program that people write.
const LARGEST: usize = 1 << 30;

/// Why a file cannot be read as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not of the encoding.
    #[error("{}: not valid {encoding} at byte {offset}: save the file as UTF-8, or name its encoding in the first line (# -*- coding: latin-1 -*-)", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding that it claims, or UTF-8.
        encoding: String,
        /// The first wrong byte.
        offset: usize,
    },
    /// The file names an encoding that nobody knows.
    #[error("{}: unknown encoding `{encoding}` in line {line}: write one that Python knows, such as utf-8 or latin-1", path.display())]
    UnknownEncoding {
        /// The file.
        path: PathBuf,
        /// The name.
        encoding: String,
        /// The line, from one.
        line: usize,
    },
    /// A notebook that is none.
    #[error("{}: not a notebook: {reason}; save it again with Jupyter, or exclude it", path.display())]
    Notebook {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// More than can be addressed.
    #[error("{}: {size} bytes are too many for one file: exclude it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: usize,
    },
}

pub(super) fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, SourceError> {
    if bytes.len() > LARGEST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size: bytes.len(),
        });
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(path, rest.to_vec(), 3);
    }
    if let Some((encoding, _)) = Encoding::for_bom(&bytes) {
        return other(path, &bytes, encoding);
    }
    match declared(&bytes) {
        Some((name, line)) => named(path, bytes, &name, line),
        None => utf8(path, bytes, 0),
    }
}

fn utf8(path: &Path, bytes: Vec<u8>, skipped: usize) -> Result<String, SourceError> {
    String::from_utf8(bytes).map_err(|error| SourceError::Encoding {
        path: path.to_owned(),
        encoding: "UTF-8".to_owned(),
        offset: error.utf8_error().valid_up_to() + skipped,
    })
}

fn named(path: &Path, bytes: Vec<u8>, name: &str, line: usize) -> Result<String, SourceError> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    match plain.as_str() {
        "utf-8" | "utf8" | "utf-8-sig" | "u8" => utf8(path, bytes, 0),
        // Python's names for what the web calls otherwise.
        "latin-1" | "latin1" | "iso-8859-1" | "l1" | "8859" => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        label => {
            let web = match label {
                "cp932" | "ms932" => "shift_jis",
                "cp936" => "gbk",
                "cp949" => "euc-kr",
                "cp950" => "big5",
                _ => label,
            };
            let unknown = || SourceError::UnknownEncoding {
                path: path.to_owned(),
                encoding: name.to_owned(),
                line,
            };
            let web = web
                .strip_prefix("cp")
                .map_or_else(|| web.to_owned(), |number| format!("windows-{number}"));
            other(path, &bytes, Encoding::for_label(web.as_bytes()).ok_or_else(unknown)?)
        }
    }
}

fn other(path: &Path, bytes: &[u8], encoding: &'static Encoding) -> Result<String, SourceError> {
    let (text, wrong) = encoding.decode_with_bom_removal(bytes);
    if wrong {
        let offset = Encoding::utf8_valid_up_to(bytes);
        return Err(SourceError::Encoding {
            path: path.to_owned(),
            encoding: encoding.name().to_owned(),
            offset,
        });
    }
    Ok(text.into_owned())
}

/// The encoding that a comment in the first two lines names.
fn declared(bytes: &[u8]) -> Option<(String, usize)> {
    for (index, line) in bytes.splitn(3, |byte| *byte == b'\n').take(2).enumerate() {
        let line = line.trim_ascii();
        if !line.starts_with(b"#") {
            if line.is_empty() {
                continue;
            }
            return None;
        }
        let text = String::from_utf8_lossy(line);
        let Some(after) = text.find("coding").map(|at| &text[at + "coding".len()..]) else {
            continue;
        };
        let Some(value) = after.strip_prefix([':', '=']) else {
            continue;
        };
        let name: String = value
            .trim_start()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
            .collect();
        if !name.is_empty() {
            return Some((name, index + 1));
        }
    }
    None
}
