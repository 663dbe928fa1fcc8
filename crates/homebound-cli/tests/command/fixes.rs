//! Fixes: what they change, what they keep, what they refuse.

use crate::project::{Project, TERMINATE};

/// A lock without a guard: HB501, with a safe fix.
const STORE: &str = "\
from PyQt6.QtCore import QMutex, QMutexLocker


class Store:
    def __init__(self):
        self.mutex = QMutex()

    def put(self, value):
        self.mutex.lock()
        self.write(value)
        self.mutex.unlock()

    def take(self):
        self.mutex.lock()
        self.write(None)
        self.mutex.unlock()

    def write(self, value):
        print(value)
";

const SELECT: [&str; 3] = ["check", "--select", "HB501,HB204"];

fn run(project: &Project, more: &[&str]) -> crate::project::Run {
    project.run(&[&SELECT[..], more].concat())
}

#[test]
fn fixes_are_applied_until_nothing_is_left() {
    let project = Project::new(&[("store.py", STORE), ("owner.py", TERMINATE)]);
    let before = run(&project, &["--output-format", "concise"]);
    assert!(before.stdout.contains("store.py:9:9: HB501 [*] "), "{}", before.stdout);
    assert!(
        before
            .stdout
            .ends_with("Found 3 errors.\n[*] 2 fixable with the `--fix` option.\n"),
        "{}",
        before.stdout
    );
    let fixed = run(&project, &["--fix", "--output-format", "concise"]);
    assert!(
        fixed.stdout.ends_with("Found 3 errors (2 fixed, 1 remaining).\n"),
        "{}",
        fixed.stdout
    );
    assert_eq!(fixed.code, Some(1));
    insta::assert_snapshot!(project.read("store.py"));
    let again = run(&project, &["--fix", "store.py"]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "All checks passed!\n"));
}

