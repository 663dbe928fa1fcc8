//! What a task with an outcome is, wherever it stands: by itself ([`Cell`]) or in a [`Series`] of its like.
//!
//! Who uses it: whoever spawns fills it; a worker, or whoever waits for it, takes the work out and runs it; whoever waits takes
//! the outcome out. `outcome_slot` says who has the outcome, and how it is waited for.
//!
//! # Invariants
//! 1. Who takes the work out brings the outcome; nobody else ever has the work. A cell's work stands in the cell; that of a series in the
//!    pool's queue or in a worker's hand.
//! 2. An outcome is handed to the task's receiver and to its end hook exactly once, before waiters see it.
//!
//! # Locks
//! Work, outcomes and whatever they hold are run and dropped under none.

mod outcome_slot;
mod series;
mod single;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::entry::Running;
use super::task::{About, Deliver, EndHook, Options};
use crate::cancel::CancelReason;
use crate::clock::Clock;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::panic_guard;
use crate::progress::Watched;
use crate::sync::Mutex;
use crate::unhandled;
use outcome_slot::OutcomeSlot;

pub(super) use series::Series;
pub(super) use single::Cell;

/// Where a task stands, as its handle knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its number, in a series.
    pub(super) at: usize,
    pub(super) priority: i32,
    /// The number of its row in the queue, in a series.
    pub(super) row: u64,
}

impl Place {
    /// Of a task that stands by itself.
    pub(super) fn alone(priority: i32) -> Self {
        Self {
            at: 0,
            priority,
            row: 0,
        }
    }
}

/// A task as its handle sees it; `place` says which one.
pub(super) trait Joinable<K>: Send + Sync {
    /// Runs the work, if it has not been taken, for the one who holds the handle.
    fn run_for_handle(&self, place: Place) -> Option<Outcome<K>>;
    /// The outcome, or a latch that is set when there is one.
    fn take_outcome(&self, place: Place) -> Result<Outcome<K>, Arc<Latch>>;
    fn is_finished(&self, place: Place) -> bool;
    /// Nobody will ask for the outcome.
    fn unlisten(&self, place: Place);
    /// Ends the task as cancelled if it has not started. Returns whether it did.
    fn take_back(&self, place: Place) -> bool;
    /// Ends the task if it has not started; asks it to stop if it has.
    fn stop_for(&self, place: Place, reason: CancelReason);
    fn running(self: Arc<Self>, place: Place) -> Running;
    /// The handle is done with it.
    fn give_back(self: Arc<Self>);
}

/// What a task has that others do not.
struct Extras {
    has_parent: bool,
    deadline: Option<Duration>,
    timeout: Option<Duration>,
    watched: Option<Arc<dyn Watched>>,
    ends: Mutex<Vec<EndHook>>,
    superseded: Option<Arc<AtomicBool>>,
}

impl Extras {
    /// Parts what was asked for into what the job is given and what is done around it.
    fn from_options(clock: Clock, options: Options) -> (JobContext, Self) {
        let mut cx = JobContext::new(clock);
        if let Some(parent) = &options.parent {
            cx = cx.with_token(parent.child());
        }
        let (progress, watched) = options.progress.unzip();
        let extras = Self {
            has_parent: options.parent.is_some(),
            deadline: options.deadline,
            timeout: options.timeout,
            watched,
            ends: Mutex::new(options.ends),
            superseded: options.superseded,
        };
        (cx.with_name(options.name).with_progress(progress), extras)
    }

    fn is_superseded(&self) -> bool {
        self.superseded
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Acquire))
    }
}

/// A task's life, from its work to its outcome.
#[derive(Clone, Copy)]
struct Life<'a> {
    cx: &'a JobContext,
    extras: Option<&'a Extras>,
}

