//! What a task with an outcome is, wherever it stands: by itself ([`Cell`]) or in a [`Series`] of its like.
//!
//! Who uses it: whoever spawns fills it; a worker, or whoever waits for it, takes the work out and runs it; whoever waits takes
//! the outcome out. `slot` says who has the work and the outcome, and how one is waited for.
//!
//! # Invariants
//! 1. Who claims the work brings the outcome; nobody else ever has the work.
//! 2. An outcome is handed to the task's receiver and to its end hook exactly once, before waiters see it.
//!
//! # Locks
//! The slot's, from the claim to the finish; it is never waited for. Work, outcomes and whatever they hold are run and dropped under no other.

mod series;
mod single;
mod slot;

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::crew::Crew;
use super::entry::Running;
use super::task::{About, Deliver, EndHook, Options};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::panic_guard;
use crate::progress::Watched;
use crate::sync::Mutex;
use crate::unhandled;
use slot::{Claim, Slot};

pub(super) use series::Series;
pub(super) use single::Cell;

/// A task and everything that is known about it.
pub(super) struct Core<T, F, D: Deliver<T>> {
    slot: TaskSlot<F, D, D::Kept>,
    cx: JobContext,
    /// What most tasks do not have.
    extras: Option<Box<Extras>>,
    of: PhantomData<fn() -> T>,
}

struct Extras {
    has_parent: bool,
    deadline: Option<Duration>,
    timeout: Option<Duration>,
    watched: Option<Arc<dyn Watched>>,
    ends: Mutex<Vec<EndHook>>,
    superseded: Option<Arc<AtomicBool>>,
}

type TaskSlot<F, D, K> = Slot<(F, D), Outcome<K>>;
type TaskClaim<'a, F, D, K> = Claim<'a, (F, D), Outcome<K>>;

/// A task as its handle sees it; `at` says which one, in a series.
pub(crate) trait Joinable<K>: Send + Sync {
    /// Runs the work, if it is still there, for the one who holds the handle; calls `begun` before it does.
    fn run_for_handle(&self, at: usize, begun: &dyn Fn()) -> Option<Outcome<K>>;
    /// The outcome, or a latch that is set when there is one.
    fn take_outcome(&self, at: usize) -> Result<Outcome<K>, Arc<Latch>>;
    fn is_finished(&self, at: usize) -> bool;
    /// Nobody will ask for the outcome.
    fn unlisten(&self, at: usize);
    /// Ends the task as cancelled if it has not started. Returns whether it did.
    fn take_back(&self, at: usize) -> bool;
    /// Ends the task if it has not started, and returns true; asks it to stop if it has.
    fn stop_for(&self, at: usize, reason: CancelReason) -> bool;
    /// Its work has gone elsewhere: takes it out of the pool's queue, where it stands with `priority`.
    fn leave_queue(&self, at: usize, priority: i32);
    fn running(self: Arc<Self>, at: usize) -> Running;
}

