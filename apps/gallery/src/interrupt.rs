//! Ctrl-C, the request to terminate, and the end of the terminal.
//!
//! Who does what: a thread of its own waits for signals and posts to the main loop, which cancels the run and ends it in order. Should the
//! run hang in something that nobody can cancel, or the main loop itself in writing to a terminal, the thread ends the program: in
//! any case it is gone when the promised time is over, and no half file is left.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use homebound::{Clock, Handle};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::digest::session::Session;
use crate::terminal::Terminal;

/// After this time the run ends without what still hangs.
const PATIENCE: Duration = Duration::from_millis(100);
/// After this more the program ends without the main loop.
const LAST_PATIENCE: Duration = Duration::from_millis(60);

/// Signals that are held back until somebody watches for them.
#[derive(Debug)]
pub(crate) struct Interrupts(Signals);

impl Interrupts {
    /// From now on a signal does not kill the program.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn new() -> io::Result<Self> {
        let hangup = (!outlives_its_terminal()).then_some(SIGHUP);
        Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup)).map(Self)
    }

    /// Ends this run when a signal comes; further ones change nothing.
    ///
    /// # Errors
    ///
    /// The thread could not be made.
    pub(crate) fn watch(self, end: End) -> io::Result<()> {
        self.on_first(move |signal| end.end(signal))
    }

    /// Calls `act` on a thread of its own when the first signal comes.
    ///
    /// # Errors
    ///
    /// The thread could not be made.
    pub(crate) fn on_first(mut self, act: impl FnOnce(i32) + Send + 'static) -> io::Result<()> {
        let watch = move || {
            if let Some(signal) = self.0.forever().next() {
                act(signal);
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
    }
}

/// What a signal ends.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) session: Handle<Session>,
    pub(crate) terminal: Handle<Terminal>,
    /// The file that must not stay behind.
    pub(crate) unfinished: Option<PathBuf>,
}

impl End {
    fn end(&self, signal: i32) {
        // A loop that takes no more posts is one that has ended: then the program ends by itself.
        let told = self.terminal.post(move |terminal| terminal.interrupted(signal));
        if told.is_ok() && self.session.post(Session::cancel).is_ok() {
            pause(PATIENCE);
            self.session.post(Session::give_up).ok();
        }
        pause(LAST_PATIENCE);
        if let Some(path) = &self.unfinished {
            fs::remove_file(path).ok();
        }
        std::process::exit(128 + signal);
    }
}

/// Whether somebody has asked, as `nohup` does, that the end of the terminal should end nothing.
fn outlives_its_terminal() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits >> (SIGHUP - 1) & 1 == 1)
}

fn pause(duration: Duration) {
    let clock = Clock::new();
    let until = clock.now().saturating_add(duration);
    loop {
        let left = until.saturating_sub(clock.now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
