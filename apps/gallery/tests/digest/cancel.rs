use std::fs;
use std::io::Read;
use std::time::Duration;

use homebound::Clock;
use rustix::process::Signal;

use crate::program::{command, finish, start};
use crate::tree::Tree;

/// What the program promises.
const PROMISE: Duration = Duration::from_millis(200);
/// A machine that is busy with other tests may be late; hardly each time.
const ATTEMPTS: usize = 5;

#[test]
fn ctrl_c_ends_a_huge_file_within_the_promised_time_and_says_what_was_done() {
    let tree = Tree::with(&["a"]);
    tree.huge_file("huge");
    let clock = Clock::new();
    let mut fastest = Duration::MAX;
    for _ in 0..ATTEMPTS {
        let running = start(command(tree.path(), &["."]));
        running.wait_until_it_reads(&tree.at("huge"));
        let began = clock.now();
        running.signal(Signal::INT);
        let run = finish(running);
        fastest = fastest.min(clock.now().saturating_sub(began));

        assert_eq!(run.code, 130);
        assert!(
            run.err
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("digest: cancelled: ")),
            "{}",
            run.err
        );
        if fastest < PROMISE {
            return;
        }
    }
    panic!("the fastest of {ATTEMPTS} took {fastest:?}");
}

#[test]
fn ctrl_c_leaves_no_half_file_and_keeps_the_old_one() {
    let tree = Tree::with(&["a"]);
    tree.huge_file("huge");
    tree.file("manifest", "old");
    let running = start(command(tree.path(), &[".", "--output", "manifest"]));
    running.wait_until_it_reads(&tree.at("huge"));
    assert_eq!(tree.names().len(), 4, "it is being written");

    running.signal(Signal::INT);
    let run = finish(running);

    assert_eq!(run.code, 130);
    assert_eq!(fs::read_to_string(tree.at("manifest")).expect("there"), "old");
    assert_eq!(tree.names(), ["a", "huge", "manifest"]);
}

#[test]
fn a_second_ctrl_c_is_harmless() {
    let tree = Tree::with(&["a"]);
    tree.huge_file("huge");
    let running = start(command(tree.path(), &[".", "--output", "manifest"]));
    running.wait_until_it_reads(&tree.at("huge"));

    for _ in 0..20 {
        running.signal(Signal::INT);
    }
    let run = finish(running);

    assert_eq!(run.code, 130);
    assert_eq!(tree.names(), ["a", "huge"]);
}

#[test]
fn a_request_to_terminate_and_the_end_of_the_terminal_end_it_the_same_way() {
    let tree = Tree::new();
    tree.huge_file("huge");
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let running = start(command(tree.path(), &[".", "--output", "manifest"]));
        running.wait_until_it_reads(&tree.at("huge"));

        running.signal(signal);
        let run = finish(running);

        assert_eq!(run.code, code);
        assert_eq!(tree.names(), ["huge"]);
    }
}

#[test]
fn ctrl_c_ends_it_also_while_nobody_reads_what_it_writes() {
    let tree = Tree::new();
    for i in 0..3_000 {
        tree.file(&format!("a/{i}"), "x");
    }
    tree.huge_file("huge");
    let mut running = start(command(tree.path(), &["a", "huge"]));
    let mut output = running.child.stdout.take().expect("piped");
    // The pipe takes 64 kB, its lines are 200 kB: after the first byte the writer soon waits.
    output.read_exact(&mut [0]).expect("a byte");
    running.wait_until_it_reads(&tree.at("huge"));

    running.signal(Signal::INT);

    assert_eq!(running.wait(), 130);
}

#[test]
fn ctrl_c_ends_a_check_too() {
    let tree = Tree::new();
    tree.huge_file("huge");
    tree.file("manifest", format!("{}  huge\n", blake3::hash(b"").to_hex()));
    let running = start(command(tree.path(), &["--check", "manifest"]));
    running.wait_until_it_reads(&tree.at("huge"));

    running.signal(Signal::INT);
    let run = finish(running);

    assert_eq!((run.code, run.out.as_str()), (130, ""));
}

#[test]
fn ctrl_c_ends_it_also_while_it_waits_for_its_manifest() {
    let tree = Tree::new();
    let mut command = command(tree.path(), &["--check", "-"]);
    command.stdin(std::process::Stdio::piped());
    let mut running = start(command);
    let input = running.child.stdin.take();
    // It listens to signals before it reads anything.
    crate::program::wait_until(|| {
        let status = fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught
            .and_then(|caught| u64::from_str_radix(caught.trim(), 16).ok())
            .is_some_and(|caught| caught >> 1 & 1 == 1)
    });

    running.signal(Signal::INT);

    assert_eq!(finish(running).code, 130);
    drop(input);
}
