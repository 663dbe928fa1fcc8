//! The one place that hears of whatever nobody claimed.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::outcome::{Outcome, PanicReport};
use crate::panic_guard;
use crate::sync::Mutex;

/// Something that went wrong where nobody was there to be told: a panic in a slot, work that could not be delivered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Unhandled {
    /// User code panicked while a loop or a pool ran it. Whatever ran it lives on.
    Panicked {
        /// What was running: "a slot", "a timer's slot", "a task", …
        place: String,
        /// The panic's message, and where it began.
        report: PanicReport,
    },
    /// A loop ended with events that were accepted and not yet delivered. They were dropped at their home.
    Undelivered {
        /// The loop's name.
        home: String,
        /// How many events.
        events: usize,
    },
    /// An emission could not reach a receiver, and its report was dropped unread.
    EmitRefused {
        /// Why, for each receiver.
        reasons: Vec<String>,
    },
    /// The outcome of a job that nobody took: it failed, panicked, timed out, was rejected or is done, and its receiver is gone or never was. A cancelled job is no
    /// news: somebody has asked for that.
    Outcome {
        /// The job's name, if it has one.
        job: Option<String>,
        /// What became of it.
        outcome: Outcome<()>,
    },
    /// An object could not move because the loop it was to move to is closed. It stays where it is.
    MoveRefused {
        /// The loop it stays on.
        from: String,
        /// The loop that is closed.
        to: String,
    },
    /// Something that runs on although it was asked to end.
    Straggler {
        /// Its name and what it does.
        who: String,
    },
}

impl fmt::Display for Unhandled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { place, report } => write!(f, "{place}: {report}"),
            Self::Undelivered { home, events } => {
                write!(f, "loop '{home}' ended with {events} undelivered events")
            }
            Self::EmitRefused { reasons } => {
                write!(f, "an emission was refused: {}", reasons.join("; "))
            }
            Self::Outcome { job, outcome } => {
                let job = job.as_deref().unwrap_or("without a name");
                write!(f, "nobody took the outcome of job '{job}': {outcome}")
            }
            Self::MoveRefused { from, to } => {
                write!(f, "an object stays on loop '{from}': loop '{to}' is closed")
            }
            Self::Straggler { who } => write!(f, "still running after it was asked to end: {who}"),
        }
    }
}

type Hook = Arc<dyn Fn(&Unhandled) + Send + Sync>;

fn hook() -> &'static Mutex<Option<Hook>> {
    static HOOK: OnceLock<Mutex<Option<Hook>>> = OnceLock::new();
    HOOK.get_or_init(|| Mutex::new(None))
}

/// Lets `hear` hear of everything that nobody claimed, in place of the hook before it.
///
/// The hook runs on the thread where the thing happened, under no lock. Without a hook a line goes to standard error, for refused emissions ever more
/// seldom. In both cases there is
/// a `tracing` event with the target `homebound` and the name `unhandled`. A hook that panics is not called again for that event.
///
/// # Examples
///
/// ```
/// homebound::on_unhandled(|what| eprintln!("my program missed: {what}"));
/// ```
pub fn on_unhandled(hear: impl Fn(&Unhandled) + Send + Sync + 'static) {
    let before = hook().lock().replace(Arc::new(hear));
    drop(before);
}

/// Reports what nobody claimed. Call it under no lock.
#[cold]
pub(crate) fn report(what: &Unhandled) {
    // The description may hold an error of the user's, whose own description may panic.
    let described = panic_guard::catch(None, || what.to_string());
    let what_it_says = described.unwrap_or_else(|report| format!("something whose description panicked: {report}"));
    tracing::error!(target: "homebound", event = "unhandled", "{what_it_says}");
    let heard = hook().lock().clone();
    match heard {
        Some(hear) => {
            if panic_guard::catch(None, || hear(what)).is_err() {
                say(&format!("the on_unhandled hook panicked at: {what_it_says}"));
            }
        }
        None => match what {
            Unhandled::EmitRefused { .. } => say_seldom(&what_it_says),
            _ => say(&what_it_says),
        },
    }
}

/// Says the first, the second, the fourth, … of its kind: a signal may be emitted a million times a second.
fn say_seldom(what: &str) {
    // Always the real atomic: loom's cannot live in a static, and a counter needs no model.
    use std::sync::atomic::{AtomicU64, Ordering};
    static SO_FAR: AtomicU64 = AtomicU64::new(0);

    let so_far = SO_FAR.fetch_add(1, Ordering::Relaxed) + 1;
    match so_far {
        1 => say(what),
        _ if so_far.is_power_of_two() => say(&format!("{what} ({so_far} emissions so far)")),
        _ => {}
    }
}

fn say(line: &str) {
    use std::io::Write;
    // Standard error may be closed; there is nobody else to tell.
    let _ = writeln!(std::io::stderr().lock(), "homebound: {line}");
}

/// Reports a caught panic.
#[cold]
pub(crate) fn panicked(place: &str, report: PanicReport) {
    self::report(&Unhandled::Panicked {
        place: place.to_owned(),
        report,
    });
}

/// Reports an outcome that nobody took.
#[cold]
pub(crate) fn outcome(job: Option<&str>, outcome: Outcome<()>) {
    if let Outcome::Cancelled(reason) = &outcome {
        // Somebody has asked for that: no news for anybody.
        tracing::debug!(target: "homebound", event = "job.cancelled", job, %reason);
        return;
    }
    report(&Unhandled::Outcome {
        job: job.map(str::to_owned),
        outcome,
    });
}

/// Drops a value of the user's, whose destructor may panic; says so and goes on.
pub(crate) fn drop_caught<T>(place: &str, value: T) {
    if !std::mem::needs_drop::<T>() {
        return;
    }
    if let Err(report) = panic_guard::catch(None, || drop(value)) {
        panicked(&format!("the destructor of {place}"), report);
    }
}
