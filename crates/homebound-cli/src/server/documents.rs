//! The documents that are open in the editor, as it has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::TextDocumentContentChangeEvent as Change;
use homebound_check::{ColumnUnit, LineIndex, SourceFile};
use url::Url;

use super::position::Places;

#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// Open documents by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, uri: Url, version: i32, text: &str) {
        self.open.insert(
            path_of(&uri),
            Document {
                uri,
                version,
                text: text.into(),
            },
        );
    }

    pub(super) fn close(&mut self, uri: &Url) {
        self.open.remove(&path_of(uri));
    }

    /// Applies the changes in their order: each speaks of the text that the one before left.
    pub(super) fn change(&mut self, uri: &Url, version: i32, changes: &[Change], unit: ColumnUnit) {
        let Some(document) = self.open.get_mut(&path_of(uri)) else {
            return;
        };
        let mut text = document.text.to_string();
        for change in changes {
            match change {
                Change::TextDocumentContentChangePartial(part) => {
                    let index = LineIndex::new(&text);
                    let places = Places {
                        text: &text,
                        index: &index,
                        unit,
                    };
                    let start = places.offset(part.range.start);
                    let end = places.offset(part.range.end).max(start);
                    text.replace_range(start..end, &part.text);
                }
                Change::TextDocumentContentChangeWholeDocument(whole) => text.clone_from(&whole.text),
            }
        }
        document.version = version;
        document.text = text.into();
    }

    pub(super) fn get(&self, uri: &Url) -> Option<(PathBuf, &Document)> {
        let path = path_of(uri);
        self.open.get(&path).map(|document| (path, document))
    }

    pub(super) fn at(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }

    /// The texts as the checker takes them.
    pub(super) fn sources(&self) -> Vec<SourceFile> {
        self.open
            .iter()
            .map(|(path, document)| SourceFile::decoded(path, Arc::clone(&document.text)))
            .collect()
    }
}

/// Whether a file's findings have places that an editor knows: those in notebooks are places in the code of their cells.
pub(super) fn is_notebook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ipynb")
}

/// A document that was never saved gets a path where no file is.
pub(super) fn path_of(uri: &Url) -> PathBuf {
    uri.to_file_path()
        .unwrap_or_else(|()| Path::new("/").join(uri.as_str().replace('/', "_")))
}
