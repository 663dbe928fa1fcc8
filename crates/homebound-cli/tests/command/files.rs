//! Which files are checked.

use crate::project::{CLEAN, Project, TERMINATE, WINDOW, WORKER};

/// The names of the files that would be checked.
fn shown(project: &Project, arguments: &[&str]) -> Vec<String> {
    let all = [&["check", "--show-files"], arguments].concat();
    let run = project.run(&all);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout.lines().map(|line| line.replace("/project/", "")).collect()
}

#[test]
fn python_files_and_notebooks_are_found_in_folders() {
    let project = Project::new(&[
        ("a.py", ""),
        ("b/c.pyi", ""),
        ("b/d.ipynb", "{}"),
        ("b/e.txt", ""),
        ("f.pyw", ""),
    ]);
    assert_eq!(shown(&project, &[]), ["a.py", "b/c.pyi", "b/d.ipynb", "f.pyw"]);
    assert_eq!(
        shown(&project, &["b", "a.py", "./a.py", "b/../a.py"]),
        ["a.py", "b/c.pyi", "b/d.ipynb"]
    );
}

#[test]
fn a_named_file_is_checked_whatever_it_is_called() {
    let project = Project::new(&[("script", TERMINATE)]);
    assert_eq!(project.run(&["check", "script"]).code, Some(1));
    assert_eq!(project.run(&["check", "."]).code, Some(0));
}

#[test]
fn what_git_ignores_is_left_out_unless_asked_for() {
    let project = Project::new(&[
        (".gitignore", "gen/\n"),
        ("gen/a.py", ""),
        ("b.py", ""),
        (".git/HEAD", ""),
    ]);
    assert_eq!(shown(&project, &[]), ["b.py"]);
    assert_eq!(shown(&project, &["--no-respect-gitignore"]), ["b.py", "gen/a.py"]);
    assert_eq!(
        shown(&project, &["--no-respect-gitignore", "--respect-gitignore"]),
        ["b.py"]
    );
}

#[test]
fn the_usual_folders_are_left_out_and_exclude_replaces_them() {
    let project = Project::new(&[("venv/a.py", ""), ("dist/b.py", ""), ("gen/c.py", ""), ("d.py", "")]);
    assert_eq!(shown(&project, &[]), ["d.py", "gen/c.py"]);
    assert_eq!(
        shown(&project, &["--exclude", "gen"]),
        ["d.py", "dist/b.py", "venv/a.py"]
    );
    assert_eq!(shown(&project, &["--extend-exclude", "gen,d.*"]), Vec::<String>::new());
    assert_eq!(shown(&project, &["dist"]), ["dist/b.py"]);
}

#[test]
fn patterns_with_a_slash_are_paths_from_the_settings() {
    let settings = "extend-exclude = [\"src/gen\", \"/nowhere/*\"]\n";
    let project = Project::new(&[
        ("homebound.toml", settings),
        ("src/gen/a.py", ""),
        ("gen/b.py", ""),
        ("src/c.py", ""),
    ]);
    assert_eq!(shown(&project, &[]), ["gen/b.py", "src/c.py"]);
    assert_eq!(shown(&project, &["src"]), ["src/c.py"]);
}

