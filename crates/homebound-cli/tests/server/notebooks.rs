//! Notebooks: a document for each cell, one file to the checker.

use serde_json::{Value, json};

use crate::client::{Client, range};

const IMPORTS: &str = "from PyQt6.QtCore import QMutex, QMutexLocker, QThread";

const WORKER: &str = "\
%matplotlib inline
class Owner:
    def __init__(self):
        self.thread = QThread()
        self.mutex = QMutex()

    def stop(self):
        text = \"😀\"; self.thread.terminate()";

const LOCKS: &str = "\
class Second(Owner):
    def add(self, text):
        self.mutex.lock()
        self.items = parse(text)
        self.mutex.unlock()
";

fn cell(name: &str) -> String {
    format!("vscode-notebook-cell:/nb.ipynb#{name}")
}

fn item(name: &str, text: &str) -> Value {
    json!({ "uri": cell(name), "languageId": "python", "version": 1, "text": text })
}

/// A session with a notebook: imports, words, a class, another class.
fn open() -> Client {
    let options = json!({ "settings": { "select": ["HB204", "HB501"] } });
    let mut client = Client::open(&[], options);
    let cells = [("imports", 2), ("words", 1), ("worker", 2), ("locks", 2)];
    let listed: Vec<Value> = cells
        .iter()
        .map(|(name, kind)| json!({ "kind": kind, "document": cell(name) }))
        .collect();
    let notebook =
        json!({ "uri": client.uri("nb.ipynb"), "notebookType": "jupyter-notebook", "version": 1, "cells": listed });
    let texts = [item("imports", IMPORTS), item("worker", WORKER), item("locks", LOCKS)];
    client.notify(
        "notebookDocument/didOpen",
        json!({ "notebookDocument": notebook, "cellTextDocuments": texts }),
    );
    client
}

fn change(client: &mut Client, cells: Value) {
    let notebook = json!({ "uri": client.uri("nb.ipynb"), "version": 2 });
    client.notify(
        "notebookDocument/didChange",
        json!({ "notebookDocument": notebook, "change": { "cells": cells } }),
    );
}

/// The next findings of a cell.
fn findings(client: &mut Client, name: &str) -> Vec<Value> {
    loop {
        let params = client.notification("textDocument/publishDiagnostics");
        if params["uri"] == cell(name) {
            return params["diagnostics"].as_array().unwrap().clone();
        }
    }
}

fn at(client: &mut Client, name: &str, method: &str, extra: Value) -> Value {
    let mut params = json!({ "textDocument": { "uri": cell(name) } });
    params
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    client.request(method, params)
}

#[test]
fn each_cell_shows_its_own_findings_in_its_own_places() {
    let mut client = open();
    assert_eq!(findings(&mut client, "imports").len(), 0);
    let worker = findings(&mut client, "worker");
    assert_eq!((worker.len(), &worker[0]["code"]), (1, &json!("HB204")));
    assert_eq!(worker[0]["range"], range((7, 21), (7, 44)));
    let locks = findings(&mut client, "locks");
    assert_eq!((locks.len(), &locks[0]["code"]), (1, &json!("HB501")));
    assert_eq!(locks[0]["range"]["start"], json!({ "line": 2, "character": 8 }));
}

#[test]
fn hovering_in_a_cell_explains_its_finding() {
    let mut client = open();
    let position = json!({ "position": { "line": 7, "character": 25 } });
    let hover = at(&mut client, "worker", "textDocument/hover", position.clone());
    assert!(
        hover["contents"]["value"].as_str().unwrap().contains("HB204"),
        "{hover}"
    );
    assert_eq!(hover["range"], range((7, 21), (7, 44)));
    assert_eq!(at(&mut client, "imports", "textDocument/hover", position), Value::Null);
}

#[test]
fn fixes_change_the_cell_that_they_are_in() {
    let mut client = open();
    let asked = json!({ "range": range((2, 8), (2, 8)), "context": { "diagnostics": [] } });
    let actions = at(&mut client, "locks", "textDocument/codeAction", asked);
    let fix = &actions[0];
    assert!(
        fix["title"].as_str().unwrap().contains("with QMutexLocker"),
        "{actions}"
    );
    let change = &fix["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": cell("locks"), "version": 1 }));
    assert_eq!(change["edits"][0]["range"], range((2, 8), (2, 25)));
    let all = json!({ "range": range((0, 0), (0, 0)), "context": { "diagnostics": [], "only": ["source.fixAll"] } });
    let actions = at(&mut client, "locks", "textDocument/codeAction", all.clone());
    assert_eq!(
        actions[0]["edit"]["documentChanges"][0]["textDocument"]["uri"],
        cell("locks")
    );
    assert_eq!(at(&mut client, "worker", "textDocument/codeAction", all), json!([]));
}

#[test]
fn a_finding_in_a_cell_can_be_ignored_by_a_comment() {
    let mut client = open();
    let asked = json!({ "range": range((7, 30), (7, 30)), "context": { "diagnostics": [] } });
    let actions = at(&mut client, "worker", "textDocument/codeAction", asked);
    let edit = &actions[0]["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(
        *edit,
        json!({ "range": range((7, 44), (7, 44)), "newText": "  # homebound: ignore[terminate]" })
    );
}

#[test]
fn cells_change_come_and_go() {
    let mut client = open();
    assert_eq!(findings(&mut client, "worker").len(), 1);
    // The text of one.
    let content = json!([{
        "document": { "uri": cell("worker"), "version": 2 },
        "changes": [{ "range": range((7, 21), (7, 44)), "text": "pass" }],
    }]);
    change(&mut client, json!({ "textContent": content }));
    assert_eq!(findings(&mut client, "worker").len(), 0);
    // One more at the end, that needs those before it.
    let added = json!([{ "kind": 2, "document": cell("more") }]);
    let text = "def end(owner: Owner):\n    owner.thread.terminate()\n";
    let structure = json!({
        "array": { "start": 4, "deleteCount": 0, "cells": added },
        "didOpen": [item("more", text)],
    });
    change(&mut client, json!({ "structure": structure }));
    let more = findings(&mut client, "more");
    assert_eq!(more[0]["range"], range((1, 4), (1, 28)));
    // It goes again.
    let structure = json!({
        "array": { "start": 4, "deleteCount": 1 },
        "didClose": [{ "uri": cell("more") }],
    });
    change(&mut client, json!({ "structure": structure }));
    assert_eq!(findings(&mut client, "more").len(), 0);
}

#[test]
fn a_closed_notebook_takes_its_findings_along() {
    let mut client = open();
    assert_eq!(findings(&mut client, "locks").len(), 1);
    let closed = json!({
        "notebookDocument": { "uri": client.uri("nb.ipynb") },
        "cellTextDocuments": [{ "uri": cell("imports") }, { "uri": cell("worker") }, { "uri": cell("locks") }],
    });
    client.notify("notebookDocument/didClose", closed);
    assert_eq!(findings(&mut client, "locks").len(), 0);
}

#[test]
fn cells_are_pulled_by_clients_that_can() {
    let mut client = open();
    // This client pushes and pulls: what it asks for is the same.
    let report = at(&mut client, "worker", "textDocument/diagnostic", json!({}));
    assert_eq!(report["items"][0]["code"], "HB204");
}
