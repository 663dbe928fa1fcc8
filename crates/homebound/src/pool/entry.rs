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
    /// Runs the work, if it is still there.
    fn run(&self) -> Ran;

    /// Ends the task with `outcome` if it has not started. Returns whether it did.
    fn end_waiting(&self, outcome: Outcome<()>) -> bool;

    /// Ends the task if it has not started, and returns true; asks it to stop if it has.
    fn stop(&self, reason: CancelReason) -> bool;

    /// Whether the work has gone elsewhere.
    fn is_husk(&self) -> bool;

    /// Whether nothing but its memory is left once it has ended and its outcome is taken.
    fn is_bare(&self) -> bool {
        false
    }

    /// Its name, if it was given one.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// What [`Runnable::run`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Ran {
    Here,
    /// Here, and nothing but the task's memory is left.
    Bare,
    Elsewhere,
}

impl Entry {
    pub(super) fn is(&self, task: &dyn Runnable) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Task(queued) => std::ptr::addr_eq(Arc::as_ptr(queued), task),
        }
    }
}
