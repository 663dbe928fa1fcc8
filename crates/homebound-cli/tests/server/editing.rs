//! Findings while somebody types, and what can be done about them.

use serde_json::{Value, json};

use crate::client::{Client, range};

const WORKER: &str = "\
from PySide6.QtCore import QThread


class Worker(QThread):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def run(self):
        self.window.label.setText(\"done\")
";

const WINDOW: &str = "\
from PySide6.QtWidgets import QLabel, QMainWindow

from worker import Worker


class Window(QMainWindow):
    def __init__(self):
        super().__init__()
        self.label = QLabel()
        self.worker = Worker(self)
";

const OWNER: &str = "\
from PyQt6.QtCore import QThread


class Owner:
    def __init__(self):
        self.thread = QThread()

    def stop(self):
        text = \"😀\"; self.thread.terminate()
";

fn project() -> [(&'static str, &'static str); 4] {
    [
        ("setup.cfg", ""),
        ("worker.py", WORKER),
        ("window.py", WINDOW),
        ("owner.py", OWNER),
    ]
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic["code"].as_str().unwrap())
        .collect()
}

fn only(code: &str) -> Value {
    json!({ "settings": { "select": [code] } })
}

#[test]
fn an_opened_document_is_judged_with_the_whole_project_in_view() {
    let mut client = Client::open(&project(), only("HB101"));
    client.did_open("worker.py", WORKER);
    let diagnostics = client.diagnostics("worker.py");
    assert_eq!(codes(&diagnostics), ["HB101"]);
    assert_eq!(diagnostics[0]["range"], range((9, 8), (9, 41)));
    assert_eq!(diagnostics[0]["source"], "homebound");
    let related = &diagnostics[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], client.uri("worker.py"));
    assert_eq!(related["location"]["range"]["start"]["line"], 8);
}

#[test]
fn columns_are_counted_as_editors_count() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    let diagnostics = client.diagnostics("owner.py");
    // The emoji is two units of UTF-16, one character, four bytes.
    assert_eq!(diagnostics[0]["range"], range((8, 21), (8, 44)));
}

#[test]
fn a_change_in_one_document_changes_the_findings_of_another() {
    let mut client = Client::open(&project(), only("HB101"));
    client.did_open("worker.py", WORKER);
    assert_eq!(client.diagnostics("worker.py").len(), 1);
    client.did_open("window.py", WINDOW);
    assert_eq!(client.diagnostics("worker.py").len(), 1);
    // The label becomes a text: line 8, `QLabel()`.
    client.did_change("window.py", 2, (8, 21), (8, 29), "\"\"");
    assert_eq!(client.diagnostics("worker.py").len(), 0);
}

#[test]
fn changes_are_applied_in_their_order_and_units() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    assert_eq!(client.diagnostics("owner.py").len(), 1);
    // Behind the emoji, then on a new line before it, then the whole line is moved by the first.
    client.did_change("owner.py", 2, (8, 19), (8, 19), "x");
    client.did_change("owner.py", 3, (7, 0), (7, 0), "    # é\n");
    let diagnostics = loop {
        let diagnostics = client.diagnostics("owner.py");
        if diagnostics[0]["range"]["start"]["line"] == 9 {
            break diagnostics;
        }
    };
    assert_eq!(diagnostics[0]["range"], range((9, 22), (9, 45)));
    let uri = client.uri("owner.py");
    let whole = json!({ "textDocument": { "uri": uri, "version": 4 }, "contentChanges": [{ "text": "print(1)\n" }] });
    client.notify("textDocument/didChange", whole);
    assert_eq!(client.diagnostics("owner.py").len(), 0);
}

#[test]
fn a_closed_document_takes_its_findings_along() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    assert_eq!(client.diagnostics("owner.py").len(), 1);
    let uri = client.uri("owner.py");
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(client.diagnostics("owner.py").len(), 0);
}

#[test]
fn the_whole_workspace_is_reported_where_that_is_wished() {
    let mut client = Client::open(
        &project(),
        json!({ "wholeWorkspace": true, "settings": { "select": ["HB204"] } }),
    );
    assert_eq!(client.diagnostics("owner.py").len(), 1);
}

