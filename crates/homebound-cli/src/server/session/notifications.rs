//! What the client tells: documents, notebooks, files, settings.

use std::sync::atomic::Ordering;

use crossbeam_channel::after;
use gen_lsp_types::{
    DidChangeNotebookDocumentParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseNotebookDocumentParams, DidCloseTextDocumentParams,
    DidOpenNotebookDocumentParams, DidOpenTextDocumentParams,
};
use lsp_server::{ErrorCode, Notification, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::documents::{Document, path_of};
use super::{LONGEST, Session, parse};

impl Session {
    pub(super) fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => self.on(params, |session, params: DidOpenTextDocumentParams| {
                let document = params.text_document;
                session.documents.open(Document {
                    uri: document.uri,
                    version: document.version,
                    text: document.text.into(),
                });
            }),
            "textDocument/didChange" => self.on(params, |session, params: DidChangeTextDocumentParams| {
                let document = params.text_document;
                session.documents.change(
                    &document.text_document_identifier.uri,
                    document.version,
                    &params.content_changes,
                    session.client.unit,
                );
            }),
            "textDocument/didClose" => self.on(params, |session, params: DidCloseTextDocumentParams| {
                session.documents.close(&params.text_document.uri);
                session.pulled.remove(&params.text_document.uri);
            }),
            "notebookDocument/didOpen" => self.on(params, |session, params: DidOpenNotebookDocumentParams| {
                session.documents.open_notebook(params);
            }),
            "notebookDocument/didChange" => self.on(params, |session, params: DidChangeNotebookDocumentParams| {
                session.documents.change_notebook(params, session.client.unit);
            }),
            "notebookDocument/didClose" => self.on(params, |session, params: DidCloseNotebookDocumentParams| {
                session.documents.close_notebook(&params.notebook_document.uri);
                let closed = params.cell_text_documents.iter();
                closed.for_each(|cell| drop(session.pulled.remove(&cell.uri)));
            }),
            "workspace/didChangeWorkspaceFolders" => {
                self.on(params, |session, params: DidChangeWorkspaceFoldersParams| {
                    session.workspace.change(&params.event);
                });
            }
            "workspace/didChangeWatchedFiles" => self.on(params, |session, params: DidChangeWatchedFilesParams| {
                let paths = params.changes.iter().map(|change| path_of(&change.uri));
                session.changed.extend(paths);
            }),
            "workspace/didChangeConfiguration" => {
                if let Some(settings) = params.get("settings") {
                    self.workspace.configure(settings);
                }
                self.fall_behind();
            }
            "textDocument/didSave" | "notebookDocument/didSave" => self.fall_behind(),
            "$/cancelRequest" => self.cancel(&params),
            _ => {}
        }
    }

    /// Takes in a change; afterwards there is something to check.
    fn on<P: DeserializeOwned>(&mut self, params: Value, take: impl FnOnce(&mut Self, P)) {
        match parse(params) {
            Ok(params) => {
                take(self, params);
                self.fall_behind();
            }
            Err(message) => self.log(&message),
        }
    }

    pub(super) fn fall_behind(&mut self) {
        self.behind = true;
        self.latest.get_or_insert_with(|| after(LONGEST));
        if let Some(running) = self.running.as_ref().filter(|running| !running.overdue) {
            running.given_up.store(true, Ordering::Relaxed);
        }
    }

    fn cancel(&mut self, params: &Value) {
        let id = match params.get("id") {
            Some(Value::String(id)) => RequestId::from(id.clone()),
            Some(Value::Number(id)) => {
                RequestId::from(id.as_i64().and_then(|id| i32::try_from(id).ok()).unwrap_or_default())
            }
            _ => return,
        };
        if let Some(at) = self.waiting.iter().position(|request| request.id == id) {
            let request = self.waiting.remove(at);
            let message = "cancelled".to_owned();
            self.send(Response::new_err(request.id, ErrorCode::RequestCanceled as i32, message).into());
        }
    }
}
