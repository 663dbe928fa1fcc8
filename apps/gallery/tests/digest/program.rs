//! The program under test, and how it is run and waited for.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use homebound::Clock;
use rustix::process::{Pid, Signal, kill_process};

/// Nothing here takes a tenth of this.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code, or 128 and the signal.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let run = Self {
            code: code_of(output.status),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!run.err.contains("panicked"), "{}", run.err);
        run
    }

    /// The lines on standard error without those that only say how it went.
    pub(crate) fn troubles(&self) -> Vec<&str> {
        self.err
            .lines()
            .filter_map(|line| line.strip_prefix("digest: "))
            .filter(|line| !is_summary(line))
            .collect()
    }
}

fn is_summary(line: &str) -> bool {
    line.contains(" files, ") || line.contains(" file, ")
}

fn code_of(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().expect("ended by a signal"))
}

/// Prepares `gallery digest` with these arguments in that folder.
pub(crate) fn command<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gallery"));
    command.arg("digest").args(arguments).current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs `gallery digest` with these arguments in that folder to its end.
pub(crate) fn digest<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Run {
    finish(start(command(folder, arguments)))
}

/// Runs `gallery digest` from a shell line that ends in `"$@"`.
pub(crate) fn digest_in_shell(folder: &Path, line: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new("bash");
    command
        .args(["-c", line, "bash", env!("CARGO_BIN_EXE_gallery"), "digest"])
        .args(arguments)
        .current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(start(command))
}

/// A running program that does not outlive its limit.
pub(crate) struct Running {
    pub(crate) child: Child,
    _watchdog: Watchdog,
}

pub(crate) fn start(mut command: Command) -> Running {
    let child = command.spawn().expect("the program starts");
    let watchdog = Watchdog::over(&child);
    Running {
        child,
        _watchdog: watchdog,
    }
}

/// Collects what the program writes until it ends.
pub(crate) fn finish(running: Running) -> Run {
    Run::of(running.child.wait_with_output().expect("the program ends"))
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("it is running");
    }

    /// Waits until the program reads this file.
    pub(crate) fn wait_until_it_reads(&self, file: &Path) {
        let file = fs::canonicalize(file).expect("it is there");
        let open = format!("/proc/{}/fd", self.child.id());
        wait_until(|| {
            let links = fs::read_dir(&open).into_iter().flatten().flatten();
            links
                .filter_map(|link| fs::read_link(link.path()).ok())
                .any(|link| link == file)
        });
    }

    /// Waits for the end of a program whose output nobody collects, and returns its code.
    pub(crate) fn wait(mut self) -> i32 {
        code_of(self.child.wait().expect("the program ends"))
    }
}

/// Waits for what another process does; a look costs no more than a change of threads.
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let clock = Clock::new();
    let deadline = clock.now() + LIMIT;
    while !is_so() {
        assert!(clock.now() < deadline, "it did not happen in {LIMIT:?}");
        thread::yield_now();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("a child has an id")
}

/// Kills a program that hangs.
struct Watchdog {
    is_over: Arc<AtomicBool>,
    thread: thread::Thread,
}

impl Watchdog {
    fn over(child: &Child) -> Self {
        let (pid, is_over) = (pid(child), Arc::new(AtomicBool::new(false)));
        let watched = Arc::clone(&is_over);
        let watch = move || {
            let clock = Clock::new();
            let deadline = clock.now() + LIMIT;
            while !watched.load(Ordering::Acquire) {
                let left = deadline.saturating_sub(clock.now());
                if left.is_zero() {
                    kill_process(pid, Signal::KILL).ok();
                    return;
                }
                thread::park_timeout(left);
            }
        };
        let thread = thread::Builder::new().spawn(watch).expect("a thread").thread().clone();
        Self { is_over, thread }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// The most memory that a running program has had until now, in bytes.
pub(crate) fn peak_memory(child: &Child) -> Option<u64> {
    let mut status = String::new();
    File::open(format!("/proc/{}/status", child.id()))
        .ok()?
        .read_to_string(&mut status)
        .ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim()
        .strip_suffix(" kB")?
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}
