//! A file as text, whatever its bytes.

mod encoding;
mod notebook;

use crate::text::TextRange;
use std::path::PathBuf;
use std::sync::Arc;

pub use encoding::SourceError;

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
    /// The decoded text; of a notebook, the text of its code cells, one after the other.
    pub text: Arc<str>,
    /// What it holds.
    pub kind: SourceKind,
    cells: Vec<u32>,
}

impl SourceFile {
    /// Decodes `bytes`: a byte order mark or PEP 263's comment name the encoding, UTF-8 else.
    ///
    /// # Errors
    /// Bytes that are not of that encoding, an unknown encoding, a notebook that is none, or more than 1 GiB.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let path = path.into();
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("pyi") => SourceKind::Stub,
            Some("ipynb") => SourceKind::Notebook,
            _ => SourceKind::Python,
        };
        let text = encoding::decode(&path, bytes)?;
        if kind != SourceKind::Notebook {
            return Ok(Self {
                path,
                text: text.into(),
                kind,
                cells: Vec::new(),
            });
        }
        let (text, cells) = notebook::code(&text).map_err(|reason| SourceError::Notebook {
            path: path.clone(),
            reason,
        })?;
        Ok(Self {
            path,
            text: text.into(),
            kind,
            cells,
        })
    }

    /// The text in a range.
    pub fn slice(&self, range: TextRange) -> &str {
        range.slice(&self.text)
    }

    /// Of a notebook: the number of the code cell at a byte, from one, and the byte where the cell begins.
    pub fn cell(&self, offset: u32) -> Option<(usize, u32)> {
        let number = self.cells.partition_point(|start| *start <= offset);
        Some((number, *self.cells.get(number.checked_sub(1)?)?))
    }
}
