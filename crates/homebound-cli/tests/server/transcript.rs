//! A session of a real editor, played again.
//!
//! `neovim.jsonl` was recorded between Neovim 0.7 and the server: open a file of a project, hover over the finding, open another, apply
//! its fix, type a line with wide characters, save, quit. Its first line holds the files. The server must say the same again; the words
//! of rules may change.

use serde_json::Value;

use crate::client::Client;

#[test]
fn a_recorded_session_of_neovim_goes_as_it_went() {
    let mut lines = include_str!("neovim.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let files = lines.next().unwrap()["files"].as_object().unwrap().clone();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str().unwrap()))
        .collect();
    let mut client = Client::start(&files);
    let (uri, folder) = (client.uri(""), client.path().display().to_string());
    let mut heard = 0;
    for line in lines {
        let line: Value =
            serde_json::from_str(&line.to_string().replace("$URI", &uri).replace("$FOLDER", &folder)).unwrap();
        match (line.get("client"), line.get("server")) {
            (Some(message), None) => client.send(message),
            (None, Some(expected)) => {
                assert_eq!(wordless(client.receive()), wordless(expected.clone()));
                heard += 1;
            }
            _ => panic!("neither side says {line}"),
        }
    }
    assert!(heard > 10);
    assert_eq!(client.end(), Some(0));
}

/// A message without the words of rules.
fn wordless(message: Value) -> Value {
    const WORDS: [&str; 4] = ["message", "title", "value", "version"];
    match message {
        Value::Object(fields) => {
            let wordless = |(key, value): (String, Value)| {
                let value = if WORDS.contains(&key.as_str()) && value.is_string() {
                    "…".into()
                } else {
                    wordless(value)
                };
                (key, value)
            };
            Value::Object(fields.into_iter().map(wordless).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(wordless).collect()),
        other => other,
    }
}
