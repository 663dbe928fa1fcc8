use std::io::Write;
use std::process::Stdio;

use crate::program::{command, digest, finish, peak_memory, start};
use crate::tree::Tree;

fn line(content: &str, path: &str) -> String {
    format!("{}  {path}\n", blake3::hash(content.as_bytes()).to_hex())
}

#[test]
fn each_file_gets_its_verdict_in_the_order_of_the_manifest() {
    let tree = Tree::with(&["good", "bad", "other"]);
    tree.pipe("pipe");
    let manifest = ["other", "none", "good", "pipe"].map(|name| line(name, name)).concat() + &line("x", "bad");
    tree.file("manifest", manifest + &line("", "."));

    let run = digest(tree.path(), &["--check", "manifest"]);

    let verdicts = [
        "other: OK",
        "none: FAILED (No such file or directory)",
        "good: OK",
        "pipe: FAILED (not read: it is a named pipe)",
        "bad: FAILED",
        ".: FAILED (it is a folder)",
    ];
    assert_eq!((run.out.lines().collect::<Vec<_>>(), run.code), (verdicts.to_vec(), 1));
    assert!(run.err.contains("1 did not match, 3 could not be read"), "{}", run.err);
}

#[test]
fn all_is_well_when_all_is_well() {
    let tree = Tree::with(&["a", "b\n"]);
    tree.file("manifest", line("a", "a") + "\\" + &line("b\n", "b\\n"));

    let run = digest(tree.path(), &["--check", "manifest"]);

    assert_eq!((run.out.as_str(), run.code), ("a: OK\n\\b\\n: OK\n", 0));
}

#[test]
fn quiet_names_only_what_failed() {
    let tree = Tree::with(&["a", "b"]);
    tree.file("manifest", line("a", "a") + &line("x", "b"));

    let run = digest(tree.path(), &["--check", "--quiet", "manifest"]);

    assert_eq!((run.out.as_str(), run.err.as_str(), run.code), ("b: FAILED\n", "", 1));
}

#[test]
fn a_line_that_cannot_be_understood_is_told_by_its_number_and_the_rest_goes_on() {
    let tree = Tree::with(&["a", "b"]);
    let mut manifest = line("a", "a").into_bytes();
    manifest.extend(b"nonsense\n\xff\xff\n\n");
    manifest.extend(std::iter::repeat_n(b'x', 1 << 20));
    manifest.extend(format!("\n{}", line("b", "b")).bytes());
    tree.file("manifest", manifest);

    let run = digest(tree.path(), &["--check", "manifest"]);

    assert_eq!((run.out.as_str(), run.code), ("a: OK\nb: OK\n", 1));
    assert_eq!(
        run.troubles(),
        [
            "manifest: line 2: neither a sum and a path nor a tagged line",
            "manifest: line 3: not UTF-8",
            "manifest: line 4: empty line",
            "manifest: line 5: longer than any path can be",
        ]
    );
}

#[test]
fn a_manifest_can_come_from_standard_input() {
    let tree = Tree::with(&["a"]);
    let mut command = command(tree.path(), &["--check", "-"]);
    command.stdin(Stdio::piped());
    let mut running = start(command);
    let mut input = running.child.stdin.take().expect("piped");
    input.write_all(line("a", "a").as_bytes()).expect("written");
    drop(input);

    let run = finish(running);

    assert_eq!((run.out.as_str(), run.code), ("a: OK\n", 0));
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_and_the_next_goes_on() {
    let tree = Tree::with(&["a"]);
    tree.file("manifest", line("a", "a"));

    let run = digest(tree.path(), &["--check", "none", ".", "manifest"]);

    assert_eq!((run.out.as_str(), run.code), ("a: OK\n", 1));
    assert_eq!(run.troubles(), ["none: No such file or directory", ".: Is a directory"]);
}

#[test]
fn what_is_fingerprinted_can_be_checked() {
    let tree = Tree::new();
    for i in 0..1_000 {
        tree.file(&format!("f/{i}"), format!("{i}"));
    }
    assert_eq!(digest(tree.path(), &["f", "--output", "manifest"]).code, 0);
    tree.file("f/500", "changed");

    let run = digest(tree.path(), &["--check", "manifest", "--jobs", "3"]);

    assert_eq!(run.code, 1);
    assert_eq!(
        run.out
            .lines()
            .filter(|line| !line.ends_with(": OK"))
            .collect::<Vec<_>>(),
        ["f/500: FAILED"]
    );
}

#[test]
fn a_hundred_thousand_files_need_no_more_memory_than_a_few() {
    let tree = Tree::with(&["a"]);
    let mut command = command(tree.path(), &["--check", "--quiet", "-"]);
    command.stdin(Stdio::piped());
    let mut running = start(command);
    let mut input = running.child.stdin.take().expect("piped");
    let lines = line("a", "a").repeat(1_000);
    for _ in 0..100 {
        input.write_all(lines.as_bytes()).expect("written");
    }

    // All but what fits into the pipe has been taken in by now.
    let peak = peak_memory(&running.child).expect("it runs");
    drop(input);

    assert_eq!(finish(running).code, 0);
    assert!(peak < 100 << 20, "{} MiB", peak >> 20);
}