impl Life<'_> {
    /// Does the work, unless the task was asked to stop before.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call hands the outcome through memory")]
    fn work<T>(self, work: impl FnOnce(&JobContext) -> Result<T, Failure>) -> Outcome<T> {
        if let Some(extras) = self.extras
            && let Some(timeout) = extras.timeout
        {
            let at = self.cx.clock().now().saturating_add(timeout);
            self.cx
                .token()
                .cancel_at(self.cx.clock(), extras.deadline.map_or(at, |deadline| deadline.min(at)));
        }
        if self.cx.is_cancelled() {
            unhandled::drop_caught("what a job held", work);
            return Outcome::cancelled(self.cx.token().reason().unwrap_or(CancelReason::Requested));
        }
        self.cx.run(work)
    }

    /// Hands the outcome on; what is left of it is the handle's.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call hands the outcome through memory")]
    fn hand_on<T, D: Deliver<T>>(self, deliver: D, outcome: Outcome<T>) -> Outcome<D::Kept> {
        if !D::HAS_RECEIVER && self.extras.is_none() {
            // It goes nowhere.
            let (name, superseded) = (None, None);
            return deliver.deliver(outcome, About { name, superseded });
        }
        self.hand_to_receiver(deliver, outcome)
    }

    fn hand_to_receiver<T, D: Deliver<T>>(self, deliver: D, mut outcome: Outcome<T>) -> Outcome<D::Kept> {
        self.supersede(&mut outcome);
        let superseded = self.extras.and_then(|extras| extras.superseded.as_ref());
        if let Some(watched) = self.extras.and_then(|extras| extras.watched.clone()) {
            // Before the outcome: on one loop the final value arrives first.
            self.guard("the last progress of a job", || watched.finish());
        }
        // Whatever the user's closures and destructors do here, the task ends and its thread lives on.
        let about = About {
            name: self.cx.full_name(),
            superseded,
        };
        let kept =
            panic_guard::catch(self.cx.full_name(), || deliver.deliver(outcome, about)).unwrap_or_else(|report| {
                unhandled::panicked("the delivery of an outcome", report.clone());
                Outcome::Panicked(report)
            });
        if let Some(extras) = self.extras {
            let ends = std::mem::take(&mut *extras.ends.lock());
            for end in ends {
                self.guard("the end of a job", end);
            }
        }
        kept
    }

    fn guard(self, place: &str, act: impl FnOnce()) {
        if let Err(report) = panic_guard::catch(self.cx.full_name(), act) {
            unhandled::panicked(place, report);
        }
    }

    /// Hands the outcome on and leaves what is left of it in `slot`.
    #[inline]
    fn finish<T, D: Deliver<T>>(self, slot: &OutcomeSlot<Outcome<D::Kept>>, deliver: D, outcome: Outcome<T>) {
        let kept = self.hand_on(deliver, outcome);
        if let Some(outcome) = slot.finish(kept) {
            self.let_go::<T, D>(outcome);
        }
    }

    /// Ends a task with `outcome` that has not started.
    fn end<T, W, D: Deliver<T>>(
        self,
        slot: &OutcomeSlot<Outcome<D::Kept>>,
        (work, deliver): (W, D),
        outcome: Outcome<()>,
    ) {
        unhandled::drop_caught("what a job held", work);
        let outcome = match outcome {
            // Work that has not run has no value.
            Outcome::Done(()) => Outcome::Cancelled(CancelReason::Requested),
            Outcome::Failed(failure) => Outcome::Failed(failure),
            Outcome::Panicked(report) => Outcome::Panicked(report),
            Outcome::Cancelled(reason) => Outcome::Cancelled(reason),
            Outcome::TimedOut => Outcome::TimedOut,
            Outcome::Rejected(reason) => Outcome::Rejected(reason),
        };
        self.finish(slot, deliver, outcome);
    }

    /// Drops an outcome that nobody asked for; what went wrong is told to the hook, unless a receiver has heard of it.
    #[inline]
    fn let_go<T, D: Deliver<T>>(self, outcome: Outcome<D::Kept>) {
        if matches!(outcome, Outcome::Done(_)) && !std::mem::needs_drop::<D::Kept>() {
            return;
        }
        if !D::HAS_RECEIVER && matches!(outcome, Outcome::Failed(_) | Outcome::Panicked(_)) {
            report_unclaimed(self.cx.name(), &outcome);
        }
        unhandled::drop_caught("what a job held", outcome);
    }

    fn supersede(self, outcome: &mut Outcome<impl Sized>) {
        if self.extras.is_some_and(Extras::is_superseded) && !outcome.is_cancelled() {
            let result = std::mem::replace(outcome, Outcome::Cancelled(CancelReason::Superseded));
            unhandled::drop_caught("what a job held", result);
        }
    }
}

/// Tells the hook of an outcome that nobody took.
pub(super) fn report_unclaimed<T>(job: Option<&str>, outcome: &Outcome<T>) {
    unhandled::outcome(job, outcome.without_value());
}
