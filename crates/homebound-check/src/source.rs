//! A file as text, whatever its bytes.

use crate::text::TextRange;
use std::path::PathBuf;
use std::sync::Arc;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A module.
    Python,
    /// A stub: types, no behaviour.
    Stub,
    /// A Jupyter notebook.
    Notebook,
}

/// A file of the project. Ranges in diagnostics are places in `text`.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path, as diagnostics shall show it.
    pub path: PathBuf,
    /// The decoded text; of a notebook, the text of the file itself.
    pub text: Arc<str>,
    /// What it holds.
    pub kind: SourceKind,
}

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
    /// More than can be addressed.
    #[error("{}: {size} bytes are too many for one file: exclude it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: usize,
    },
}

impl SourceFile {
    /// Decodes `bytes`: a byte order mark or PEP 263's comment name the encoding, UTF-8 else.
    ///
    /// # Errors
    /// Bytes that are not of that encoding, an unknown encoding, or more than 1 GiB.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let path = path.into();
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("pyi") => SourceKind::Stub,
            Some("ipynb") => SourceKind::Notebook,
            _ => SourceKind::Python,
        };
        let text = decode(&path, bytes)?;
        Ok(Self {
            path,
            text: text.into(),
            kind,
        })
    }

    /// The text in a range.
    pub fn slice(&self, range: TextRange) -> &str {
        range.slice(&self.text)
    }
}

fn decode(path: &std::path::Path, bytes: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(bytes).map_err(|error| SourceError::Encoding {
        path: path.to_owned(),
        encoding: "UTF-8".to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}
