//! A file as text, whatever its bytes, and back.

mod encoding;
mod error;
mod magic;
mod notebook;

use crate::fix::Edit;
use crate::text::TextRange;
use encoding::Encoding;
use notebook::Notebook;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::SourceError;

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
    encoding: Encoding,
    notebook: Option<Arc<Notebook>>,
}

impl SourceFile {
    /// Decodes `bytes`: a byte order mark or PEP 263's comment name the encoding, UTF-8 else.
    ///
    /// # Errors
    /// Bytes that are not of that encoding, an unknown encoding, a notebook that is none, or more than 1 GiB.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let path = path.into();
        let kind = kind(&path);
        let (text, encoding) = encoding::decode(&path, bytes)?;
        let mut file = Self {
            path,
            text: "".into(),
            kind,
            encoding,
            notebook: None,
        };
        if kind == SourceKind::Notebook {
            let (code, notebook) = Notebook::read(text).map_err(|reason| file.no_notebook(reason))?;
            file.text = code.into();
            file.notebook = Some(Arc::new(notebook));
        } else {
            file.text = text.into();
        }
        Ok(file)
    }

    /// A file whose text somebody else has decoded: an editor.
    pub fn decoded(path: impl Into<PathBuf>, text: Arc<str>) -> Self {
        let path = path.into();
        let kind = match kind(&path) {
            SourceKind::Notebook => SourceKind::Python,
            kind => kind,
        };
        Self {
            path,
            text,
            kind,
            encoding: Encoding::default(),
            notebook: None,
        }
    }

    /// The text in a range.
    pub fn slice(&self, range: TextRange) -> &str {
        range.slice(&self.text)
    }

    /// Of a notebook: the number of the code cell at a byte, from one, and the byte where the cell begins.
    pub fn cell(&self, offset: u32) -> Option<(usize, u32)> {
        self.notebook.as_ref()?.cell(offset)
    }

    /// Of a notebook: where its code cells begin in the text.
    pub fn cell_starts(&self) -> Vec<u32> {
        let notebook = self.notebook.as_ref();
        notebook.map_or_else(Vec::new, |notebook| notebook.starts().collect())
    }

    /// Of a notebook: its code cells as they are written there, with the lines that are not Python.
    pub fn cells(&self) -> Vec<String> {
        let notebook = self.notebook.as_ref();
        notebook.map_or_else(Vec::new, |notebook| notebook.cells(&self.text))
    }

    /// The text for people: of the same length, with the lines of a notebook that are not Python.
    pub fn shown(&self) -> Arc<str> {
        match &self.notebook {
            Some(notebook) => notebook.unmasked(&self.text).into(),
            None => Arc::clone(&self.text),
        }
    }

    /// Whether an edit of this range can be written back: in notebooks it lies in one cell and in Python.
    pub fn takes(&self, range: TextRange) -> bool {
        let fits = self.text.get(range.start as usize..range.end as usize).is_some();
        fits && self
            .notebook
            .as_ref()
            .is_none_or(|notebook| notebook.takes(range, &self.text))
    }

    /// The file after edits, which are sorted and do not overlap.
    pub(crate) fn edited(&self, edits: &[&Edit]) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for edit in edits {
            text.push_str(&self.text[at..edit.range.start as usize]);
            text.push_str(&edit.replacement);
            at = edit.range.end as usize;
        }
        text.push_str(&self.text[at..]);
        Self {
            text: text.into(),
            notebook: self.notebook.as_ref().map(|notebook| Arc::new(notebook.edited(edits))),
            ..self.clone()
        }
    }

    /// The bytes of the file with its present text: in the encoding it came in, with its byte order mark; of a notebook,
    /// cells that did not change are what they were, byte for byte.
    ///
    /// # Errors
    /// The encoding has no bytes for a character, or they would be read as another text.
    pub fn encode(&self) -> Result<Vec<u8>, SourceError> {
        let whole = match &self.notebook {
            Some(notebook) => &notebook.write(&self.text).map_err(|reason| self.no_notebook(reason))?,
            None => &*self.text,
        };
        let bytes = self.encoding.encode(&self.path, whole)?;
        match encoding::decode(&self.path, bytes.clone()) {
            Ok((again, _)) if again == whole => Ok(bytes),
            _ => Err(SourceError::Ambiguous {
                path: self.path.clone(),
                encoding: self.encoding.name().to_owned(),
            }),
        }
    }

    fn no_notebook(&self, reason: String) -> SourceError {
        SourceError::Notebook {
            path: self.path.clone(),
            reason,
        }
    }
}

fn kind(path: &Path) -> SourceKind {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("pyi") => SourceKind::Stub,
        Some("ipynb") => SourceKind::Notebook,
        _ => SourceKind::Python,
    }
}