#[test]
fn settings_are_read_again_when_their_file_changes() {
    let mut client = Client::open(&project(), json!({}));
    client.did_open("owner.py", OWNER);
    assert!(codes(&client.diagnostics("owner.py")).contains(&"HB204"));
    let path = client.path().join("homebound.toml");
    let uri = client.uri("homebound.toml");
    let changed = json!({ "changes": [{ "uri": uri, "type": 2 }] });
    std::fs::write(&path, "ignore = [\"HB204\"]\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    assert!(!codes(&client.diagnostics("owner.py")).contains(&"HB204"));
    std::fs::write(&path, "ignor = []\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    let told = client.notification("window/showMessage");
    let message = told["message"].as_str().unwrap();
    assert!(
        message.contains("homebound.toml:1: unknown setting `ignor` (did you mean `ignore`?)"),
        "{message}"
    );
    std::fs::write(&path, "").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed);
    assert!(codes(&client.diagnostics("owner.py")).contains(&"HB204"));
}

#[test]
fn an_excluded_document_has_no_findings() {
    let mut client = Client::open(&[("dist/owner.py", OWNER), ("owner.py", OWNER)], only("HB204"));
    client.did_open("dist/owner.py", OWNER);
    client.did_open("owner.py", OWNER);
    let params = client.notification("textDocument/publishDiagnostics");
    assert_eq!(
        params["uri"],
        client.uri("owner.py"),
        "the other one is not published at all"
    );
}

#[test]
fn a_document_that_was_never_saved_is_judged_alone() {
    let mut client = Client::open(&[], only("HB204"));
    let document = json!({ "uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": OWNER });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let params = client.notification("textDocument/publishDiagnostics");
    assert_eq!(
        (params["uri"].as_str(), params["diagnostics"].as_array().map(Vec::len)),
        (Some("untitled:Untitled-1"), Some(1))
    );
}

#[test]
fn hovering_over_a_finding_explains_its_rule() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    let hover = client.hover("owner.py", 8, 25);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("HB204") && text.contains("## What it does"), "{text}");
    assert_eq!(hover["range"], range((8, 21), (8, 44)));
    assert_eq!(client.hover("owner.py", 0, 0), Value::Null);
}

#[test]
fn hovering_over_a_code_in_a_comment_explains_it() {
    let mut client = Client::open(&project(), json!({}));
    client.did_open("note.py", "x = 1  # noqa: HB101, é\nHB101 = 2\n");
    let hover = client.hover("note.py", 0, 17);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("ui-from-thread"));
    assert_eq!(hover["range"], range((0, 15), (0, 20)));
    assert_eq!(client.hover("note.py", 1, 2), Value::Null);
}

#[test]
fn a_finding_can_be_ignored_by_a_comment() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    let actions = client.code_actions("owner.py", (8, 30), (8, 30), None);
    let ignore = actions
        .iter()
        .find(|action| action["title"] == "Homebound: ignore terminate on this line")
        .unwrap();
    let edit = &ignore["edit"]["documentChanges"][0];
    assert_eq!(
        edit["textDocument"],
        json!({ "uri": client.uri("owner.py"), "version": 1 })
    );
    assert_eq!(
        edit["edits"][0],
        json!({ "range": range((8, 44), (8, 44)), "newText": "  # homebound: ignore[terminate]" })
    );
    assert!(client.code_actions("owner.py", (0, 0), (0, 0), None).is_empty());
}

#[test]
fn a_cancelled_request_is_answered_as_such() {
    let mut client = Client::open(&project(), only("HB204"));
    client.did_open("owner.py", OWNER);
    let position =
        json!({ "textDocument": { "uri": client.uri("owner.py") }, "position": { "line": 8, "character": 25 } });
    let id = client.ask("textDocument/hover", position);
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer(id)["error"]["code"], -32800);
}

#[test]
fn columns_are_counted_as_the_client_likes() {
    for (encodings, columns) in [
        (json!(["utf-8", "utf-16"]), (23, 46)),
        (json!(["utf-7", "utf-32"]), (20, 43)),
        (json!(["utf-16"]), (21, 44)),
    ] {
        let abilities = json!({ "general": { "positionEncodings": encodings } });
        let mut client = Client::open_with(&project(), only("HB204"), abilities);
        client.did_open("owner.py", OWNER);
        let diagnostics = client.diagnostics("owner.py");
        assert_eq!(diagnostics[0]["range"], range((8, columns.0), (8, columns.1)));
        // A change behind the emoji, in the same unit.
        client.did_change("owner.py", 2, (8, columns.0), (8, columns.1), "pass");
        assert_eq!(client.diagnostics("owner.py").len(), 0);
    }
}

fn pulling() -> Value {
    json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    })
}

#[test]
fn findings_are_pulled_by_clients_that_can() {
    let mut client = Client::open_with(&project(), only("HB101"), pulling());
    client.did_open("worker.py", WORKER);
    assert_eq!(codes(&client.pull("worker.py")), ["HB101"]);
    assert_eq!(client.pull("unknown.py").len(), 0);
}

