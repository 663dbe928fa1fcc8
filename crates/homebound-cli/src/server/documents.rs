//! The documents that are open in the editor, as it has them: files, and cells of notebooks.

mod notebook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{
    DidChangeNotebookDocumentParams, DidOpenNotebookDocumentParams, TextDocumentContentChangeEvent as Change,
};
use homebound_check::{ColumnUnit, LineIndex, SourceFile};
use url::Url;

use super::position::Places;
use notebook::Notebook;

/// A text with an address of its own.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// Open files and open notebooks by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents {
    files: BTreeMap<PathBuf, Document>,
    notebooks: BTreeMap<PathBuf, Notebook>,
}

impl Documents {
    pub(super) fn open(&mut self, document: Document) {
        self.files.insert(path_of(&document.uri), document);
    }

    pub(super) fn close(&mut self, uri: &Url) {
        self.files.remove(&path_of(uri));
    }

    pub(super) fn change(&mut self, uri: &Url, version: i32, changes: &[Change], unit: ColumnUnit) {
        if let Some(document) = self.files.get_mut(&path_of(uri)) {
            document.change(version, changes, unit);
        }
    }

    pub(super) fn open_notebook(&mut self, params: DidOpenNotebookDocumentParams) {
        let path = notebook_path(&params.notebook_document.uri);
        self.notebooks.insert(path, Notebook::new(params));
    }

    pub(super) fn change_notebook(&mut self, params: DidChangeNotebookDocumentParams, unit: ColumnUnit) {
        let path = notebook_path(&params.notebook_document.uri);
        if let (Some(notebook), Some(cells)) = (self.notebooks.get_mut(&path), params.change.cells) {
            notebook.change(cells, unit);
        }
    }

    pub(super) fn close_notebook(&mut self, uri: &Url) {
        self.notebooks.remove(&notebook_path(uri));
    }

    /// The document with an address, and the file that it is, or is a cell of.
    pub(super) fn get(&self, uri: &Url) -> Option<(PathBuf, &Document)> {
        let path = path_of(uri);
        let file = self.files.get(&path).filter(|document| document.uri == *uri);
        let cell = || {
            let mut notebooks = self.notebooks.iter();
            notebooks.find_map(|(path, notebook)| Some((path.clone(), notebook.cell(uri)?)))
        };
        file.map(|document| (path, document)).or_else(cell)
    }

    /// The texts that make up a file, in their order: itself, or its cells of code.
    pub(super) fn texts(&self, path: &Path) -> Vec<&Document> {
        match self.notebooks.get(path) {
            Some(notebook) => notebook.code().collect(),
            None => self.files.get(path).into_iter().collect(),
        }
    }

    /// The files that are open, and can be checked.
    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        // The JSON of a notebook, opened as a text, has no places that findings could have.
        let files = self.files.keys().filter(|path| !is_notebook(path));
        files.chain(self.notebooks.keys())
    }

    /// The texts as the checker takes them.
    pub(super) fn sources(&self) -> Vec<SourceFile> {
        let files = self.files.iter().filter(|(path, _)| !is_notebook(path));
        let files = files.map(|(path, document)| SourceFile::decoded(path, Arc::clone(&document.text)));
        let notebooks = self.notebooks.iter();
        files
            .chain(notebooks.filter_map(|(path, notebook)| notebook.source(path)))
            .collect()
    }
}

impl Document {
    /// Applies the changes in their order: each speaks of the text that the one before left.
    fn change(&mut self, version: i32, changes: &[Change], unit: ColumnUnit) {
        let mut text = self.text.to_string();
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
        self.version = version;
        self.text = text.into();
    }
}

fn is_notebook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ipynb")
}

/// The path of a notebook, that of one without a name as well, says what it is.
fn notebook_path(uri: &Url) -> PathBuf {
    let path = path_of(uri);
    if is_notebook(&path) {
        path
    } else {
        path.with_added_extension("ipynb")
    }
}

/// A document that was never saved gets a path where no file is.
pub(super) fn path_of(uri: &Url) -> PathBuf {
    uri.to_file_path()
        .unwrap_or_else(|()| Path::new("/").join(uri.as_str().replace('/', "_")))
}
