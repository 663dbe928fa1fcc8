//! The window from outside: the built program on an X server of its own, with a keyboard, and pictures of what it shows.
//!
//! The pictures are left in the build folder (`tmp/window-*.ppm`).

#![cfg(target_os = "linux")]

mod screen;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use homebound::Clock;
use screen::{Display, Program};

/// How long anything may take on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);
/// How long the program may take to end after its window was closed: the grace that it gives its work, and a little.
const END: Duration = Duration::from_secs(4);
/// What cannot be done here.
const CANNOT: i32 = 2;

/// Tabs from nothing to the buttons, while no run is under way: the field, Browse, Start, the three trials.
const START: usize = 3;
const FIRST_TRIAL: usize = 4;

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..300 {
        let name = folder.path().join(format!("file {number} – ü €.txt"));
        fs::write(name, vec![7; number * 100]).expect("written");
    }
    folder
}

fn without_a_display(display: Option<&str>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gallery"));
    command
        .args(["digest", "--window"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null());
    if let Some(display) = display {
        command.env("DISPLAY", display);
    }
    let output = command.output().expect("it runs");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn without_a_display_it_says_so_in_one_sentence() {
    for display in [None, Some(":54321"), Some("nonsense")] {
        let (code, said) = without_a_display(display);

        assert_eq!(code, Some(CANNOT), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("digest: the window cannot be opened: "), "{said}");
        assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    }
}

#[test]
fn a_second_folder_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_gallery"))
        .args(["digest", "--window", "a", "b"])
        .output()
        .expect("it runs");

    assert_eq!(output.status.code(), Some(CANNOT));
    assert!(String::from_utf8_lossy(&output.stderr).contains("one folder"));
}

/// Opens the window on a folder, with the keyboard in it.
fn open(display: &Display, folder: &Path) -> Program {
    let mut program = Program::start(display, &["digest".as_ref(), "--window".as_ref(), folder.as_os_str()]);
    program.wait_for_title(LIMIT, |title| title == "digest");
    program.wait_for_picture(LIMIT);
    program
}

#[test]
fn a_run_is_started_by_the_keyboard_and_shown() {
    let (display, folder) = (Display::open(), tree());
    let mut program = open(&display, folder.path());
    program.picture("window-1-rest");

    program.tab(START);
    program.press(screen::SPACE);
    program.wait_for_title(LIMIT, |title| title.starts_with("Done"));
    program.picture("window-2-done");
    program.close();

    let (code, said) = program.wait(END);
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn the_three_trials_neither_freeze_nor_kill_it() {
    let (display, folder) = (Display::open(), tree());
    // Takes hours to read and no room.
    let large = fs::File::create(folder.path().join("large")).expect("created");
    large.set_len(1 << 42).expect("sparse");
    let mut program = open(&display, folder.path());

    program.tab(FIRST_TRIAL);
    program.press(screen::SPACE);
    program.wait_for_new_picture(LIMIT);
    program.picture("window-3-panic");
    program.tab(1);
    program.press(screen::SPACE);
    program.wait_for_new_picture(LIMIT);
    program.picture("window-4-flood");
    // It still hears the keyboard: a run begins, in the middle of the flood perhaps.
    program.press(screen::ESCAPE);
    program.tab(START);
    program.press(screen::SPACE);
    program.wait_for_title(LIMIT, |title| title.contains('%'));
    program.picture("window-5-running");
    assert!(program.is_running());
    program.press(screen::ESCAPE);
    program.wait_for_title(LIMIT, |title| title.starts_with("Cancelled"));
    program.picture("window-6-cancelled");
    program.tab(FIRST_TRIAL + 2);
    program.press(screen::SPACE);

    let (code, said) = program.wait(END);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("cancelled") || said.contains("Cancelled"), "{said}");
    assert!(!said.contains("still run"), "{said}");
}

#[test]
fn a_window_at_rest_takes_no_time() {
    let (display, folder) = (Display::open(), tree());
    let mut program = open(&display, folder.path());
    program.wait_until_still(LIMIT);
    let clock = Clock::new();

    let (before, began) = (program.processor_time(), clock.now());
    screen::let_time_pass(Duration::from_secs(2));
    let (after, ended) = (program.processor_time(), clock.now());

    let part = (after.saturating_sub(before)).as_secs_f64() / (ended.saturating_sub(began)).as_secs_f64();
    assert!(part < 0.02, "it used {:.1} % of a processor", part * 100.0);
    program.close();
    assert_eq!(program.wait(END).0, Some(0));
}

#[test]
fn an_interrupt_closes_the_window_and_ends_what_runs() {
    let (display, folder) = (Display::open(), tree());
    let large = fs::File::create(folder.path().join("large")).expect("created");
    large.set_len(1 << 42).expect("sparse");
    let mut program = open(&display, folder.path());
    program.tab(START);
    program.press(screen::SPACE);
    program.wait_for_title(LIMIT, |title| title.contains('%'));

    program.interrupt();

    let (code, said) = program.wait(END);
    assert_eq!(code, Some(0), "{said}");
}
