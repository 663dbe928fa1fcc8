//! `--watch`: a run, and another one after a change.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::{CLEAN, Project, TERMINATE};

#[test]
fn a_change_is_checked_again() {
    let project = Project::new(&[("owner.py", CLEAN)]);
    let mut command = project.command(&["check", "--watch", "--output-format", "concise"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(printed.next().unwrap().unwrap(), "All checks passed!");
    assert!(told.next().unwrap().unwrap().starts_with("Watching for changes"));
    project.write("owner.py", TERMINATE);
    assert!(told.next().unwrap().unwrap().starts_with("changed: owner.py"));
    // An empty file may be seen before the written one.
    let found = printed
        .map_while(Result::ok)
        .find(|line| line.starts_with("owner.py:10:9: HB204"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(found.is_some());
}
