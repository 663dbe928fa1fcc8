//! The end of the program: everything that Homebound runs stops, or is named.
//!
//! # Protocol
//! 1. From now on nothing starts: workers refuse to, pools reject.
//! 2. Every worker's and every task's token is cancelled, with the reason `Shutdown`; what has not started gets its outcome at once.
//! 3. Every worker's loop is asked to quit, after what was posted to it before.
//! 4. The caller waits, at most for the grace. If its thread has a loop, that goes on turning: outcomes arrive, and nobody waits in vain for it.
//! 5. What arrived for the caller's loop meanwhile is delivered.
//! 6. The report names whatever still runs. Nothing is killed: a thread that is torn away leaves its locks locked.
//!
//! The first caller does all this; whoever calls meanwhile or later waits for the same report.

#[cfg(feature = "ctrl-c")]
mod ctrl_c;

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use crate::cancel::CancelReason;
use crate::clock::Clock;
use crate::event_loop::{LoopHandle, current};
use crate::latch::Latch;
use crate::spawner::{NewThread, StdSpawner, ThreadSpawner};
use crate::sync::Mutex;
use crate::unhandled::{self, Unhandled};
use crate::worker;

#[cfg(feature = "ctrl-c")]
pub use ctrl_c::{CtrlCError, shutdown_on_ctrl_c};

/// What still ran when the grace was over, and how long it took.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// What still runs.
    pub stragglers: Vec<Straggler>,
    /// The time that the shutdown has taken.
    pub took: Duration,
}

/// Something that runs on although it was asked to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Straggler {
    /// Its name.
    pub name: String,
    /// The line of the program that made it, where that is known.
    pub made_at: Option<&'static Location<'static>>,
    /// What it is doing.
    pub doing: String,
}

impl ShutdownReport {
    /// Whether everything has stopped.
    pub fn is_clean(&self) -> bool {
        self.stragglers.is_empty()
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return write!(f, "everything has stopped within {:?}", self.took);
        }
        write!(f, "after {:?} there still run: ", self.took)?;
        for (at, straggler) in self.stragglers.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{straggler}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Straggler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", self.name, self.doing)?;
        match self.made_at {
            Some(made_at) => write!(f, ", made at {made_at}"),
            None => Ok(()),
        }
    }
}

/// What takes part in a shutdown beside the workers: pools.
pub(crate) trait Participant: Send + Sync {
    /// Refuses new work, cancels what it has.
    fn begin_stop(&self);
    /// Whether this is its own thread, so that nobody can wait here for its end.
    fn is_caller(&self) -> bool {
        false
    }
    /// Waits until nothing runs there any more, at most for `timeout`; what runs on the thread that asks does not count.
    fn wait_stopped(&self, timeout: Duration) -> bool;
    /// What still runs.
    fn stragglers(&self) -> Vec<Straggler>;
}

#[derive(Default)]
struct Registry {
    begun: bool,
    participants: Vec<Weak<dyn Participant>>,
    report: Option<ShutdownReport>,
}

fn registry() -> &'static Mutex<Registry> {
    static REGISTRY: OnceLock<Mutex<Registry>> = OnceLock::new();
    REGISTRY.get_or_init(Mutex::default)
}

fn reported() -> &'static Latch {
    static REPORTED: OnceLock<Latch> = OnceLock::new();
    REPORTED.get_or_init(Latch::new)
}

/// Whether the program is shutting down.
pub(crate) fn has_begun() -> bool {
    registry().lock().begun
}

/// Takes part in a shutdown from now on. One that has begun stops the newcomer at once.
pub(crate) fn take_part(participant: &Arc<dyn Participant>) {
    let too_late = {
        let mut registry = registry().lock();
        registry.participants.retain(|other| other.strong_count() > 0);
        registry.participants.push(Arc::downgrade(participant));
        registry.begun
    };
    if too_late {
        participant.begin_stop();
    }
}