#[test]
fn a_client_that_pulls_is_told_when_another_document_changes_its_findings() {
    let mut client = Client::open_with(&project(), only("HB101"), pulling());
    client.did_open("worker.py", WORKER);
    client.did_open("window.py", WINDOW);
    assert_eq!(client.pull("worker.py").len(), 1);
    client.did_change("window.py", 2, (8, 21), (8, 29), "\"\"");
    // Nothing is pushed: the next message asks to pull again.
    let message = client.receive();
    assert_eq!(message["method"], "workspace/diagnostic/refresh");
    client.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
    assert_eq!(client.pull("worker.py").len(), 0);
}

#[test]
fn settings_may_come_later() {
    let mut client = Client::open(&project(), only("HB101"));
    client.did_open("owner.py", OWNER);
    assert_eq!(client.diagnostics("owner.py").len(), 0);
    let settings = json!({ "settings": { "homebound": only("HB204") } });
    client.notify("workspace/didChangeConfiguration", settings);
    assert_eq!(codes(&client.diagnostics("owner.py")), ["HB204"]);
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "python": {} } }),
    );
    assert_eq!(codes(&client.diagnostics("owner.py")), ["HB204"]);
}

#[test]
fn a_file_that_changes_on_the_disk_changes_the_findings_of_a_document() {
    let mut client = Client::open(&project(), only("HB101"));
    client.did_open("worker.py", WORKER);
    assert_eq!(client.diagnostics("worker.py").len(), 1);
    let path = client.path().join("window.py");
    let changed = json!({ "changes": [{ "uri": client.uri("window.py"), "type": 2 }] });
    // Of the same length, so that nothing but its content tells.
    std::fs::write(&path, WINDOW.replace("QLabel()", "\"label\" ")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    assert_eq!(client.diagnostics("worker.py").len(), 0);
    std::fs::write(&path, WINDOW).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed);
    assert_eq!(client.diagnostics("worker.py").len(), 1);
    std::fs::remove_file(&path).unwrap();
    let deleted = json!({ "changes": [{ "uri": client.uri("window.py"), "type": 3 }] });
    client.notify("workspace/didChangeWatchedFiles", deleted);
    assert_eq!(client.diagnostics("worker.py").len(), 0);
}

#[test]
fn a_deleted_file_takes_its_findings_along() {
    let options = json!({ "wholeWorkspace": true, "settings": { "select": ["HB204"] } });
    let mut client = Client::open(&project(), options);
    assert_eq!(client.diagnostics("owner.py").len(), 1);
    std::fs::remove_file(client.path().join("owner.py")).unwrap();
    let deleted = json!({ "changes": [{ "uri": client.uri("owner.py"), "type": 3 }] });
    client.notify("workspace/didChangeWatchedFiles", deleted);
    assert_eq!(client.diagnostics("owner.py").len(), 0);
}

#[test]
fn a_fix_changes_all_files_that_it_needs() {
    let worker = "\
from PyQt6.QtCore import QObject, pyqtSlot


class Worker(QObject):
    def work(self, path):
        print(path)
";
    let controller = "\
from PyQt6.QtCore import QObject, QThread
from worker import Worker


class Controller(QObject):
    def go(self, path):
        self.thread = QThread(self)
        self.worker = Worker()
        self.worker.moveToThread(self.thread)
        self.thread.started.connect(lambda: self.worker.work(path))
";
    let files = [("setup.cfg", ""), ("worker.py", worker), ("controller.py", controller)];
    let mut client = Client::open(&files, only("HB405"));
    client.did_open("controller.py", controller);
    let actions = client.code_actions("controller.py", (9, 40), (9, 40), None);
    let changes = actions[0]["edit"]["documentChanges"].as_array().unwrap();
    let documents: Vec<&Value> = changes.iter().map(|change| &change["textDocument"]).collect();
    assert_eq!(
        documents,
        [
            &json!({ "uri": client.uri("controller.py"), "version": 1 }),
            &json!({ "uri": client.uri("worker.py"), "version": null }),
        ]
    );
    // Where the editor has another text than the one that was judged, there is nothing to apply it to.
    client.did_open("worker.py", &worker.replace("print(path)", "self.path = path"));
    let actions = client.code_actions("controller.py", (9, 40), (9, 40), None);
    let title = actions[0]["title"].as_str().unwrap();
    assert!(title.contains("constructor"), "{title}");
    let changes = actions[0]["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!(changes[1]["textDocument"]["version"], 1);
}
