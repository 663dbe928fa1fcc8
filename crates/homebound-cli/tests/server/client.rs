//! A client of the protocol: it speaks to the real process and waits for what must come, with a limit.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// Longer than any check takes on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    inbox: Receiver<Value>,
    next: i64,
    folder: TempDir,
}

impl Client {
    /// A server whose workspace holds `files`.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().canonicalize().unwrap().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_homebound"));
        command.arg("server").env_clear().env("HOME", folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (outbox, inbox) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read(&mut stdout) {
                if outbox.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            inbox,
            next: 1,
            folder,
        }
    }

    /// A started session.
    pub(crate) fn open(files: &[(&str, &str)], options: Value) -> Self {
        let abilities = json!({
            "textDocument": { "publishDiagnostics": { "relatedInformation": true } },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
        });
        Self::open_with(files, options, abilities)
    }

    /// A started session of a client with these abilities.
    pub(crate) fn open_with(files: &[(&str, &str)], options: Value, abilities: Value) -> Self {
        let mut client = Self::start(files);
        let folder = client.uri("");
        let result = client.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": folder,
                "workspaceFolders": [{ "uri": folder, "name": "project" }],
                "capabilities": abilities,
                "initializationOptions": options,
            }),
        );
        assert_eq!(result["serverInfo"]["name"], "homebound");
        client.notify("initialized", json!({}));
        client
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// The address of a file of the workspace; of its folder for the empty path.
    pub(crate) fn uri(&self, path: &str) -> String {
        let path = if path.is_empty() {
            self.path()
        } else {
            self.path().join(path)
        };
        Url::from_file_path(path).unwrap().to_string()
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.stdin.as_mut().unwrap();
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and leaves its answer for later.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> Value {
        self.inbox.recv_timeout(LIMIT).expect("the server says nothing")
    }

    /// The whole answer to a request; what comes before it is passed over.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    /// The result of a request.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// The parameters of the next notification of a kind; others are passed over.
    pub(crate) fn notification(&mut self, method: &str) -> Value {
        loop {
            let message = self.receive();
            if message["method"] == method {
                return message["params"].clone();
            }
        }
    }

    /// The next findings of a document.
    pub(crate) fn diagnostics(&mut self, path: &str) -> Vec<Value> {
        let uri = self.uri(path);
        loop {
            let params = self.notification("textDocument/publishDiagnostics");
            if params["uri"] == uri {
                return params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    pub(crate) fn did_open(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "python", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// The findings of a document, asked for.
    pub(crate) fn pull(&mut self, path: &str) -> Vec<Value> {
        let document = json!({ "uri": self.uri(path) });
        let report = self.request("textDocument/diagnostic", json!({ "textDocument": document }));
        assert_eq!(report["kind"], "full");
        report["items"].as_array().unwrap().clone()
    }

    /// Changes from one place to another, both as line and UTF-16 unit.
    pub(crate) fn did_change(&mut self, path: &str, version: i64, from: (u32, u32), to: (u32, u32), text: &str) {
        let range = range(from, to);
        let document = json!({ "uri": self.uri(path), "version": version });
        let changes = json!([{ "range": range, "text": text }]);
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    pub(crate) fn code_actions(
        &mut self,
        path: &str,
        from: (u32, u32),
        to: (u32, u32),
        only: Option<&str>,
    ) -> Vec<Value> {
        let mut context = json!({ "diagnostics": [] });
        if let Some(only) = only {
            context["only"] = json!([only]);
        }
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "range": range(from, to), "context": context });
        self.request("textDocument/codeAction", params)
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) fn hover(&mut self, path: &str, line: u32, character: u32) -> Value {
        let params =
            json!({ "textDocument": { "uri": self.uri(path) }, "position": { "line": line, "character": character } });
        self.request("textDocument/hover", params)
    }

    /// Closes stdin and waits for the end of the process.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.stdin.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn range(from: (u32, u32), to: (u32, u32)) -> Value {
    json!({ "start": { "line": from.0, "character": from.1 }, "end": { "line": to.0, "character": to.1 } })
}

fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok()?,
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut bytes = vec![0; length];
    stdout.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
