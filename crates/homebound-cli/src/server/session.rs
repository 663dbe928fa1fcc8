//! The session: messages in, answers and findings out. Its invariants stand in `server.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use gen_lsp_types::{
    CodeActionParams, Diagnostic as Published, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams,
    HoverParams,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::actions::{Context, actions};
use super::checker::{Job, Outcome, work};
use super::client::{Client, watch_files};
use super::documents::{Documents, path_of};
use super::hover::hover;
use super::publish::{findings, messages};
use super::workspace::Workspace;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Nobody types faster than this for long.
const QUIET: Duration = Duration::from_millis(150);

/// Who does gets an answer all the same.
const LONGEST: Duration = Duration::from_secs(1);

pub(super) struct Session {
    connection: Connection,
    client: Client,
    workspace: Workspace,
    documents: Documents,
    outcome: Outcome,
    jobs: Sender<Job>,
    outcomes: Receiver<Result<Outcome>>,
    /// Something changed since the last job was sent.
    behind: bool,
    /// A job is under way.
    busy: bool,
    /// Requests that need the findings of the present texts.
    waiting: Vec<Request>,
    /// Documents that show findings.
    shown: BTreeSet<Url>,
    /// What the user was told last, so that he is told once.
    told: Option<String>,
    /// Files that changed on the disk since the last job.
    changed: BTreeSet<PathBuf>,
    /// When the client must not wait any longer for the next job, however fast its user types.
    latest: Option<Receiver<Instant>>,
    /// What the client pulled last, by document.
    pulled: BTreeMap<Url, Vec<Published>>,
    refreshes: u32,
}

impl Session {
    pub(super) fn start(connection: Connection, client: Client, workspace: Workspace) -> Result<Exit> {
        let (jobs, inbox) = bounded(1);
        let (outbox, outcomes) = bounded(1);
        let worker = std::thread::Builder::new()
            .name("homebound-checker".to_owned())
            .spawn(move || work(&inbox, &outbox));
        let worker =
            worker.map_err(|error| Failure::new(format_args!("cannot start the checker's thread: {error}")))?;
        let mut session = Self {
            connection,
            client,
            workspace,
            documents: Documents::default(),
            outcome: Outcome::default(),
            jobs,
            outcomes,
            behind: false,
            busy: false,
            waiting: Vec::new(),
            shown: BTreeSet::new(),
            told: None,
            changed: BTreeSet::new(),
            latest: None,
            pulled: BTreeMap::new(),
            refreshes: 0,
        };
        if client.watches_files {
            session.send(Request::new(1.into(), "client/registerCapability".to_owned(), watch_files()).into());
        }
        session.fall_behind();
        let exit = session.listen();
        // Without jobs the checker ends after the one that is under way.
        drop(session);
        let _ = worker.join();
        Ok(exit)
    }

    fn listen(&mut self) -> Exit {
        loop {
            let idle = self.behind && !self.busy;
            let quiet = if idle { after(QUIET) } else { never() };
            let latest = self.latest.clone().filter(|_| idle).unwrap_or_else(never);
            select! {
                recv(self.connection.receiver) -> message => match message {
                    Ok(message) => if let Some(exit) = self.take(message) { return exit },
                    // The client is gone without a word.
                    Err(_) => return Exit::Failure,
                },
                recv(self.outcomes) -> outcome => match outcome {
                    Ok(outcome) => self.arrived(outcome),
                    Err(_) => return Exit::Failure,
                },
                recv(quiet) -> _ => self.check(),
                recv(latest) -> _ => self.check(),
            }
        }
    }

    fn take(&mut self, message: Message) -> Option<Exit> {
        match message {
            Message::Request(request) => match self.connection.handle_shutdown(&request) {
                Ok(true) => return Some(Exit::Clean),
                Ok(false) => self.request(request),
                Err(_) => return Some(Exit::Failure),
            },
            // The only end without `shutdown` before it.
            Message::Notification(notification) if notification.method == "exit" => return Some(Exit::Findings),
            Message::Notification(notification) => self.notification(notification),
            Message::Response(_) => {}
        }
        None
    }

