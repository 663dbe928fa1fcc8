//! SARIF against its schema, and what code scanning needs of it.
//!
//! `sarif-2.1.0.schema.json` is the schema that OASIS publishes with SARIF 2.1.0, as it is.

use serde_json::Value;

use crate::project::{Project, TERMINATE, WINDOW, WORKER};

const LOCKS: &str = "\
from PyQt6.QtCore import QMutex, QMutexLocker


class Store:
    def __init__(self):
        self.mutex = QMutex()

    def put(self, value):
        self.mutex.lock()
        self.write(value)
        self.mutex.unlock()

    def write(self, value):
        print(value)
";

/// The pattern of languages has a stray bracket, which strict readers of patterns refuse.
fn validator() -> jsonschema::Validator {
    let schema = include_str!("sarif-2.1.0.schema.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

fn sarif(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(&[&["check", "--output-format", "sarif"], arguments].concat());
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let validator = validator();
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    report["runs"][0].clone()
}

fn results(run: &Value) -> &[Value] {
    run["results"].as_array().unwrap()
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = validator();
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [{}] }] })));
}

#[test]
fn results_name_their_rule_by_index_and_carry_the_way() {
    let project = Project::rooted(&[("worker.py", WORKER), ("window.py", WINDOW)]);
    let run = sarif(&project, &["--select", "HB101"]);
    let result = &results(&run)[0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "HB101");
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 2);
    let flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
        .as_array()
        .unwrap();
    assert_eq!(flow.len(), 3, "the steps, and the place itself");
    assert_eq!(flow[2]["location"]["physicalLocation"]["region"]["startLine"], 13);
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "worker.py"
    );
}

#[test]
fn fingerprints_stay_while_lines_move() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let print = |project: &Project| results(&sarif(project, &["--select", "HB204"]))[0]["partialFingerprints"].clone();
    let before = print(&project);
    project.write("owner.py", format!("\n\n{TERMINATE}"));
    assert_eq!(before, print(&project));
    project.write(
        "owner.py",
        TERMINATE.replace("self.thread.terminate()", "self.thread.terminate( )"),
    );
    assert_ne!(before, print(&project));
}

#[test]
fn what_a_comment_or_the_baseline_excuses_is_there_as_suppressed() {
    let excused = TERMINATE.replace("terminate()", "terminate()  # noqa: HB204 the driver hangs");
    let project = Project::new(&[("a.py", &excused), ("b.py", TERMINATE)]);
    project.run(&["check", "--select", "HB204", "--write-baseline"]);
    let run = sarif(
        &project,
        &["--select", "HB204", "--baseline", "homebound-baseline.json"],
    );
    let kinds: Vec<(&Value, &Value)> = results(&run)
        .iter()
        .map(|result| {
            (
                &result["suppressions"][0]["kind"],
                &result["suppressions"][0]["justification"],
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (&"inSource".into(), &"the driver hangs".into()),
            (&"external".into(), &Value::Null)
        ]
    );
}

#[test]
fn fixes_are_replacements() {
    let project = Project::new(&[("store.py", LOCKS)]);
    let run = sarif(&project, &["--select", "HB501"]);
    let fix = &results(&run)[0]["fixes"][0];
    assert!(
        fix["artifactChanges"][0]["replacements"]
            .as_array()
            .is_some_and(|list| !list.is_empty()),
        "{run:#}"
    );
}

#[test]
fn files_that_cannot_be_read_are_notifications_and_odd_names_are_escaped() {
    let project = Project::new(&[("a b%é#.py", TERMINATE)]);
    let run = sarif(&project, &["--select", "HB204", "nowhere.py", "a b%é#.py"]);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let uri = &results(&run)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20b%25%C3%A9%23.py");
}
