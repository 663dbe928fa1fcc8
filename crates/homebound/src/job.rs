//! One piece of work: what it is given, and how what it does becomes its outcome.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cancel::{CancelReason, CancellationToken, Cancelled};
use crate::clock::Clock;
use crate::outcome::{Failure, Outcome};
use crate::panic_guard;
use crate::progress::{Progress, ProgressPart};
use crate::sync::OnceLock;

/// What a job is given: its cancel points, its progress, its name.
///
/// It may be lent to scoped threads of the job: everything here takes `&self` from any thread.
pub struct JobContext {
    /// Made when somebody asks for it or cancels: most small jobs never have one.
    token: OnceLock<CancellationToken>,
    clock: Clock,
    name: Option<Arc<str>>,
    progress: Option<Progress>,
}

impl JobContext {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            token: OnceLock::new(),
            clock,
            name: None,
            progress: None,
        }
    }

    #[must_use]
    pub(crate) fn with_token(mut self, token: CancellationToken) -> Self {
        self.token = OnceLock::from(token);
        self
    }

    #[must_use]
    pub(crate) fn with_name(mut self, name: Option<Arc<str>>) -> Self {
        self.name = name;
        self
    }

    #[must_use]
    pub(crate) fn with_progress(mut self, progress: Option<Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Returns whether the job has been asked to stop.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.token.get().is_some_and(CancellationToken::is_cancelled)
    }

    /// Returns an error if the job has been asked to stop; `?` makes it the job's outcome.
    ///
    /// # Errors
    /// [`Cancelled`] with the reason.
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        match self.token.get() {
            None => Ok(()),
            Some(token) => token.check(),
        }
    }

    /// Returns the job's token, to be handed on to whatever it starts.
    pub fn token(&self) -> &CancellationToken {
        self.token.get_or_init(CancellationToken::new)
    }

    /// Reports that `done` of `total` are done, in whatever unit. A cancel point.
    ///
    /// Two stores: whoever watches sees at most one update a frame, and always the last value, before the outcome.
    ///
    /// # Errors
    /// [`Cancelled`] if the job has been asked to stop.
    #[inline]
    pub fn progress(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        if let Some(progress) = &self.progress {
            progress.set(done, total);
        }
        self.check()
    }

    /// Says in words what the job is doing; shown with the next update of its progress.
    pub fn progress_message(&self, message: impl Into<String>) {
        if let Some(progress) = &self.progress {
            progress.say(message.into());
        }
    }

    /// Returns a part of this job's progress that counts for `weight` of its total, with a count of its own inside.
    ///
    /// The weights of all parts are added to the total. A part that is dropped counts as done. It may go to other tasks.
    pub fn progress_part(&self, weight: u64) -> ProgressPart {
        ProgressPart::new(self.progress.as_ref(), weight, self.token().clone())
    }

    /// Sleeps, or returns at once when the job is asked to stop.
    ///
    /// # Blocking
    /// Blocks the calling thread; its place in the pool stays taken.
    ///
    /// # Errors
    /// [`Cancelled`] if the job has been asked to stop, before or meanwhile.
    pub fn sleep(&self, duration: Duration) -> Result<(), Cancelled> {
        self.token().sleep(&self.clock, duration)
    }

    /// Returns the job's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn full_name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.get().is_some()
    }

    /// The job has ended: what was to be called on its cancellation is dropped, unless somebody else has the token.
    pub(crate) fn end(&self) {
        if let Some(token) = self.token.get() {
            token.end();
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Asks the job to stop.
    pub(crate) fn stop(&self, reason: CancelReason) {
        self.token().cancel_with(reason);
    }

    /// Runs the job's work; whatever happens in there is its outcome.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&Self) -> Result<T, Failure>) -> Outcome<T> {
        match panic_guard::catch(self.name.as_ref(), || work(self)) {
            Ok(result) => Outcome::from_result(result),
            Err(report) => {
                tracing::error!(target: "homebound", event = "job.panicked", %report);
                Outcome::Panicked(report)
            }
        }
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobContext")
            .field("name", &self.name)
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
