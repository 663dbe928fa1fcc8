//! The session with a checker that the test plays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use gen_lsp_types::InitializeParams;
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};

use super::super::checker::{Answer, Job, Outcome};
use super::super::client::Client;
use super::super::workspace::Workspace;
use super::Session;
use crate::args::Global;
use crate::exit::Exit;

/// Longer than any step takes on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

const URI: &str = "file:///nowhere/a.py";

struct Played {
    client: Connection,
    jobs: Receiver<Job>,
    answers: Sender<Answer>,
    session: std::thread::JoinHandle<Exit>,
}

impl Played {
    fn start() -> Self {
        let (server, client) = Connection::memory();
        let (jobs_out, jobs) = bounded(1);
        let (answers, answers_in) = bounded(1);
        let params: InitializeParams = serde_json::from_value(json!({
            "processId": null, "rootUri": null, "capabilities": {}
        }))
        .unwrap();
        let workspace = Workspace::new(&params, Global::default());
        let session = Session::new(server, Client::new(&params), workspace, jobs_out, answers_in);
        let session = std::thread::Builder::new().spawn(move || session.run()).unwrap();
        Self {
            client,
            jobs,
            answers,
            session,
        }
    }

    fn tell(&self, method: &str, params: Value) {
        let message = Message::Notification(Notification::new(method.to_owned(), params));
        self.client.sender.send(message).unwrap();
    }

    fn open(&self, text: &str) {
        let document = json!({ "uri": URI, "languageId": "python", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&self, version: i32, text: &str) {
        let document = json!({ "uri": URI, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.tell("textDocument/didChange", params);
    }

    fn job(&self) -> Job {
        self.jobs.recv_timeout(LIMIT).expect("no check begins")
    }

    fn end(self) {
        let shutdown = Request::new(1.into(), "shutdown".to_owned(), Value::Null);
        self.client.sender.send(shutdown.into()).unwrap();
        self.tell("exit", Value::Null);
        drop((self.client, self.answers));
        self.session.join().unwrap();
    }
}

fn text(job: &Job) -> String {
    let sources = job.documents.sources();
    sources
        .first()
        .map(|source| source.text.to_string())
        .unwrap_or_default()
}

fn wait_for(flag: &Arc<AtomicBool>) {
    let until = crossbeam_channel::after(LIMIT);
    while !flag.load(Ordering::Relaxed) {
        assert!(until.try_recv().is_err(), "the check is not given up");
        std::thread::yield_now();
    }
}

/// An outcome of the documents that a job was made from.
fn outcome(job: Job) -> Answer {
    Some(Ok(Outcome {
        documents: job.documents,
        ..Outcome::default()
    }))
}

#[test]
fn a_keystroke_gives_up_the_check_under_way_and_the_next_one_sees_the_newest_text() {
    let played = Played::start();
    played.open("x = 0\n");
    let first = played.job();
    for version in 2..50 {
        played.change(version, &format!("x = {version}\n"));
    }
    wait_for(&first.given_up);
    assert!(played.jobs.try_recv().is_err(), "a second check is under way");
    played.answers.send(None).unwrap();
    let second = played.job();
    assert_eq!(text(&second), "x = 49\n");
    assert!(!second.given_up.load(Ordering::Relaxed));
    played.answers.send(outcome(second)).unwrap();
    played.end();
}

#[test]
fn a_request_waits_for_the_check_that_is_not_given_up() {
    let played = Played::start();
    played.open("x = 0\n");
    let first = played.job();
    let position = json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": 0 } });
    let hover = Request::new(7.into(), "textDocument/hover".to_owned(), position);
    played.client.sender.send(hover.into()).unwrap();
    played.change(2, "x = 1\n");
    wait_for(&first.given_up);
    played.answers.send(None).unwrap();
    let second = played.job();
    assert!(
        played.client.receiver.try_recv().is_err(),
        "answered without an outcome"
    );
    played.answers.send(outcome(second)).unwrap();
    let message = played.client.receiver.recv_timeout(LIMIT).unwrap();
    assert!(matches!(message, Message::Response(response) if response.id == 7.into()));
    played.end();
}
