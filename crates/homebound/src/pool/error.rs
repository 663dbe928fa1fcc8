//! A pool did not take the work.

use std::fmt;

use crate::outcome::RejectReason;
use crate::sync::Mutex;

/// A pool did not take the work; it is in here.
pub struct SpawnError<F> {
    reason: RejectReason,
    /// In a lock so that the error is `Sync`, as error types everywhere want it, though closures often are not.
    work: Mutex<Option<F>>,
}

impl<F> SpawnError<F> {
    pub(super) fn new(reason: RejectReason, work: F) -> Self {
        Self {
            reason,
            work: Mutex::new(Some(work)),
        }
    }

    /// Returns why.
    pub fn reason(&self) -> RejectReason {
        self.reason
    }

    /// Returns the work.
    ///
    /// # Panics
    /// Never: the work leaves the error only here.
    pub fn into_inner(self) -> F {
        self.work.lock().take().expect("the work leaves only here")
    }
}

impl<F> fmt::Debug for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnError")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Display for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the work was not taken: {}", self.reason)
    }
}

impl<F> std::error::Error for SpawnError<F> {}