    fn request(&mut self, request: Request) {
        match request.method.as_str() {
            "textDocument/codeAction" | "textDocument/hover" | "textDocument/diagnostic" => {
                if self.behind || self.busy {
                    self.waiting.push(request);
                } else {
                    self.answer(request);
                }
            }
            method => {
                let message = format!("homebound does not know `{method}`");
                self.send(Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message).into());
            }
        }
    }

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let result = match method.as_str() {
            "textDocument/hover" => parse(params).map(|params| self.hover(&params)),
            "textDocument/diagnostic" => parse(params).map(|params| self.pull(&params)),
            _ => parse(params).map(|params| self.actions(&params)),
        };
        let response = match result {
            Ok(value) => Response::new_ok(id, value),
            Err(message) => Response::new_err(id, ErrorCode::InvalidParams as i32, message),
        };
        self.send(response.into());
    }

    fn hover(&self, params: &HoverParams) -> Value {
        let at = &params.text_document_position_params;
        let judged = self
            .documents
            .get(&at.text_document.uri)
            .and_then(|(path, _)| self.outcome.file(&path));
        json!(judged.and_then(|judged| hover(judged, at.position, self.client.unit)))
    }

    fn pull(&mut self, params: &DocumentDiagnosticParams) -> Value {
        let uri = &params.text_document.uri;
        let items = findings(uri, &self.outcome, &self.documents, self.client);
        let report = json!({ "kind": "full", "items": &items });
        self.pulled.insert(uri.clone(), items);
        report
    }

    /// A change in one document changes what was pulled for another.
    fn refresh(&mut self) {
        let now = |uri: &Url| findings(uri, &self.outcome, &self.documents, self.client);
        let outdated = |(uri, items): (&Url, &Vec<Published>)| now(uri) != *items;
        if self.client.refreshes && !self.behind && self.pulled.iter().any(outdated) {
            self.refreshes += 1;
            let id = RequestId::from(format!("refresh-{}", self.refreshes));
            self.send(Request::new(id, "workspace/diagnostic/refresh".to_owned(), Value::Null).into());
        }
    }

    fn actions(&self, params: &CodeActionParams) -> Value {
        let Some((path, document)) = self.documents.get(&params.text_document.uri) else {
            return json!([]);
        };
        // Findings of another text would edit the wrong places.
        let Some(judged) = self
            .outcome
            .file(&path)
            .filter(|judged| judged.source.text == document.text)
        else {
            return json!([]);
        };
        let context = Context {
            outcome: &self.outcome,
            judged,
            document,
            client: self.client,
        };
        json!(actions(&context, params))
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => self.on(params, |session, params: DidOpenTextDocumentParams| {
                let document = params.text_document;
                session.documents.open(document.uri, document.version, &document.text);
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
            "textDocument/didSave" => self.fall_behind(),
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

    fn fall_behind(&mut self) {
        self.behind = true;
        self.latest.get_or_insert_with(|| after(LONGEST));
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

    fn check(&mut self) {
        let job = Job {
            workspace: self.workspace.clone(),
            documents: self.documents.clone(),
            changed: std::mem::take(&mut self.changed),
        };
        if self.jobs.send(job).is_ok() {
            (self.behind, self.busy, self.latest) = (false, true, None);
        }
    }

    fn arrived(&mut self, outcome: Result<Outcome>) {
        self.busy = false;
        match outcome {
            Ok(outcome) => {
                self.told = None;
                self.outcome = outcome;
                self.publish();
            }
            Err(failure) => self.tell(&failure),
        }
        if !self.behind {
            for request in std::mem::take(&mut self.waiting) {
                self.answer(request);
            }
            self.refresh();
        }
    }

    fn publish(&mut self) {
        let (messages, shown) = messages(&self.outcome, &self.documents, &self.shown, self.client);
        for message in messages {
            self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), message).into());
        }
        self.shown = shown;
    }

    /// Tells the user, once.
    fn tell(&mut self, failure: &Failure) {
        let message = format!("homebound: {failure}");
        if self.told.as_ref() != Some(&message) {
            self.send(
                Notification::new(
                    "window/showMessage".to_owned(),
                    json!({ "type": 1, "message": message }),
                )
                .into(),
            );
            self.told = Some(message);
        }
    }

    fn log(&self, message: &str) {
        self.send(Notification::new("window/logMessage".to_owned(), json!({ "type": 1, "message": message })).into());
    }

    /// If the client is gone, the next read tells.
    fn send(&self, message: Message) {
        let _ = self.connection.sender.send(message);
    }
}

fn parse<P: DeserializeOwned>(params: Value) -> std::result::Result<P, String> {
    serde_json::from_value(params).map_err(|error| format!("the parameters are not understood: {error}"))
}
