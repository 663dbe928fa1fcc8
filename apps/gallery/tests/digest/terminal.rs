use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::thread;

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::program::{command, start};
use crate::tree::Tree;

/// A terminal: the side that a person looks at, and the side that the program writes to.
fn terminal() -> (File, File) {
    let screen: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&screen).expect("granted");
    unlockpt(&screen).expect("unlocked");
    let size = Winsize {
        ws_row: 24,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&screen, size).expect("sized");
    let name = ptsname(&screen, Vec::new()).expect("a name");
    let line = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().expect("a path"))
        .expect("opened");
    (screen.into(), line)
}

/// Everything that appears on the screen until the program ends.
fn watch(mut screen: File) -> thread::JoinHandle<String> {
    let watch = move || {
        let (mut seen, mut block) = (Vec::new(), [0; 4096]);
        // A terminal whose other side is closed gives an error in place of an end.
        while let Ok(read @ 1..) = screen.read(&mut block) {
            seen.extend(&block[..read]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    };
    thread::Builder::new().spawn(watch).expect("a thread")
}

#[test]
fn a_terminal_shows_bars_for_the_whole_and_for_each_worker() {
    let tree = Tree::new();
    tree.huge_file("huge-1");
    tree.huge_file("huge-2");
    let (screen, line) = terminal();
    let mut command = command(tree.path(), &["--jobs", "2", "."]);
    command.stderr(Stdio::from(line));
    let running = start(command);
    let mut seen = String::new();
    let mut screen_reader = screen.try_clone().expect("cloned");
    while !(seen.contains("huge-1") && seen.contains("huge-2") && seen.contains("TiB")) {
        let mut block = [0; 4096];
        let read = screen_reader.read(&mut block).expect("it shows something");
        seen.push_str(&String::from_utf8_lossy(&block[..read]));
    }
    let rest = watch(screen);

    running.signal(Signal::INT);

    assert_eq!(running.wait(), 130);
    let rest = rest.join().expect("watched");
    assert!(rest.contains("cancelled: "), "{rest}");
}

#[test]
fn lines_and_bars_share_a_terminal() {
    let tree = Tree::new();
    for i in 0..500 {
        tree.file(&format!("file-{i}"), "x");
    }
    tree.link("broken", "none");
    let (screen, line) = terminal();
    let mut command = command(tree.path(), &["."]);
    command
        .stdout(Stdio::from(line.try_clone().expect("cloned")))
        .stderr(Stdio::from(line));
    let seen = watch(screen);
    let running = start(command);

    assert_eq!(running.wait(), 1);
    let seen = seen.join().expect("watched");
    for i in 0..500 {
        assert!(seen.contains(&format!("  ./file-{i}\r\n")), "file-{i}");
    }
    assert!(seen.contains("digest: ./broken: broken link to none"), "{seen}");
}

#[test]
fn without_a_terminal_there_are_plain_lines_only() {
    let tree = Tree::with(&["a", "b"]);

    let run = crate::program::digest(tree.path(), &["."]);

    assert!(!run.err.contains(['\u{1b}', '\r']), "{:?}", run.err);
    assert!(
        run.err
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("digest: 2 files, 2 B")),
        "{:?}",
        run.err
    );
}
