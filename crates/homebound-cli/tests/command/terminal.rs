//! What a person sees: colour, wide characters, tabs, lines without end, pipes that close.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::{CLEAN, Project, TERMINATE};

/// Indented with tabs.
const WIDE: &str = "\
from PyQt6.QtCore import QThread

class Owner:
\tdef __init__(self):
\t\tself.thread = QThread()

\tdef stop(self):
\t\tname = \"日本語\"; self.thread.terminate()
";

#[test]
fn carets_stand_under_wide_characters_and_after_tabs() {
    let project = Project::new(&[("wide.py", WIDE)]);
    insta::assert_snapshot!(project.run(&["check", "--select", "HB204"]).stdout);
}

#[test]
fn a_line_without_end_is_shown_by_a_piece() {
    let filler = "x = 1; ".repeat(30_000);
    let project = Project::new(&[(
        "long.py",
        &TERMINATE.replace("        self.thread.quit()\n        ", &format!("        {filler}")),
    )]);
    let run = project.run(&["check"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("self.thread.terminate()"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.len() < 1000), "{}", run.stdout);
}

#[test]
fn colour_is_for_those_who_want_it() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = project.command(arguments);
        command.envs(variables.iter().copied());
        project.finish(command, b"").stdout.contains('\u{1b}')
    };
    assert!(!colored(&["check"], &[]), "a pipe");
    assert!(colored(&["check", "--color", "always"], &[]));
    assert!(colored(&["check"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["check"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(
        !colored(&["check", "--output-format", "json", "--color", "always"], &[]),
        "programs read no colour"
    );
}

#[test]
fn colour_is_as_accepted() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&["check", "--color", "always"]);
    insta::assert_snapshot!(run.stdout.replace('\u{1b}', "␛"));
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let many = TERMINATE.to_owned() + &"        self.thread.terminate()\n".repeat(3000);
    let project = Project::new(&[("owner.py", &many)]);
    let mut child = project
        .command(&["check"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap()),
        (Some(1), String::new())
    );
}

#[test]
fn quiet_prints_findings_alone_and_silent_nothing() {
    let project = Project::new(&[("owner.py", TERMINATE), ("clean.py", CLEAN)]);
    let quiet = project.run(&["check", "-q", "--output-format", "concise"]);
    assert_eq!(
        (quiet.stdout.lines().count(), quiet.stderr.as_str(), quiet.code),
        (1, "", Some(1))
    );
    assert_eq!(project.run(&["check", "-q", "clean.py"]).stdout, "");
    let silent = project.run(&["check", "-s"]);
    assert_eq!(
        (silent.stdout.as_str(), silent.stderr.as_str(), silent.code),
        ("", "", Some(1))
    );
}

#[test]
fn verbose_tells_what_was_looked_at() {
    let project = Project::rooted(&[("owner.py", TERMINATE), ("requirements.txt", "PySide6==6.7.1\n")]);
    let run = project.run(&["check", "-v", "owner.py"]);
    assert!(
        run.stderr
            .contains("/project: 1 files of 1 in view; settings: none; binding: PySide6 6.7"),
        "{}",
        run.stderr
    );
}
