//! The session: messages in, answers and findings out. Its invariants stand in `server.rs`.

#[cfg(test)]
mod interruption;
mod notifications;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use gen_lsp_types::{CodeActionParams, Diagnostic as Published, DocumentDiagnosticParams, HoverParams};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::actions::{Context, actions};
use super::checker::{Answer, Job, Outcome, work};
use super::client::{Client, watch_files};
use super::documents::Documents;
use super::hover::hover;
use super::publish::{findings, messages};
use super::view::{Now, View};
use super::workspace::Workspace;
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Nobody types faster than this for long.
const QUIET: Duration = Duration::from_millis(150);

/// Who does gets an answer all the same.
const LONGEST: Duration = Duration::from_secs(1);

/// The job that is under way.
struct Running {
    given_up: Arc<AtomicBool>,
    /// It could not wait for a pause: it is not given up for the next change either.
    overdue: bool,
}

pub(super) struct Session {
    connection: Connection,
    client: Client,
    workspace: Workspace,
    documents: Documents,
    outcome: Outcome,
    jobs: Sender<Job>,
    outcomes: Receiver<Answer>,
    /// Something changed since the last job was sent.
    behind: bool,
    /// The job that is under way.
    running: Option<Running>,
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
        let exit = Self::new(connection, client, workspace, jobs, outcomes).run();
        let _ = worker.join();
        Ok(exit)
    }

    fn new(
        connection: Connection,
        client: Client,
        workspace: Workspace,
        jobs: Sender<Job>,
        outcomes: Receiver<Answer>,
    ) -> Self {
        Self {
            connection,
            client,
            workspace,
            documents: Documents::default(),
            outcome: Outcome::default(),
            jobs,
            outcomes,
            behind: false,
            running: None,
            waiting: Vec::new(),
            shown: BTreeSet::new(),
            told: None,
            changed: BTreeSet::new(),
            latest: None,
            pulled: BTreeMap::new(),
            refreshes: 0,
        }
    }

    /// Until the client goes. Without jobs the checker ends after the one that is under way.
    fn run(mut self) -> Exit {
        if self.client.watches_files {
            self.send(Request::new(1.into(), "client/registerCapability".to_owned(), watch_files()).into());
        }
        self.fall_behind();
        self.listen()
    }

    fn listen(&mut self) -> Exit {
        loop {
            let idle = self.behind && self.running.is_none();
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
                recv(quiet) -> _ => self.check(false),
                recv(latest) -> _ => self.check(true),
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
                if self.behind || self.running.is_some() {
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
        let found = || {
            let uri = &at.text_document.uri;
            let (path, _) = self.documents.get(uri)?;
            let (judged, view) = (self.outcome.file(&path)?, View::at(&self.outcome, &path, uri)?);
            hover(judged, &view, at.position, self.client.unit)
        };
        json!(found())
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
        let uri = &params.text_document.uri;
        let found = || {
            let (path, _) = self.documents.get(uri)?;
            Some((self.outcome.file(&path)?, View::at(&self.outcome, &path, uri)?))
        };
        // Findings of another text would edit the wrong places.
        let same = |(_, view): &(_, View<'_>)| matches!(view.now(&self.documents), Now::Same(_));
        let Some((judged, view)) = found().filter(same) else {
            return json!([]);
        };
        let context = Context {
            outcome: &self.outcome,
            judged,
            view,
            documents: &self.documents,
            client: self.client,
        };
        json!(actions(&context, params))
    }

    fn check(&mut self, overdue: bool) {
        let given_up = Arc::new(AtomicBool::new(false));
        let running = Running {
            given_up: Arc::clone(&given_up),
            overdue,
        };
        let job = Job {
            given_up,
            workspace: self.workspace.clone(),
            documents: self.documents.clone(),
            changed: std::mem::take(&mut self.changed),
        };
        if self.jobs.send(job).is_ok() {
            (self.behind, self.running, self.latest) = (false, Some(running), None);
        }
    }

    fn arrived(&mut self, answer: Answer) {
        self.running = None;
        match answer {
            Some(Ok(outcome)) => {
                self.told = None;
                self.outcome = outcome;
                self.publish();
            }
            Some(Err(failure)) => self.tell(&failure),
            // The next one is due already.
            None => {}
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
