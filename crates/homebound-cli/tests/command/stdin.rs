//! Source through stdin.

use crate::project::{CLEAN, Project, TERMINATE, WINDOW, WORKER};

#[test]
fn stdin_is_checked_under_its_name() {
    let project = Project::new(&[]);
    let run = project.run_with_stdin(&["check", "-", "--output-format", "concise"], TERMINATE.as_bytes());
    assert!(run.stdout.starts_with("-:10:9: HB204 "), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let arguments = [
        "check",
        "--stdin-filename",
        "src/owner.py",
        "--output-format",
        "concise",
        "-",
    ];
    let run = project.run_with_stdin(&arguments, TERMINATE.as_bytes());
    assert!(run.stdout.starts_with("src/owner.py:10:9: HB204 "), "{}", run.stdout);
}

#[test]
fn stdin_counts_in_place_of_the_file_and_sees_the_project() {
    let project = Project::rooted(&[("worker.py", CLEAN), ("window.py", WINDOW)]);
    let run = project.run_with_stdin(
        &["check", "-", "--stdin-filename", "worker.py", "--select", "HB101"],
        WORKER.as_bytes(),
    );
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    project.write("worker.py", WORKER);
    let run = project.run_with_stdin(
        &["check", "-", "--stdin-filename", "worker.py", "--select", "HB101"],
        CLEAN.as_bytes(),
    );
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn an_excluded_name_can_be_left_out() {
    let project = Project::new(&[]);
    let arguments = ["check", "-", "--stdin-filename", "dist/a.py", "--force-exclude"];
    assert_eq!(project.run_with_stdin(&arguments, TERMINATE.as_bytes()).code, Some(0));
    assert_eq!(
        project.run_with_stdin(&arguments[..4], TERMINATE.as_bytes()).code,
        Some(1)
    );
}

#[test]
fn stdin_goes_with_no_path() {
    let project = Project::new(&[("a.py", CLEAN)]);
    let run = project.run_with_stdin(&["check", "-", "a.py"], b"");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("`-` stands for stdin"), "{}", run.stderr);
}

#[test]
fn bytes_of_stdin_that_are_no_text_are_told() {
    let project = Project::new(&[]);
    let run = project.run_with_stdin(&["check", "-"], b"x = '\xff'\n");
    assert!(matches!(run.code, Some(1 | 2)));
    assert!(
        format!("{}{}", run.stdout, run.stderr).contains("UTF-8"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}
