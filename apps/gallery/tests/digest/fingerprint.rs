use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use crate::program::{command, digest, finish, start};
use crate::tree::{Tree, b3sum_accepts, lines};

#[test]
fn each_file_has_its_line_in_the_order_of_names() {
    let tree = Tree::with(&["b", "a/z", "a/y/x", "a.b", "B", "a/y-1"]);

    let run = digest(tree.path(), &["."]);

    assert_eq!(run.out, lines(&["B", "a/y/x", "a/y-1", "a/z", "a.b", "b"]));
    assert_eq!((run.code, run.troubles()), (0, vec![]));
}

#[test]
fn the_number_of_jobs_changes_nothing_in_the_manifest() {
    let tree = Tree::new();
    for i in 0..3_000 {
        tree.file(&format!("{}/{i}", i % 7), vec![b'x'; i * 37 % 9_000]);
    }
    tree.file("big", vec![7; 20_000_000]);

    let one = digest(tree.path(), &["--jobs", "1", "."]);

    assert_eq!((one.code, one.out.lines().count()), (0, 3_001));
    for jobs in ["2", "7", "64"] {
        assert_eq!(digest(tree.path(), &["-j", jobs, "."]).out, one.out);
    }
}

#[test]
fn b3sum_accepts_the_manifest_of_odd_names() {
    let names = [
        "new\nline",
        "return\r",
        "back\\slash",
        "\\",
        "\\n",
        "  two  ",
        "tab\t",
        "ü\u{1F600}",
        "-",
        "'\"$(x)`",
        "BLAKE3 (a) = b",
    ];
    let tree = Tree::with(&names);
    let out = Tree::new();
    let manifest = out.at("manifest");

    let run = digest(tree.path(), &[".".as_ref(), "--output".as_ref(), manifest.as_os_str()]);

    assert_eq!((run.code, run.troubles()), (0, vec![]));
    let text = fs::read_to_string(&manifest).expect("written");
    assert_eq!(text.lines().count(), names.len());
    assert_ne!(b3sum_accepts(tree.path(), &manifest), Some(false));
    let check = digest(tree.path(), &["--check".as_ref(), manifest.as_os_str()]);
    assert_eq!(
        (
            check.code,
            check.out.lines().filter(|line| line.ends_with(": OK")).count()
        ),
        (0, names.len())
    );
}

#[test]
fn a_file_named_like_standard_input_is_a_file() {
    let tree = Tree::with(&["-"]);

    let run = digest(tree.path(), &["-"]);

    assert_eq!((run.out, run.code), (lines(&["-"]), 0));
}

#[test]
fn a_name_that_no_manifest_can_hold_is_told_and_the_rest_goes_on() {
    let tree = Tree::with(&["a", "z"]);
    tree.raw_file(b"m\xff\n");
    tree.raw_file("n\u{FFFD}".as_bytes());

    let run = digest(tree.path(), &["."]);

    assert_eq!((run.code, &run.out), (1, &lines(&["a", "z"])));
    let why = "left out: its name is not UTF-8 and cannot stand in a manifest";
    assert_eq!(
        run.troubles(),
        [format!("./m\\xff\\n: {why}"), format!("./n\u{FFFD}: {why}")]
    );
}

#[test]
fn whatever_cannot_be_read_is_told_in_a_line_and_the_rest_goes_on() {
    let tree = Tree::with(&["a", "z/file"]);
    tree.pipe("b-pipe");
    let _socket = UnixListener::bind(tree.at("c-socket")).expect("a socket");
    tree.link("d-device", "/dev/zero");
    tree.link("e-broken", "none");
    tree.link("f-loop", "g-loop");
    tree.link("g-loop", "f-loop");
    tree.link("h-up", ".");
    tree.link("i-memory", "/proc/self/mem");
    tree.link("z/up", "..");

    let run = digest(tree.path(), &[".", "missing"]);

    assert_eq!((run.code, &run.out), (1, &lines(&["a", "z/file"])));
    assert_eq!(
        run.troubles(),
        [
            "./b-pipe: not read: it is a named pipe",
            "./c-socket: not read: it is a socket",
            "./d-device: not read: it is a character device",
            "./e-broken: broken link to none",
            "./f-loop: link that leads back to itself",
            "./g-loop: link that leads back to itself",
            "./h-up: loop: this folder is .",
            "./i-memory: Input/output error",
            "./z/up: loop: this folder is .",
            "missing: No such file or directory",
        ]
    );
}

#[test]
fn what_may_not_be_read_is_told() {
    let tree = Tree::with(&["a", "closed/file", "locked"]);
    for (name, mode) in [("closed", 0), ("locked", 0)] {
        fs::set_permissions(tree.at(name), fs::Permissions::from_mode(mode)).expect("set");
    }
    let binds = fs::read(tree.at("locked")).is_err();

    let run = digest(tree.path(), &["."]);

    fs::set_permissions(tree.at("closed"), fs::Permissions::from_mode(0o755)).expect("set");
    if binds {
        assert_eq!((run.code, &run.out), (1, &lines(&["a"])));
        assert_eq!(
            run.troubles(),
            ["./closed: Permission denied", "./locked: Permission denied"]
        );
    } else {
        assert_eq!(
            (run.code, run.troubles()),
            (0, vec![]),
            "permissions do not bind this user"
        );
    }
}

#[test]
fn a_file_that_vanishes_after_it_was_found_is_told_and_the_rest_goes_on() {
    let tree = Tree::with(&["b", "c"]);
    // Long enough that the others wait while it is read. All names of the folder are known by then, though not all were looked at.
    tree.file("a", "");
    fs::File::options()
        .write(true)
        .open(tree.at("a"))
        .and_then(|file| file.set_len(1 << 30))
        .expect("sparse");
    let running = start(command(tree.path(), &["--quiet", "--jobs", "1", "."]));
    running.wait_until_it_reads(&tree.at("a"));

    fs::remove_file(tree.at("b")).expect("removed");
    let run = finish(running);

    assert_eq!(run.code, 1);
    assert_eq!(run.troubles(), ["./b: vanished before it could be read"]);
    assert_eq!(run.out.lines().count(), 2);
}

#[test]
fn an_empty_folder_has_an_empty_manifest() {
    let tree = Tree::new();

    let run = digest(tree.path(), &["."]);

    assert_eq!((run.code, run.out.as_str(), run.troubles()), (0, "", vec![]));
}

#[test]
fn a_path_that_was_given_is_named_as_it_was_given() {
    let tree = Tree::with(&["a/b"]);

    let run = digest(tree.path(), &["a", "a/b"]);

    let sum = blake3::hash(b"a/b").to_hex();
    assert_eq!(run.out, format!("{sum}  a/b\n{sum}  a/b\n"));
}

#[test]
fn a_wrong_command_line_is_refused() {
    let tree = Tree::new();
    for arguments in [
        &[][..],
        &["--jobs", "0", "."],
        &["--jobs", "x", "."],
        &["--nonsense"],
        &["--output"],
        &["--check"],
    ] {
        let run = digest(tree.path(), arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains("--help"), "{}", run.err);
    }
}

#[test]
fn quiet_is_silent_but_for_troubles() {
    let tree = Tree::with(&["a"]);
    tree.link("b", "none");

    let run = digest(tree.path(), &["--quiet", "."]);

    assert_eq!(run.err, "digest: ./b: broken link to none\n");
    assert_eq!((run.out, run.code), (lines(&["a"]), 1));
}
