//! The workers of the program that have a thread, by name.
//!
//! A worker enters when it starts and leaves when it has ended; in between the registry keeps it alive, whoever drops their handle.
//!
//! # Locks
//! One, before each worker's own. Nothing is called under it.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::{WorkerShared, WorkerState};
use crate::cancel::CancelReason;
use crate::event_loop::LoopProxy;
use crate::outcome::Outcome;
use crate::shutdown;
use crate::sync::Mutex;

fn registry() -> &'static Mutex<Vec<Arc<WorkerShared>>> {
    static REGISTRY: OnceLock<Mutex<Vec<Arc<WorkerShared>>>> = OnceLock::new();
    REGISTRY.get_or_init(Mutex::default)
}

/// The program is shutting down.
pub(super) struct Closed;

pub(super) fn enter(worker: &Arc<WorkerShared>) -> Result<(), Closed> {
    let mut workers = registry().lock();
    // Looked at under the lock under which the shutdown lists what it has to stop: a worker is refused, or it is listed.
    if shutdown::has_begun() {
        return Err(Closed);
    }
    workers.push(Arc::clone(worker));
    Ok(())
}

pub(super) fn leave(id: u64) {
    let gone = {
        let mut workers = registry().lock();
        let at = workers.iter().position(|worker| worker.id == id);
        at.map(|at| workers.remove(at))
    };
    drop(gone);
}

/// All workers that have a thread.
pub(crate) fn all() -> Vec<Arc<WorkerShared>> {
    registry().lock().clone()
}

/// The workers of the program that have a thread.
///
/// # Examples
///
/// ```
/// use homebound::{Worker, Workers};
///
/// let decoder = Worker::builder("decoder").start()?;
/// assert!(Workers::find("decoder").is_some());
///
/// Workers::stop("decoder");
/// assert!(decoder.wait().is_done());
/// assert!(Workers::find("decoder").is_none()); // what has ended is not there
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Workers(());

/// What the registry tells of a worker.
#[derive(Debug, Clone)]
pub struct WorkerInfo {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: WorkerState,
    /// The line of the program that made it.
    pub made_at: &'static Location<'static>,
}

impl Workers {
    /// All of them, in the order of starting.
    pub fn list() -> Vec<WorkerInfo> {
        all().iter().map(|worker| worker.info()).collect()
    }

    /// The one with this name; of several the one that was started last.
    pub fn find(name: &str) -> Option<WorkerHandle> {
        all()
            .iter()
            .rev()
            .find(|worker| &*worker.name == name)
            .map(WorkerHandle::new)
    }

    /// Asks the one with this name to stop. Returns whether there is one.
    pub fn stop(name: &str) -> bool {
        let worker = Self::find(name);
        if let Some(worker) = &worker {
            worker.stop();
        }
        worker.is_some()
    }

    /// Asks all of them to stop.
    pub fn stop_all() {
        for worker in all() {
            worker.stop(CancelReason::Requested);
        }
    }
}

impl WorkerShared {
    pub(crate) fn info(&self) -> WorkerInfo {
        WorkerInfo {
            name: self.name.to_string(),
            state: self.state(),
            made_at: self.made_at(),
        }
    }
}

/// A worker, as others than its owner hold it: weak, for any thread.
#[derive(Clone)]
pub struct WorkerHandle {
    worker: Weak<WorkerShared>,
    name: Arc<str>,
}

impl WorkerHandle {
    pub(super) fn new(worker: &Arc<WorkerShared>) -> Self {
        Self {
            worker: worker.weak(),
            name: Arc::clone(&worker.name),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands; a worker that is gone has finished.
    pub fn state(&self) -> WorkerState {
        self.worker
            .upgrade()
            .map_or(WorkerState::Finished, |worker| worker.state())
    }

    /// Asks it to stop; see [`Worker::stop`](crate::Worker::stop).
    pub fn stop(&self) {
        if let Some(worker) = self.worker.upgrade() {
            worker.stop(CancelReason::Requested);
        }
    }

    /// Its loop, if the worker is there.
    pub fn proxy(&self) -> Option<LoopProxy> {
        self.worker.upgrade().map(|worker| worker.proxy())
    }

    /// Waits until it has finished, at most for `timeout`; `None` if it has not.
    ///
    /// # Blocking
    /// For `timeout` at most.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Outcome<()>> {
        match self.worker.upgrade() {
            Some(worker) => worker.wait(Some(timeout)),
            None => Some(Outcome::Done(())),
        }
    }
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHandle")
            .field("name", &self.name)
            .field("state", &self.state())
            .finish()
    }
}