/// Stops everything: refuses new work, cancels, drains, waits at most for `grace`, and reports what still runs.
///
/// Call it once the window is closed. Jobs get the outcome `Cancelled`; what was posted before is delivered. If this thread has a loop, it turns meanwhile. Whoever calls
/// again gets the same report. Stragglers also go to [`on_unhandled`](crate::on_unhandled).
///
/// # Examples
///
/// ```
/// use homebound::{Worker, shutdown};
/// use std::time::Duration;
///
/// let _worker = Worker::builder("poller").start()?;
/// let report = shutdown(Duration::from_secs(5));
/// assert!(report.is_clean(), "{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// For `grace` at most, and for what the slots of this thread's loop take.
pub fn shutdown(grace: Duration) -> ShutdownReport {
    let clock = Clock::new();
    let began = clock.now();
    let participants: Vec<Arc<dyn Participant>> = {
        let mut registry = registry().lock();
        if std::mem::replace(&mut registry.begun, true) {
            drop(registry);
            return wait_for_report(grace);
        }
        registry.participants.iter().filter_map(Weak::upgrade).collect()
    };
    tracing::info!(target: "homebound", event = "shutdown.begun", ?grace);
    let workers: Vec<Arc<dyn Participant>> = worker::all()
        .into_iter()
        .map(|worker| worker as Arc<dyn Participant>)
        .collect();
    let everyone: Arc<[Arc<dyn Participant>]> = participants.into_iter().chain(workers).collect();
    for participant in everyone.iter() {
        participant.begin_stop();
    }
    // The worker that this is called on ends after the call.
    let everyone: Arc<[Arc<dyn Participant>]> =
        everyone.iter().filter(|one| !one.is_caller()).map(Arc::clone).collect();
    wait_for_all(&everyone, &clock, began.saturating_add(grace));
    let stragglers: Vec<_> = everyone
        .iter()
        .flat_map(|participant| participant.stragglers())
        .collect();
    let report = ShutdownReport {
        stragglers,
        took: clock.now().saturating_sub(began),
    };
    tracing::info!(target: "homebound", event = "shutdown.ended", %report);
    for straggler in &report.stragglers {
        unhandled::report(&Unhandled::Straggler {
            who: straggler.to_string(),
        });
    }
    registry().lock().report = Some(report.clone());
    reported().set();
    report
}

/// For those who call while another shuts down, or after.
fn wait_for_report(grace: Duration) -> ShutdownReport {
    reported().wait_timeout(grace);
    let report = registry().lock().report.clone();
    report.unwrap_or_else(|| ShutdownReport {
        stragglers: Vec::new(),
        took: grace,
    })
}

fn wait_for_all(everyone: &Arc<[Arc<dyn Participant>]>, clock: &Clock, deadline: Duration) {
    let Some(home) = current().map(|home| home.handle()) else {
        wait_one_by_one(everyone, clock, deadline);
        return;
    };
    let done = Arc::new(Latch::new());
    let waits = {
        let (everyone, clock, done, proxy) = (Arc::clone(everyone), clock.clone(), Arc::clone(&done), home.proxy());
        move || {
            wait_one_by_one(&everyone, &clock, deadline);
            done.set();
            proxy.shared().rouse();
        }
    };
    // The wait is another thread's, so that this one's loop goes on.
    let waiter = NewThread::new(String::from("homebound-shutdown"), None, Box::new(waits));
    if let Err(error) = StdSpawner.spawn(waiter) {
        tracing::warn!(target: "homebound", event = "shutdown.no_thread", %error);
        wait_one_by_one(everyone, clock, deadline);
        return;
    }
    while !done.probe() && clock.now() < deadline {
        home.dispatch(Some(deadline.saturating_sub(clock.now())));
    }
    drain(&home, clock, deadline);
}

/// What arrived at the last moment, as far as the grace allows.
fn drain(home: &LoopHandle, clock: &Clock, deadline: Duration) {
    while home.dispatch(Some(Duration::ZERO)).more && clock.now() < deadline {}
}

fn wait_one_by_one(everyone: &[Arc<dyn Participant>], clock: &Clock, deadline: Duration) {
    for participant in everyone {
        participant.wait_stopped(deadline.saturating_sub(clock.now()));
    }
}

impl Participant for worker::WorkerShared {
    fn begin_stop(&self) {
        self.stop(CancelReason::Shutdown);
    }

    fn is_caller(&self) -> bool {
        self.is_here()
    }

    fn wait_stopped(&self, timeout: Duration) -> bool {
        self.wait(Some(timeout)).is_some()
    }

    fn stragglers(&self) -> Vec<Straggler> {
        if self.has_ended() {
            return Vec::new();
        }
        let doing = format!("worker, {}", self.state());
        vec![Straggler {
            name: self.name.to_string(),
            made_at: Some(self.made_at()),
            doing,
        }]
    }
}
