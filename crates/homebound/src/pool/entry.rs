//! What stands in a pool's queue by itself.

use std::any::Any;
use std::sync::Arc;

use crate::cancel::CancelReason;
use crate::outcome::Outcome;

/// One piece of work that waits.
pub(super) enum Entry {
    /// Fire and forget.
    Plain(Box<dyn FnOnce() + Send>),
    /// Somebody may wait for it, cancel it or take it back. May be a husk: its work has gone elsewhere meanwhile.
    Task(Arc<dyn Runnable>),
}

/// A task as its pool sees it.
pub(crate) trait Runnable: Any + Send + Sync {
    /// Runs the work. False if it has gone elsewhere.
    fn run(&self) -> bool;

    /// Ends the task with `outcome` if it has not started. Returns whether it did.
    fn end_waiting(&self, outcome: Outcome<()>) -> bool;

    /// Ends the task if it has not started, and returns true; asks it to stop if it has.
    fn stop(&self, reason: CancelReason) -> bool;

    /// Whether the work has gone elsewhere.
    fn is_husk(&self) -> bool;

    /// Its name, if it was given one.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// Tasks of one type, each with a number, as their pool sees them. It has their work.
pub(super) trait Many: Stoppable + Any {
    type Work: Send;

    /// Does the work of a task.
    fn run(&self, at: usize, work: Self::Work);

    /// Ends a task with `outcome` that has not started.
    fn end_waiting(&self, at: usize, work: Self::Work, outcome: Outcome<()>);
}

/// Tasks, each with a number, as those see them who stop what runs.
pub(super) trait Stoppable: Send + Sync {
    /// Asks a task that has started to stop.
    fn stop(&self, at: usize, reason: CancelReason);
}

/// What runs, as others see it.
#[derive(Clone)]
pub(super) enum Running {
    Task(Arc<dyn Runnable>),
    OneOf(Arc<dyn Stoppable>, usize),
}

impl Running {
    pub(super) fn stop(&self, reason: CancelReason) {
        match self {
            Self::Task(task) => {
                let _was_waiting = task.stop(reason);
            }
            Self::OneOf(tasks, at) => tasks.stop(*at, reason),
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Task(task) => task.name(),
            Self::OneOf(..) => None,
        }
    }
}

impl Entry {
    pub(super) fn is(&self, task: &dyn Runnable) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Task(queued) => std::ptr::addr_eq(Arc::as_ptr(queued), task),
        }
    }
}
