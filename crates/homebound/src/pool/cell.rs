//! The cell that a task with an outcome lives in.
//!
//! Who uses it: whoever spawns fills the cell; a worker, or whoever waits for it, takes the work out and runs it; whoever waits takes
//! the outcome out.
//!
//! # Invariants
//! 1. Who turns [`Stage::Waiting`] into [`Stage::Running`] has the work, and nobody else ever does; it brings the outcome.
//! 2. An outcome is handed to the task's receiver and to its end hook exactly once, before waiters see it.
//! 3. `waiter` is set at most once for each outcome, in a step after that in which the outcome is stored.
//!
//! # Protocol
//! run:    1 lock: Waiting? take the work, now Running  2 unlock, work  3 deliver  4 end hook  5 lock: store, take the latch  6 unlock, set
//! cancel: 1 lock: Waiting? take the work, now Running  2 unlock, drop it  3–6 as above  or  2 unlock, cancel the token
//! wait:   1 lock: Finished? take the outcome  2 else enter a latch  3 unlock  4 wait for the latch  5 from 1
//! No wake-up is lost because the latch is entered and taken under the lock under which the outcome is stored.
//!
//! # Locks
//! The cell's, alone. Work, outcomes and whatever they hold are run and dropped outside of it.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::crew::Crew;
use super::entry::{Ran, Runnable};
use super::task::{About, Deliver, EndHook, Options};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::panic_guard;
use crate::progress::Watched;
use crate::sync::Mutex;
use crate::unhandled;

/// A task and everything that is known about it.
pub(super) struct Cell<T, F, D: Deliver<T>> {
    state: Mutex<State<F, D, D::Kept>>,
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

struct State<F, D, K> {
    stage: Stage<F, D, K>,
    latch: Option<Arc<Latch>>,
    is_listened: bool,
}

enum Stage<F, D, K> {
    Waiting(F, D),
    Running,
    Finished(Outcome<K>),
    Gone,
}

/// A task as its handle sees it.
pub(crate) trait Joinable<K>: Runnable {
    /// Runs the work, if it is still there, for the one who holds the handle; calls `begun` before it does.
    fn run_for_handle(&self, begun: &dyn Fn()) -> Option<Outcome<K>>;
    /// The outcome, or a latch that is set when there is one.
    fn take_outcome(&self) -> Result<Outcome<K>, Arc<Latch>>;
    fn is_finished(&self) -> bool;
    /// Nobody will ask for the outcome.
    fn unlisten(&self);
}

impl<T, F, D> Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    pub(super) fn new(crew: &Crew, work: F, deliver: D, options: Option<Box<Options>>) -> Self {
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
        let state = State {
            stage: Stage::Waiting(work, deliver),
            latch: None,
            is_listened: true,
        };
        Self {
            state: Mutex::new(state),
            cx,
            extras,
            of: PhantomData,
        }
    }

    /// Makes a cell in the memory of a finished one, if that was of the same kind.
    pub(super) fn new_in(spare: Option<Arc<dyn Runnable>>, crew: &Crew, work: F, deliver: D) -> Arc<Self> {
        let cell = Self::new(crew, work, deliver, None);
        let Some(mut spare) = spare.and_then(|spare| Arc::downcast::<Self>(spare).ok()) else {
            return Arc::new(cell);
        };
        match Arc::get_mut(&mut spare) {
            Some(slot) => *slot = cell,
            None => return Arc::new(cell),
        }
        spare
    }

    /// Lets what cancels the token end the task even while it waits in the queue.
    pub(super) fn watch(self: &Arc<Self>, crew: &Arc<Crew>, priority: i32) {
        let Some(extras) = &self.extras else { return };
        if !extras.has_parent && extras.deadline.is_none() {
            return;
        }
        let (weak, crew) = (Arc::downgrade(self), Arc::downgrade(crew));
        let token = self.cx.token();
        let guard = token.on_cancel({
            let reason_of = token.downgrade();
            move || {
                let (Some(cell), Some(reason)) = (weak.upgrade(), reason_of.reason()) else {
                    return;
                };
                if cell.end_waiting(Outcome::cancelled(reason))
                    && let Some(crew) = crew.upgrade()
                {
                    crew.forget(priority, &*cell);
                }
            }
        });
        guard.detach();
        if let Some(at) = extras.deadline {
            token.cancel_at(self.cx.clock(), at);
        }
    }