#[test]
fn a_difference_changes_nothing_and_applies_with_patch() {
    let project = Project::new(&[("store.py", STORE)]);
    let run = run(&project, &["--diff"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr, "Would fix 2 errors.\n");
    insta::assert_snapshot!(run.stdout);
    assert_eq!(project.read("store.py"), STORE);
    let mut patch = std::process::Command::new("patch");
    patch.args(["-p0", "store.py"]).current_dir(project.path());
    let patched = project.finish(patch, run.stdout.as_bytes());
    assert_eq!(patched.code, Some(0), "{}{}", patched.stdout, patched.stderr);
    assert_eq!(project.run(&["check", "--select", "HB501", "--diff"]).code, Some(0));
}

#[test]
fn fixes_are_shown_and_told_by_the_status() {
    let project = Project::new(&[("store.py", STORE)]);
    let shown = run(&project, &["--fix", "--show-fixes", "--exit-non-zero-on-fix"]);
    assert!(
        shown
            .stdout
            .starts_with("Fixed 2 errors:\n- store.py:\n    2 × HB501 (lock-no-guard)\n"),
        "{}",
        shown.stdout
    );
    assert_eq!(shown.code, Some(1));
    assert_eq!(run(&project, &["--fix", "--exit-non-zero-on-fix"]).code, Some(0));
}

#[test]
fn fix_only_says_nothing_of_what_is_left() {
    let project = Project::new(&[("store.py", STORE), ("owner.py", TERMINATE)]);
    let run = run(&project, &["--fix-only"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout, "Fixed 2 errors.\n");
    assert!(project.read("store.py").contains("with "));
    let again = project.run(&["check", "--fix-only", "--select", "HB204"]);
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (Some(0), "No errors were fixed.\n")
    );
}

#[test]
fn rules_that_may_not_mend_are_left_alone() {
    let project = Project::new(&[("store.py", STORE)]);
    assert!(
        run(&project, &["--fix", "--unfixable", "HB501"])
            .stdout
            .ends_with("Found 2 errors.\n")
    );
    assert!(
        run(&project, &["--fix", "--fixable", "HB305"])
            .stdout
            .ends_with("Found 2 errors.\n")
    );
    assert_eq!(project.read("store.py"), STORE);
}

#[test]
fn line_ends_and_the_byte_order_mark_are_kept() {
    let windows = format!("\u{feff}{}", STORE.replace('\n', "\r\n"));
    let project = Project::new(&[("store.py", &windows)]);
    assert_eq!(run(&project, &["--fix"]).code, Some(0));
    let fixed = project.read("store.py");
    assert!(fixed.starts_with('\u{feff}') && fixed.contains("with "), "{fixed:?}");
    assert_eq!(fixed.matches('\n').count(), fixed.matches("\r\n").count(), "{fixed:?}");
}

#[test]
fn a_file_of_another_encoding_is_fixed_in_it() {
    let project = Project::new(&[]);
    let bytes = |text: &str| {
        [
            b"# -*- coding: cp1251 -*-\r\n# \xe9\r\n",
            text.replace('\n', "\r\n").as_bytes(),
        ]
        .concat()
    };
    project.write("store.py", bytes(STORE));
    let diff = run(&project, &["--diff"]);
    assert!(diff.stdout.contains("+        with QMutexLocker"), "{}", diff.stdout);
    assert_eq!(run(&project, &["--fix"]).code, Some(0));
    let fixed = std::fs::read(project.path().join("store.py")).unwrap();
    let plain = Project::new(&[("store.py", STORE)]);
    assert_eq!(run(&plain, &["--fix"]).code, Some(0));
    assert_eq!(fixed, bytes(&plain.read("store.py")));
}

#[test]
fn stdin_comes_out_in_the_encoding_that_it_came_in() {
    let project = Project::new(&[]);
    let text = format!("\u{feff}{}", STORE.replace('\n', "\r\n"));
    let run = project.run_with_stdin(&["check", "--select", "HB501", "--fix", "-"], text.as_bytes());
    assert!(
        run.stdout.starts_with("\u{feff}from PyQt6") && run.stdout.contains("with "),
        "{:?}",
        run.stdout
    );
    let untouched = project.run_with_stdin(&["check", "--select", "HB204", "--fix", "-"], text.as_bytes());
    assert_eq!(untouched.stdout, text);
}

#[test]
fn a_comment_that_the_encoding_cannot_hold_is_not_written() {
    let project = Project::new(&[]);
    let bytes = [b"# coding: latin-1\n# \xe9\n", TERMINATE.as_bytes()].concat();
    project.write("owner.py", &bytes);
    let run = project.run(&["check", "--select", "HB204", "--add-ignore=\u{44f}"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("there is no place for a comment"), "{}", run.stderr);
    assert_eq!(std::fs::read(project.path().join("owner.py")).unwrap(), bytes);
}

/// The store in a notebook, beside cells that no other writer of JSON would leave as they are.
fn notebook(store: &str) -> String {
    let lines: Vec<String> = store
        .split_inclusive('\n')
        .map(|line| format!("    {line:?}"))
        .collect();
    let lines = lines.join(",\n");
    format!(
        "{{\"cells\": [ {{\"cell_type\":\"markdown\",  \"source\": \"caf\\u00e9\"}},\n  {{\"cell_type\": \"code\", \"outputs\": [1.50],\n   \"source\": [\n    \"%gui qt\\n\",\n{lines}\n   ]}} ],\n \"nbformat\": 4 }}\n"
    )
}

#[test]
fn a_notebook_is_fixed_and_nothing_else_in_it_changes() {
    let project = Project::new(&[("store.ipynb", &notebook(STORE))]);
    let diff = run(&project, &["--diff"]);
    assert!(
        diff.stdout
            .starts_with("--- store.ipynb:cell 1\n+++ store.ipynb:cell 1\n"),
        "{}",
        diff.stdout
    );
    let fixed = run(&project, &["--fix"]);
    assert_eq!(fixed.code, Some(0), "{}{}", fixed.stdout, fixed.stderr);
    let plain = Project::new(&[("store.py", STORE)]);
    assert_eq!(run(&plain, &["--fix"]).code, Some(0));
    assert_eq!(project.read("store.ipynb"), notebook(&plain.read("store.py")));
}

#[test]
fn the_lines_of_a_notebook_are_shown_as_they_are_written() {
    let text = notebook(STORE).replace(
        "        self.mutex.lock()",
        "        !ls\\n\",\n    \"        self.mutex.lock()",
    );
    let project = Project::new(&[("store.ipynb", &text)]);
    let found = run(&project, &[]);
    assert!(found.stdout.contains("|         !ls"), "{}", found.stdout);
    assert!(found.stdout.contains("store.ipynb:cell 1:11:9"), "{}", found.stdout);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = Project::new(&[("real/store.py", STORE)]);
    let real = project.path().join("real/store.py");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink(&real, project.path().join("store.py")).unwrap();
    assert_eq!(run(&project, &["--fix", "store.py"]).code, Some(0));
    assert!(project.path().join("store.py").is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(project.read("real/store.py").contains("with "));
    assert_eq!(
        std::fs::read_dir(project.path().join("real")).unwrap().count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn stdin_is_fixed_onto_stdout() {
    let project = Project::new(&[]);
    let arguments = ["check", "--select", "HB501", "--fix", "-"];
    let run = project.run_with_stdin(&arguments, STORE.as_bytes());
    assert!(
        run.stdout.starts_with("from PyQt6") && run.stdout.contains("with "),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("Found 2 errors (2 fixed, 0 remaining)."),
        "{}",
        run.stderr
    );
    let untouched = project.run_with_stdin(&["check", "--select", "HB204", "--fix", "-"], TERMINATE.as_bytes());
    assert_eq!(untouched.stdout, TERMINATE);
    assert!(untouched.stderr.contains("HB204"));
}

#[test]
fn an_unused_suppression_is_removed() {
    let project = Project::new(&[("a.py", "x = 1  # noqa: HB204\n")]);
    let found = project.run(&["check", "--select", "HB002,HB204", "--output-format", "concise"]);
    assert!(found.stdout.starts_with("a.py:1:"), "{}", found.stdout);
    assert_eq!(
        project.run(&["check", "--select", "HB002,HB204", "--fix"]).code,
        Some(0)
    );
    assert_eq!(project.read("a.py"), "x = 1\n");
}

const WORKER: &str = "\
from PyQt6.QtCore import QObject


class Worker(QObject):
    def work(self, path):
        print(path)
";

const CONTROLLER: &str = "\
from PyQt6.QtCore import QObject, QThread
from worker import Worker


class Controller(QObject):
    def go(self, path):
        self.thread = QThread(self)
        self.worker = Worker()
        self.worker.moveToThread(self.thread)
        self.thread.started.connect(lambda: self.worker.work(path))
";

#[test]
fn a_fix_changes_all_files_that_it_needs_or_none() {
    let project = Project::rooted(&[("worker.py", WORKER), ("controller.py", CONTROLLER)]);
    let fix = ["check", "--select", "HB405", "--fix", "--unsafe-fixes", "controller.py"];
    let run = project.run(&fix);
    assert!(run.stderr.contains("worker.py as well"), "{}", run.stderr);
    assert_eq!(
        (project.read("worker.py"), project.read("controller.py")),
        (WORKER.to_owned(), CONTROLLER.to_owned())
    );
    let run = project.run(&[&fix[..], &["worker.py"]].concat());
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    insta::assert_snapshot!(format!(
        "{}\n{}",
        project.read("controller.py"),
        project.read("worker.py")
    ));
}