impl<T, F, D> Core<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn new(crew: &Crew, work: F, deliver: D, options: Option<Box<Options>>) -> Self {
        let mut cx = JobContext::new(crew.settings.clock.clone());
        let mut extras = None;
        if let Some(options) = options {
            let options = *options;
            if let Some(parent) = &options.parent {
                cx = cx.with_token(parent.child());
            }
            let (progress, watched) = options.progress.unzip();
            cx = cx.with_name(options.name).with_progress(progress);
            extras = Some(Box::new(Extras {
                has_parent: options.parent.is_some(),
                deadline: options.deadline,
                timeout: options.timeout,
                watched,
                ends: Mutex::new(options.ends),
                superseded: options.superseded,
            }));
        }
        Self {
            slot: Slot::new((work, deliver)),
            cx,
            extras,
            of: PhantomData,
        }
    }

    /// A task to be, without options.
    fn empty(crew: &Crew) -> Self {
        Self {
            slot: Slot::empty(),
            cx: JobContext::new(crew.settings.clock.clone()),
            extras: None,
            of: PhantomData,
        }
    }

    /// Takes the work back for the one who sent it off, if it is still there.
    fn take_work(&self) -> Option<F> {
        let ((work, _), claim) = self.slot.claim()?;
        claim.keep();
        Some(work)
    }

    #[inline]
    fn work(&self, work: F) -> Outcome<T> {
        if let Some(extras) = &self.extras
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
    #[inline]
    fn hand_on(&self, deliver: D, mut outcome: Outcome<T>) -> Outcome<D::Kept> {
        if !D::HAS_RECEIVER && self.extras.is_none() {
            // It goes nowhere.
            let (name, superseded) = (None, None);
            return deliver.deliver(outcome, About { name, superseded });
        }
        self.supersede(&mut outcome);
        let superseded = self.extras.as_ref().and_then(|extras| extras.superseded.as_ref());
        if let Some(watched) = self.extras.as_ref().and_then(|extras| extras.watched.clone()) {
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
        if let Some(extras) = &self.extras {
            let ends = std::mem::take(&mut *extras.ends.lock());
            for end in ends {
                self.guard("the end of a job", end);
            }
        }
        kept
    }

    fn guard(&self, place: &str, act: impl FnOnce()) {
        if let Err(report) = panic_guard::catch(self.cx.full_name(), act) {
            unhandled::panicked(place, report);
        }
    }

    #[inline]
    fn finish(&self, claim: TaskClaim<'_, F, D, D::Kept>, deliver: D, outcome: Outcome<T>) {
        let kept = self.hand_on(deliver, outcome);
        if let Some(outcome) = claim.finish(kept) {
            self.let_go(outcome);
        }
    }

    /// Drops an outcome that nobody asked for; what went wrong is told to the hook, unless a receiver has heard of it.
    #[inline]
    fn let_go(&self, outcome: Outcome<D::Kept>) {
        if matches!(outcome, Outcome::Done(_)) && !std::mem::needs_drop::<D::Kept>() {
            return;
        }
        if !D::HAS_RECEIVER && matches!(outcome, Outcome::Failed(_) | Outcome::Panicked(_)) {
            report_unclaimed(self.cx.name(), &outcome);
        }
        unhandled::drop_caught("what a job held", outcome);
    }

    fn supersede(&self, outcome: &mut Outcome<impl Sized>) {
        let is_superseded = self.extras.as_ref().and_then(|extras| extras.superseded.as_ref());
        if is_superseded.is_some_and(|flag| flag.load(Ordering::Acquire)) && !outcome.is_cancelled() {
            let result = std::mem::replace(outcome, Outcome::Cancelled(CancelReason::Superseded));
            unhandled::drop_caught("what a job held", result);
        }
    }

    /// Runs the work. False if it has gone elsewhere.
    fn run(&self) -> bool {
        let Some(((work, deliver), claim)) = self.slot.claim() else {
            return false;
        };
        let outcome = self.work(work);
        self.finish(claim, deliver, outcome);
        true
    }

    /// Ends the task with `outcome` if it has not started. Returns whether it did.
    fn end_waiting(&self, outcome: Outcome<()>) -> bool {
        let Some(((work, deliver), claim)) = self.slot.claim() else {
            return false;
        };
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
        self.finish(claim, deliver, outcome);
        true
    }

    /// Ends the task if it has not started, and returns true; asks it to stop if it has.
    fn stop(&self, reason: CancelReason) -> bool {
        if self.end_waiting(Outcome::cancelled(reason)) {
            return true;
        }
        if !self.slot.is_finished() {
            self.cx.stop(reason);
        }
        false
    }

    fn run_for_handle(&self, begun: &dyn Fn()) -> Option<Outcome<D::Kept>> {
        let ((work, deliver), claim) = self.slot.claim()?;
        begun();
        let outcome = self.work(work);
        // Straight to the one who asks: nobody else ever will.
        let mut kept = self.hand_on(deliver, outcome);
        claim.keep();
        self.supersede(&mut kept);
        Some(kept)
    }

    fn take_outcome(&self) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        let mut outcome = self.slot.take()?;
        self.supersede(&mut outcome);
        Ok(outcome)
    }

    fn unlisten(&self) {
        if let Some(outcome) = self.slot.unlisten() {
            self.let_go(outcome);
        }
    }
}

/// Tells the hook of an outcome that nobody took.
pub(super) fn report_unclaimed<T>(job: Option<&str>, outcome: &Outcome<T>) {
    unhandled::outcome(job, outcome.without_value());
}
