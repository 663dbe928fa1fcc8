//! Starting, stopping and ending a worker: who may do what when, apart from threads and loops.
//!
//! Who uses it: any thread starts, stops and waits; the worker's thread begins and ends.
//!
//! # Invariants
//! 1. Each start belongs to one run `R`, which exists before the start: a request to stop finds it, however early it comes.
//! 2. `stop_requested` belongs to `run`. It is used up when that run has ended and the next one takes its place.
//! 3. A run's end is announced to waiters (its latch is set) only after `end` has stored the outcome, so whoever was woken finds it.
//!
//! # Locks
//! One. Nothing is called under it.

use std::sync::Arc;

use super::state::{Start, WorkerState};
use crate::outcome::Outcome;
use crate::sync::Mutex;

#[cfg(all(test, loom))]
mod loom;

pub(super) struct Lifecycle<R> {
    inner: Mutex<Inner<R>>,
}

struct Inner<R> {
    state: WorkerState,
    /// The present run, or the one to come.
    run: Arc<R>,
    stop_requested: bool,
    /// The run that has ended last, and how.
    last: Option<Arc<R>>,
    outcome: Option<Outcome<()>>,
}

/// What a request to stop has to reach.
#[must_use]
pub(super) struct Stop<R> {
    pub(super) run: Arc<R>,
    /// Whether the state has changed by it.
    pub(super) changed: bool,
}

/// Whom one who waits has to wait for.
#[must_use]
pub(super) enum WaitFor<R> {
    /// It was never started.
    Nobody,
    Run(Arc<R>),
}

impl<R> Lifecycle<R> {
    pub(super) fn new(first: Arc<R>) -> Self {
        let inner = Inner {
            state: WorkerState::NotStarted,
            run: first,
            stop_requested: false,
            last: None,
            outcome: None,
        };
        Self {
            inner: Mutex::new(inner),
        }
    }

    pub(super) fn state(&self) -> WorkerState {
        self.inner.lock().state
    }

    /// The present run, or the one to come.
    pub(super) fn run(&self) -> Arc<R> {
        Arc::clone(&self.inner.lock().run)
    }

    pub(super) fn outcome(&self) -> Option<Outcome<()>> {
        self.inner.lock().outcome.clone()
    }

    /// The run to make a thread for; `None` if there is one already.
    pub(super) fn start(&self) -> Option<Arc<R>> {
        let mut inner = self.inner.lock();
        if inner.state.start() == Start::AlreadyRuns {
            return None;
        }
        inner.outcome = None;
        Some(Arc::clone(&inner.run))
    }

    /// No thread could be made.
    pub(super) fn start_failed(&self) {
        self.inner.lock().state = WorkerState::NotStarted;
    }

    /// The worker's thread begins. Returns its state: `Stopping` if it was asked to stop before.
    pub(super) fn begin(&self) -> WorkerState {
        let mut inner = self.inner.lock();
        inner.state = if inner.stop_requested {
            WorkerState::Stopping
        } else {
            WorkerState::Running
        };
        inner.state
    }

    /// A request to stop; `None` if the run it could mean has ended.
    pub(super) fn stop(&self) -> Option<Stop<R>> {
        let mut inner = self.inner.lock();
        if inner.state == WorkerState::Finished {
            return None;
        }
        inner.stop_requested = true;
        let changed = inner.state.stop();
        Some(Stop {
            run: Arc::clone(&inner.run),
            changed,
        })
    }

    /// The worker's thread has ended its work; `next` is the run to come.
    pub(super) fn end(&self, outcome: Outcome<()>, next: Arc<R>) {
        let before;
        {
            let mut inner = self.inner.lock();
            inner.state = WorkerState::Finished;
            inner.outcome = Some(outcome);
            inner.stop_requested = false;
            let ended = std::mem::replace(&mut inner.run, next);
            before = inner.last.replace(ended);
        }
        drop(before);
    }

    pub(super) fn wait_for(&self) -> WaitFor<R> {
        let inner = self.inner.lock();
        match inner.state {
            WorkerState::NotStarted => WaitFor::Nobody,
            // Its latch is set a little later, when `finished` has been emitted.
            WorkerState::Finished => inner.last.clone().map_or(WaitFor::Nobody, WaitFor::Run),
            _ => WaitFor::Run(Arc::clone(&inner.run)),
        }
    }
}
