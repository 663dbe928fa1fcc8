//! Choosing rules and reading about them.

use crate::project::{CLEAN, Project, TERMINATE};

fn codes(arguments: &[&str]) -> Vec<String> {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let all = [&["check", "--output-format", "json"], arguments].concat();
    let run = project.run(&all);
    assert_eq!(run.stderr, "");
    let findings: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).unwrap();
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn codes_prefixes_names_and_all_select() {
    for word in ["HB204", "HB2", "HB", "terminate", "hb204", "ALL", "HB101,HB204"] {
        assert!(codes(&["--select", word]).contains(&"HB204".to_owned()), "{word}");
    }
    assert!(codes(&["--select", "HB101"]).is_empty());
    assert!(codes(&["--ignore", "terminate"]).is_empty());
    assert!(codes(&["--select", "HB2", "--ignore", "HB204"]).is_empty());
    assert_eq!(
        codes(&["--select", "HB204", "--ignore", "HB2"]),
        ["HB204"],
        "the more exact word wins"
    );
    assert_eq!(codes(&["--select", "HB101", "--extend-select", "HB204"]), ["HB204"]);
}

#[test]
fn levels_select_unless_rules_are_named() {
    let level = |level: &str| codes(&["--level", level]);
    assert!(level("2").contains(&"HB204".to_owned()));
    assert!(codes(&["--level", "2", "--select", "HB101"]).is_empty());
    let project = Project::new(&[("a.py", CLEAN)]);
    let run = project.run(&["check", "--level", "3"]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_mistyped_rule_is_answered_with_the_nearest() {
    let project = Project::new(&[("a.py", CLEAN)]);
    for (arguments, near) in [
        (
            vec!["check", "--select", "ui-from-tread"],
            "did you mean `ui-from-thread`?",
        ),
        (vec!["check", "--ignore", "HB2O4"], "did you mean `HB204`?"),
        (vec!["rule", "terminat"], "did you mean `terminate`?"),
        (vec!["check", "--selct", "HB1"], "--select"),
        (vec!["chek"], "check"),
        (vec!["config", "exclud"], "did you mean `exclude`?"),
        (vec!["check", "--output-format", "jsonlines"], "json-lines"),
    ] {
        let run = project.run(&arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(run.stderr.contains(near), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_rule_is_explained_by_code_and_by_name() {
    let project = Project::new(&[]);
    let by_code = project.run(&["rule", "HB204"]).stdout;
    assert!(
        by_code.contains("HB204") && by_code.contains("## What it does"),
        "{by_code}"
    );
    assert_eq!(by_code, project.run(&["rule", "terminate"]).stdout);
    assert_eq!(project.run(&["rule"]).code, Some(2));
}

#[test]
fn rules_are_listed_as_json() {
    let project = Project::new(&[]);
    let rules: Vec<serde_json::Value> =
        serde_json::from_str(&project.run(&["rule", "--all", "--output-format", "json"]).stdout).unwrap();
    assert!(rules.len() >= 10);
    for key in [
        "name",
        "code",
        "linter",
        "summary",
        "message_formats",
        "fix",
        "fix_availability",
        "explanation",
        "preview",
        "status",
    ] {
        assert!(rules.iter().all(|rule| !rule[key].is_null()), "{key}");
    }
    let one: serde_json::Value =
        serde_json::from_str(&project.run(&["rule", "HB204", "--output-format", "json"]).stdout).unwrap();
    assert_eq!(one["name"], "terminate");
}

#[test]
fn groups_are_listed() {
    let project = Project::new(&[]);
    let run = project.run(&["linter"]);
    assert!(
        run.stdout.contains(" HB1 the thread of the user interface"),
        "{}",
        run.stdout
    );
    let groups: Vec<serde_json::Value> =
        serde_json::from_str(&project.run(&["linter", "--output-format", "json"]).stdout).unwrap();
    assert_eq!(groups.len(), 7);
    assert!(
        groups
            .iter()
            .all(|group| !group["rules"].as_array().unwrap().is_empty())
    );
}

#[test]
fn threads_of_functions_are_printed_with_the_reason() {
    let project = Project::rooted(&[
        ("worker.py", crate::project::WORKER),
        ("window.py", crate::project::WINDOW),
    ]);
    let run = project.run(&["threads", "worker.py"]);
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(run.stdout);
    let functions: Vec<serde_json::Value> =
        serde_json::from_str(&project.run(&["threads", "worker.py", "--output-format", "json"]).stdout).unwrap();
    let work = functions
        .iter()
        .find(|function| function["name"] == "Worker.work")
        .unwrap();
    assert_eq!(work["runs_on"][0]["thread"], "worker");
    assert_eq!(project.run(&["threads", "nowhere.py"]).code, Some(2));
}