    /// Takes the work, if it is still there.
    pub(super) fn begin(&self) -> Option<(F, D)> {
        let mut state = self.state.lock();
        if !matches!(state.stage, Stage::Waiting(..)) {
            return None;
        }
        match std::mem::replace(&mut state.stage, Stage::Running) {
            Stage::Waiting(work, deliver) => Some((work, deliver)),
            _ => None,
        }
    }

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
    fn hand_on(&self, deliver: D, mut outcome: Outcome<T>) -> Outcome<D::Kept> {
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

    /// Ends the task. Returns whether nothing but its memory is left.
    fn finish(&self, deliver: D, outcome: Outcome<T>) -> bool {
        let kept = self.hand_on(deliver, outcome);
        let (latch, unclaimed) = {
            let mut state = self.state.lock();
            let unclaimed = if state.is_listened {
                state.stage = Stage::Finished(kept);
                None
            } else {
                state.stage = Stage::Gone;
                Some(kept)
            };
            (state.latch.take(), unclaimed)
        };
        if let Some(latch) = latch {
            latch.set();
        }
        let Some(outcome) = unclaimed else { return false };
        self.let_go(outcome);
        self.is_bare()
    }

    /// Drops an outcome that nobody asked for; what went wrong is told to the hook, unless a receiver has heard of it.
    fn let_go(&self, outcome: Outcome<D::Kept>) {
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
}

/// Tells the hook of an outcome that nobody took.
pub(super) fn report_unclaimed<T>(job: Option<&str>, outcome: &Outcome<T>) {
    unhandled::outcome(job, outcome.without_value());
}

impl<T, F, D> Runnable for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run(&self) -> Ran {
        let Some((work, deliver)) = self.begin() else {
            return Ran::Elsewhere;
        };
        let outcome = self.work(work);
        if self.finish(deliver, outcome) {
            Ran::Bare
        } else {
            Ran::Here
        }
    }

    fn end_waiting(&self, outcome: Outcome<()>) -> bool {
        let Some((work, deliver)) = self.begin() else {
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
        self.finish(deliver, outcome);
        true
    }

    fn stop(&self, reason: CancelReason) -> bool {
        if self.end_waiting(Outcome::cancelled(reason)) {
            return true;
        }
        if matches!(self.state.lock().stage, Stage::Running) {
            self.cx.stop(reason);
        }
        false
    }

    fn is_husk(&self) -> bool {
        !matches!(self.state.lock().stage, Stage::Waiting(..))
    }

    fn is_bare(&self) -> bool {
        self.extras.is_none() && !self.cx.has_token()
    }

    fn name(&self) -> Option<&str> {
        self.cx.name()
    }
}

impl<T, F, D> Joinable<D::Kept> for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run_for_handle(&self, begun: &dyn Fn()) -> Option<Outcome<D::Kept>> {
        let (work, deliver) = self.begin()?;
        begun();
        let outcome = self.work(work);
        // Straight to the one who asks: nobody else ever will.
        let mut kept = self.hand_on(deliver, outcome);
        self.supersede(&mut kept);
        Some(kept)
    }

    fn take_outcome(&self) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        let mut outcome = {
            let mut state = self.state.lock();
            match std::mem::replace(&mut state.stage, Stage::Gone) {
                Stage::Finished(outcome) => outcome,
                other => {
                    state.stage = other;
                    return Err(Arc::clone(state.latch.get_or_insert_with(|| Arc::new(Latch::new()))));
                }
            }
        };
        self.supersede(&mut outcome);
        Ok(outcome)
    }

    fn is_finished(&self) -> bool {
        matches!(self.state.lock().stage, Stage::Finished(_) | Stage::Gone)
    }

    fn unlisten(&self) {
        let unclaimed = {
            let mut state = self.state.lock();
            state.is_listened = false;
            match std::mem::replace(&mut state.stage, Stage::Gone) {
                Stage::Finished(outcome) => Some(outcome),
                other => {
                    state.stage = other;
                    None
                }
            }
        };
        if let Some(outcome) = unclaimed {
            self.let_go(outcome);
        }
    }
}
