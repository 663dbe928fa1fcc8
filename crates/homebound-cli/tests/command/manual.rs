//! The manual says what the program does.

use std::path::{Path, PathBuf};

use crate::project::{Project, TERMINATE};

const BEGIN: &str = "<!-- settings: written by the test `the_manual_lists_every_setting` -->\n";
const END: &str = "<!-- end of settings -->\n";

fn manual() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checker.md")
}

/// With `HOMEBOUND_WRITE_MANUAL` set, writes what it else compares.
#[test]
fn the_manual_lists_every_setting() {
    let project = Project::new(&[]);
    let settings = project.run(&["config", "--output-format", "markdown"]).stdout;
    let manual_text = std::fs::read_to_string(manual()).unwrap();
    let (before, rest) = manual_text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let expected = format!("\n{settings}\n");
    if std::env::var_os("HOMEBOUND_WRITE_MANUAL").is_some() {
        std::fs::write(manual(), format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(written, expected, "run this test with HOMEBOUND_WRITE_MANUAL=1");
}

#[test]
fn every_example_of_a_setting_is_accepted() {
    let project = Project::new(&[
        ("a.py", ""),
        ("homebound-baseline.json", "{\"version\": 1, \"findings\": []}"),
    ]);
    let settings: Vec<serde_json::Value> =
        serde_json::from_str(&project.run(&["config", "--output-format", "json"]).stdout).unwrap();
    assert!(settings.len() > 20);
    for setting in settings {
        let example = setting["example"].as_str().unwrap();
        let example = example.replace("../homebound.toml", "base.toml");
        project.write("base.toml", "");
        project.write("homebound.toml", &example);
        let run = project.run(&["check", "--diff"]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(0), ""),
            "{example}: {}",
            run.stderr
        );
    }
}

#[test]
fn the_manual_names_every_option_and_every_command() {
    let text = std::fs::read_to_string(manual()).unwrap();
    let project = Project::new(&[]);
    let help = project.run(&["check", "--help"]).stdout;
    let options = help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
        .map(|word| word.trim_end_matches([',', '.', '`', ')']));
    for option in options.filter(|option| option.len() > 2) {
        let option = option.split(['=', '[']).next().unwrap();
        assert!(text.contains(option), "{option} is not in the manual");
    }
    for command in [
        "check",
        "rule",
        "linter",
        "threads",
        "config",
        "server",
        "version",
        "generate-shell-completion",
    ] {
        assert!(
            text.contains(&format!("homebound {command}")),
            "{command} is not in the manual"
        );
    }
}

#[test]
fn the_first_example_of_the_manual_is_what_is_printed() {
    let text = std::fs::read_to_string(manual()).unwrap();
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let printed = project.run(&["check"]).stdout;
    let shown = text.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    for line in shown.lines().filter(|line| !line.starts_with("$ ") && !line.is_empty()) {
        assert!(
            printed.contains(line),
            "the manual shows `{line}`, and printed is:\n{printed}"
        );
    }
}
