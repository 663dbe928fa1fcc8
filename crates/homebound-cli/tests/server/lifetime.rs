//! How a session begins and ends.

use serde_json::{Value, json};

use crate::client::Client;

#[test]
fn a_session_that_says_goodbye_ends_well() {
    let mut client = Client::open(&[], Value::Null);
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn an_exit_without_shutdown_is_told_by_the_status() {
    let mut client = Client::open(&[], Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), Some(1));
}

#[test]
fn a_client_that_vanishes_leaves_no_process() {
    let client = Client::open(&[], Value::Null);
    assert_eq!(client.end(), Some(2));
}

#[test]
fn abilities_are_told() {
    let mut client = Client::start(&[]);
    let result = client.request(
        "initialize",
        json!({ "processId": null, "rootUri": null, "capabilities": {} }),
    );
    insta::assert_snapshot!(format!("{:#}", result["capabilities"]));
}

#[test]
fn files_are_watched_where_the_client_can() {
    let mut client = Client::start(&[]);
    let capabilities = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    client.request(
        "initialize",
        json!({ "processId": null, "rootUri": null, "capabilities": capabilities }),
    );
    client.notify("initialized", json!({}));
    let registration = client.notification("client/registerCapability");
    assert_eq!(
        registration["registrations"][0]["method"],
        "workspace/didChangeWatchedFiles"
    );
}

#[test]
fn what_is_not_known_is_refused_and_the_session_goes_on() {
    let mut client = Client::open(&[], Value::Null);
    let id = client.ask("textDocument/rename", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32601);
    let id = client.ask("textDocument/hover", json!({ "position": 3 }));
    assert_eq!(client.answer(id)["error"]["code"], -32602);
    client.notify("textDocument/didOpen", json!({ "nonsense": true }));
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
}
