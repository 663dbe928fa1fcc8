//! A notebook as the editor has it: a list of cells, of which those of code have a text.

use std::collections::HashMap;
use std::path::Path;

use gen_lsp_types::{
    DidOpenNotebookDocumentParams, NotebookCell, NotebookCellKind, NotebookDocumentCellChanges, TextDocumentItem,
};
use homebound_check::{ColumnUnit, SourceFile};
use serde_json::json;
use url::Url;

use super::Document;

#[derive(Debug, Clone)]
pub(super) struct Notebook {
    cells: Vec<Cell>,
    /// The texts of cells; the editor sends those in Python alone.
    texts: HashMap<Url, Document>,
}

#[derive(Debug, Clone)]
struct Cell {
    uri: Url,
    code: bool,
}

impl Notebook {
    pub(super) fn new(params: DidOpenNotebookDocumentParams) -> Self {
        let cells = params.notebook_document.cells.into_iter().map(Cell::from).collect();
        let texts = params.cell_text_documents.into_iter().map(opened).collect();
        Self { cells, texts }
    }

    pub(super) fn change(&mut self, change: NotebookDocumentCellChanges, unit: ColumnUnit) {
        if let Some(structure) = change.structure {
            let array = structure.array;
            let start = (array.start as usize).min(self.cells.len());
            let end = start.saturating_add(array.delete_count as usize).min(self.cells.len());
            let cells = array.cells.unwrap_or_default().into_iter().map(Cell::from);
            self.cells.splice(start..end, cells);
            self.texts
                .extend(structure.did_open.unwrap_or_default().into_iter().map(opened));
            for closed in structure.did_close.unwrap_or_default() {
                self.texts.remove(&closed.uri);
            }
        }
        // A cell may have become one of another kind.
        for data in change.data.unwrap_or_default() {
            let new = Cell::from(data);
            if let Some(cell) = self.cells.iter_mut().find(|cell| cell.uri == new.uri) {
                *cell = new;
            }
        }
        for content in change.text_content.unwrap_or_default() {
            let uri = &content.document.text_document_identifier.uri;
            if let Some(text) = self.texts.get_mut(uri) {
                text.change(content.document.version, &content.changes, unit);
            }
        }
    }

    pub(super) fn cell(&self, uri: &Url) -> Option<&Document> {
        self.code().find(|document| document.uri == *uri)
    }

    pub(super) fn code(&self) -> impl Iterator<Item = &Document> {
        let code = self.cells.iter().filter(|cell| cell.code);
        code.filter_map(|cell| self.texts.get(&cell.uri))
    }

    /// The cells of code as one file; as a notebook on the disk would be read.
    pub(super) fn source(&self, path: &Path) -> Option<SourceFile> {
        let cells = self
            .code()
            .map(|cell| json!({ "cell_type": "code", "source": &*cell.text }));
        let cells: Vec<_> = cells.collect();
        SourceFile::new(path, json!({ "cells": cells }).to_string().into_bytes()).ok()
    }
}

impl From<NotebookCell> for Cell {
    fn from(cell: NotebookCell) -> Self {
        let code = cell.kind == NotebookCellKind::Code;
        Self {
            uri: cell.document,
            code,
        }
    }
}

fn opened(item: TextDocumentItem) -> (Url, Document) {
    let document = Document {
        uri: item.uri.clone(),
        version: item.version,
        text: item.text.as_str().into(),
    };
    (item.uri, document)
}