#[test]
fn exclusions_can_be_forced_on_named_files() {
    let project = Project::new(&[("gen/a.py", TERMINATE)]);
    assert_eq!(shown(&project, &["--exclude", "gen", "gen/a.py"]), ["gen/a.py"]);
    assert_eq!(
        shown(&project, &["--exclude", "gen", "--force-exclude", "gen/a.py"]),
        Vec::<String>::new()
    );
    assert_eq!(
        shown(&project, &["--exclude", "gen", "--force-exclude", "gen"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_nearer_file_of_settings_excludes_its_own() {
    let project = Project::new(&[
        ("sub/homebound.toml", "extend-exclude = [\"x\"]\n"),
        ("sub/x/a.py", ""),
        ("x/b.py", ""),
    ]);
    assert_eq!(shown(&project, &[]), ["x/b.py"]);
}

#[test]
fn nothing_to_check_is_said_and_no_mistake() {
    let project = Project::new(&[("readme.txt", "")]);
    let run = project.run(&["check"]);
    assert_eq!(run.stderr, "warning: No Python files found under the given path(s)\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "All checks passed!\n"));
}

#[test]
fn what_does_not_exist_is_named_and_the_rest_goes_on() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&["check", "gone.py", "owner.py"]);
    assert_eq!(
        run.stderr,
        "error: cannot read gone.py: there is no such file or folder\n"
    );
    assert!(run.stdout.contains("HB204"));
    assert_eq!(run.code, Some(2));
    let run = project.run(&["check", "gone.py"]);
    assert_eq!((run.stdout.as_str(), run.code), ("", Some(2)));
}

#[test]
fn bytes_that_are_no_text_are_a_finding_like_wrong_syntax() {
    let project = Project::new(&[("clean.py", CLEAN)]);
    project.write("bytes.py", b"x = '\xff\xfe'\n");
    let run = project.run(&["check", "--output-format", "concise"]);
    assert!(run.stdout.starts_with("bytes.py:1:"), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("HB001"));
    assert_eq!(run.code, Some(1));
}

#[cfg(unix)]
#[test]
fn links_neither_loop_nor_count_twice() {
    use std::os::unix::fs::symlink;
    let project = Project::new(&[("a/owner.py", TERMINATE)]);
    symlink(project.path().join("a"), project.path().join("a/loop")).unwrap();
    symlink(project.path().join("a/owner.py"), project.path().join("a/second.py")).unwrap();
    symlink(project.path().join("nowhere"), project.path().join("a/dangling.py")).unwrap();
    assert_eq!(shown(&project, &[]), ["a/owner.py"]);
    assert_eq!(shown(&project, &["a/second.py"]), ["a/second.py"]);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_checked_too() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new(&[]);
    let name = OsStr::from_bytes(b"odd\xff name.py");
    std::fs::write(project.path().join(name), TERMINATE).unwrap();
    let run = project.run(&["check", "--output-format", "concise"]);
    assert!(
        run.stdout.starts_with("odd\u{fffd} name.py:10:9: HB204"),
        "{}",
        run.stdout
    );
    for format in ["full", "json", "sarif", "junit", "github", "gitlab"] {
        assert_eq!(
            project.run(&["check", "--output-format", format]).code,
            Some(1),
            "{format}"
        );
    }
}

#[test]
fn one_file_is_judged_with_its_project_in_view() {
    let project = Project::rooted(&[("src/worker.py", WORKER), ("src/window.py", WINDOW)]);
    let run = project.run(&[
        "check",
        "src/worker.py",
        "--output-format",
        "concise",
        "--select",
        "HB101",
    ]);
    assert!(run.stdout.starts_with("src/worker.py:13:9: HB101"), "{}", run.stdout);
    let run = project.run(&["check", "src/worker.py", "--no-project", "--select", "HB101"]);
    assert_eq!(run.stdout, "All checks passed!\n", "nobody says what the window is");
    let run = project.run(&["check", "src/window.py", "--select", "HB101"]);
    assert_eq!(run.stdout, "All checks passed!\n", "findings in other files are theirs");
}

#[test]
fn a_script_is_judged_with_those_beside_it() {
    let project = Project::new(&[("worker.py", WORKER), ("window.py", WINDOW), ("deeper/other.py", CLEAN)]);
    let run = project.run(&["check", "-v", "worker.py", "--select", "HB101"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("1 files of 2 in view"), "{}", run.stderr);
}

#[test]
fn a_project_in_a_project_is_its_own() {
    let project = Project::rooted(&[
        ("worker.py", WORKER),
        ("window.py", WINDOW),
        ("inner/setup.cfg", ""),
        ("inner/worker.py", WORKER),
    ]);
    let run = project.run(&["check", "--output-format", "concise", "--select", "HB101"]);
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.contains("HB101")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stdout);
    assert!(lines[0].starts_with("worker.py:13"));
}

#[test]
fn findings_in_notebooks_are_counted_by_cells() {
    let cell =
        |source: &str| serde_json::json!({ "cell_type": "code", "metadata": {}, "outputs": [], "source": source });
    let notebook = serde_json::json!({ "cells": [cell("import os"), cell(TERMINATE)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 });
    let project = Project::new(&[("book.ipynb", &notebook.to_string())]);
    let run = project.run(&["check", "--select", "HB204", "--output-format", "concise"]);
    assert!(
        run.stdout.starts_with("book.ipynb:cell 2:10:9: HB204"),
        "{}",
        run.stdout
    );
    let run = project.run(&["check", "--select", "HB204", "--output-format", "json"]);
    let findings: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&findings[0]["cell"], &findings[0]["location"]["row"]),
        (&2.into(), &10.into())
    );
}
