use std::fs;
use std::process::{Command, Stdio};

use crate::program::{command, digest, digest_in_shell, finish, start};
use crate::tree::{Tree, lines};

#[test]
fn a_file_is_written_and_does_not_list_itself() {
    let tree = Tree::with(&["a", "b"]);
    tree.file("manifest", "old");

    let run = digest(tree.path(), &[".", "--output", "manifest"]);

    assert_eq!((run.code, run.out.as_str(), run.troubles()), (0, "", vec![]));
    assert_eq!(
        fs::read_to_string(tree.at("manifest")).expect("written"),
        lines(&["a", "b"])
    );
    assert_eq!(tree.names(), ["a", "b", "manifest"]);
}

#[test]
fn standard_output_in_the_same_folder_is_not_listed() {
    let tree = Tree::with(&["a"]);

    let run = digest_in_shell(tree.path(), r#""$@" > manifest"#, &["."]);

    assert_eq!((run.code, run.troubles()), (0, vec![]));
    assert_eq!(fs::read_to_string(tree.at("manifest")).expect("written"), lines(&["a"]));
}

#[test]
fn a_place_that_cannot_be_written_is_told_and_nothing_is_read() {
    let tree = Tree::with(&["a"]);
    fs::create_dir(tree.at("folder")).expect("made");
    for (place, why) in [
        ("none/manifest", "No such file or directory"),
        ("folder", "Is a directory"),
        ("a/manifest", "Not a directory"),
        ("/sys/manifest", "Permission denied"),
    ] {
        let run = digest(tree.path(), &[".", "--output", place]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{place}");
        assert_eq!(run.err, format!("digest: {place}: {why}\n"));
    }
    assert_eq!(tree.names(), ["a", "folder"]);
}

#[test]
fn a_full_device_is_told() {
    let tree = Tree::with(&["a"]);

    let to_file = digest(tree.path(), &["--quiet", ".", "--output", "/dev/full"]);
    let to_standard_output = digest_in_shell(tree.path(), r#""$@" > /dev/full"#, &["--quiet", "."]);

    assert_eq!(
        (to_file.code, to_file.err.as_str()),
        (1, "digest: /dev/full: No space left on device\n")
    );
    assert_eq!(to_standard_output.code, 1);
    assert_eq!(
        to_standard_output.err,
        "digest: standard output: No space left on device\n"
    );
}

#[test]
fn a_disk_that_fills_up_leaves_no_half_file_and_keeps_the_old_one() {
    let tree = Tree::new();
    for i in 0..2_000 {
        tree.file(&format!("in/{i}"), "x");
    }
    tree.file("manifest", "old");
    // Files can grow to 4 blocks of a kilobyte; the manifest would have a hundred.
    let line = r#"ulimit -f 4; trap "" XFSZ; exec "$@""#;

    let run = digest_in_shell(tree.path(), line, &["--quiet", "in", "--output", "manifest"]);

    assert_eq!((run.code, run.err.as_str()), (1, "digest: manifest: File too large\n"));
    assert_eq!(fs::read_to_string(tree.at("manifest")).expect("still there"), "old");
    assert_eq!(tree.names(), ["in", "manifest"]);
}

#[test]
fn a_reader_that_wants_no_more_ends_the_program_quietly() {
    let tree = Tree::new();
    for i in 0..5_000 {
        tree.file(&format!("{i}"), "x");
    }
    let mut running = start(command(tree.path(), &["."]));
    let output = running.child.stdout.take().expect("piped");
    let mut head = Command::new("head")
        .args(["-n", "1"])
        .stdin(output)
        .stdout(Stdio::null())
        .spawn()
        .expect("head");
    head.wait().expect("it ends");

    let run = finish(running);

    assert_eq!((run.code, run.err.as_str()), (141, ""));
}

#[test]
fn nobody_at_all_to_write_to_is_no_panic() {
    let tree = Tree::with(&["a"]);
    tree.link("b", "none");
    for line in [
        r#"exec "$@" 2>&-"#,
        r#"exec "$@" >&- 2>&-"#,
        r#"exec "$@" >&-"#,
        r#"exec "$@" <&-"#,
    ] {
        let run = digest_in_shell(tree.path(), line, &["."]);
        assert!(run.code == 1, "{line}: {}", run.code);
    }
}
