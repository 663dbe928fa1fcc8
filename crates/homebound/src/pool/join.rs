//! What the one who spawned a task holds of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::cell::{Joinable, Place};
use super::worker;
use crate::cancel::CancelReason;
use crate::outcome::Outcome;

/// Waits for a task's outcome, cancels it, or lets it go.
///
/// A future too: `.await` it under any executor. Dropping it asks the task to stop ([`detach`](Self::detach) does not). Keep it where the Cancel button is: a field of the window, say.
///
/// Inside a task of the same pool use [`wait`](Self::wait), which lends the thread to others meanwhile; an executor that blocks the thread on the future does not, and a pool without another
/// thread then stands still.
///
/// # Examples
///
/// ```
/// use homebound::{Outcome, ThreadPool};
///
/// let pool = ThreadPool::builder().build();
/// let job = pool.task(|cx| { while !cx.is_cancelled() {} Ok(cx.check()?) }).spawn()?;
/// job.cancel();
/// assert!(matches!(job.wait(), Outcome::Cancelled(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it asks the task to stop; `detach` lets it run"]
pub struct JoinHandle<T: 'static> {
    /// Nothing once the outcome is taken or the task is let go.
    cell: Option<Arc<dyn Joinable<T>>>,
    place: Place,
    /// Whether a thread that waits may run the task: not if something else counts what runs.
    may_run_here: bool,
}

impl<T: Send + 'static> JoinHandle<T> {
    pub(super) fn new(cell: Arc<dyn Joinable<T>>, place: Place) -> Self {
        Self {
            cell: Some(cell),
            place,
            may_run_here: true,
        }
    }

    pub(super) fn never_run_here(mut self) -> Self {
        self.may_run_here = false;
        self
    }

    /// Waits for the outcome. If the task has not started, the calling thread runs it.
    ///
    /// So a task may wait for another of its own pool, however full that is. While a thread of a pool waits for a task that runs
    /// elsewhere, another takes its place.
    ///
    /// # Blocking
    /// Blocks the calling thread until the task has ended. In a thread with a window use `on_outcome` or `.await`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call hands the outcome through memory")]
    pub fn wait(mut self) -> Outcome<T> {
        let Some(cell) = self.cell.take() else {
            return Outcome::Cancelled(CancelReason::Dropped);
        };
        let ran = if self.may_run_here {
            let run = || cell.run_for_handle(self.place);
            worker::run_here(|| Arc::clone(&cell).running(self.place), run).flatten()
        } else {
            None
        };
        let outcome = ran.unwrap_or_else(|| wait_for(&*cell, self.place));
        cell.give_back();
        outcome
    }

    /// Waits for the outcome, at most for `timeout`. Does not run the task itself: that might take longer.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    ///
    /// # Errors
    /// The handle, if the task has not ended by then.
    pub fn wait_timeout(mut self, timeout: Duration) -> Result<Outcome<T>, Self> {
        let Some(cell) = self.cell.take() else {
            return Ok(Outcome::Cancelled(CancelReason::Dropped));
        };
        let latch = match cell.take_outcome(self.place) {
            Ok(outcome) => return Ok(outcome),
            Err(latch) => latch,
        };
        worker::wait_for_others(|| {
            latch.wait_timeout(timeout);
        });
        cell.take_outcome(self.place).map_err(|_| {
            self.cell = Some(cell);
            self
        })
    }

    /// Cancels the task: at once if it has not started, at its next cancel point otherwise.
    pub fn cancel(&self) {
        self.cancel_with(CancelReason::Requested);
    }

    /// Cancels the task for `reason`.
    pub fn cancel_with(&self, reason: CancelReason) {
        if let Some(cell) = &self.cell {
            cell.stop_for(self.place, reason);
        }
    }

    /// Takes the task back if it has not started: its outcome is [`Outcome::Cancelled`] then.
    ///
    /// # Errors
    /// The handle, if the task has started.
    pub fn take_back(mut self) -> Result<Outcome<T>, Self> {
        let Some(cell) = self.cell.take() else {
            return Ok(Outcome::Cancelled(CancelReason::Dropped));
        };
        if cell.take_back(self.place)
            && let Ok(outcome) = cell.take_outcome(self.place)
        {
            return Ok(outcome);
        }
        self.cell = Some(cell);
        Err(self)
    }

    /// Returns whether the outcome is there.
    pub fn is_finished(&self) -> bool {
        self.cell.as_ref().is_none_or(|cell| cell.is_finished(self.place))
    }

    /// Lets the task run without anybody waiting. If it fails or panics, the hook for what nobody claimed hears of it.
    pub fn detach(mut self) {
        if let Some(cell) = self.cell.take() {
            cell.unlisten(self.place);
            cell.give_back();
        }
    }
}

/// Waits until others have brought the outcome.
#[inline(never)]
fn wait_for<T>(cell: &dyn Joinable<T>, place: Place) -> Outcome<T> {
    loop {
        match cell.take_outcome(place) {
            Ok(outcome) => return outcome,
            Err(latch) => worker::wait_for_others(|| latch.wait()),
        }
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Outcome<T>;

    /// Polls for the outcome; after it was given, for [`CancelReason::Dropped`].
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        loop {
            let Some(cell) = &self.cell else {
                return Poll::Ready(Outcome::Cancelled(CancelReason::Dropped));
            };
            match cell.take_outcome(self.place) {
                Ok(outcome) => {
                    self.cell = None;
                    return Poll::Ready(outcome);
                }
                Err(latch) if latch.poll(cx.waker()).is_pending() => return Poll::Pending,
                Err(_) => {}
            }
        }
    }
}

impl<T: 'static> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            cell.unlisten(self.place);
            cell.stop_for(self.place, CancelReason::Dropped);
            cell.give_back();
        }
    }
}

impl<T: 'static> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_finished = self.cell.as_ref().is_none_or(|cell| cell.is_finished(self.place));
        f.debug_struct("JoinHandle")
            .field("is_finished", &is_finished)
            .finish_non_exhaustive()
    }
}
