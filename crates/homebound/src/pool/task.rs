//! A task with an outcome: how it is described, and the cell that it lives in.
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

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::crew::Crew;
use super::entry::{Ran, Runnable};
use super::error::SpawnError;
use super::join::JoinHandle;
use crate::cancel::{CancelReason, CancellationToken};
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::progress::Progress;
use crate::sync::Mutex;
use crate::unhandled;

/// Where the outcome of a task goes.
pub trait Deliver<T>: Send + 'static {
    /// What is left for the handle.
    type Kept: Send + 'static;

    /// Whether somebody else hears of the outcome, so that the handle need not be asked.
    #[doc(hidden)]
    const HAS_RECEIVER: bool;

    /// Hands the outcome on; returns what is left for the handle. Called once, on the thread that ends the task.
    #[doc(hidden)]
    fn deliver(self, outcome: Outcome<T>) -> Outcome<Self::Kept>;
}

/// The outcome stays with the task until its handle takes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep;

impl<T: Send + 'static> Deliver<T> for Keep {
    type Kept = T;

    const HAS_RECEIVER: bool = false;

    fn deliver(self, outcome: Outcome<T>) -> Outcome<T> {
        outcome
    }
}

/// What a task is to be like, beyond its work.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) priority: i32,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) parent: Option<CancellationToken>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) progress: Option<Progress>,
    pub(crate) ends: Vec<EndHook>,
    /// Set when the outcome must not arrive any more.
    pub(crate) superseded: Option<Arc<AtomicBool>>,
}

/// Hears that a task has ended, in whichever way, before whoever waits for it does.
pub(crate) type EndHook = Box<dyn FnOnce() + Send>;

impl Options {
    fn is_plain(&self) -> bool {
        self.name.is_none()
            && self.parent.is_none()
            && self.deadline.is_none()
            && self.timeout.is_none()
            && self.progress.is_none()
            && self.ends.is_empty()
            && self.superseded.is_none()
    }
}

/// A task and everything that is known about it.
pub(crate) struct Cell<T, F, D: Deliver<T>> {
    state: Mutex<State<F, D, D::Kept>>,
    cx: JobContext,
    /// What most tasks do not have.
    extras: Option<Box<Extras>>,
    of: PhantomData<fn() -> T>,
}

struct Extras {
    deadline: Option<Duration>,
    timeout: Option<Duration>,
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
    fn new(crew: &Crew, work: F, deliver: D, options: Options) -> Self {
        let mut cx = JobContext::new(crew.settings.clock.clone());
        let mut extras = None;
        if !options.is_plain() {
            if let Some(parent) = &options.parent {
                cx = cx.with_token(parent.child());
            }
            cx = cx.with_name(options.name).with_progress(options.progress);
            extras = Some(Box::new(Extras {
                deadline: options.deadline,
                timeout: options.timeout,
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

    /// Lets what cancels the token end the task even while it waits in the queue.
    fn watch(self: &Arc<Self>, crew: &Arc<Crew>, has_parent: bool, priority: i32) {
        let Some(extras) = &self.extras else { return };
        if !has_parent && extras.deadline.is_none() {
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
                    let task: Arc<dyn Runnable> = cell;
                    crew.forget(priority, &task);
                }
            }
        });
        guard.detach();
        if let Some(at) = extras.deadline {
            token.cancel_at(self.cx.clock(), at);
        }
    }

    /// Takes the work, if it is still there.
    fn begin(&self) -> Option<(F, D)> {
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
            unhandled::drop_caught("something a pool held", work);
            return Outcome::cancelled(self.cx.token().reason().unwrap_or(CancelReason::Requested));
        }
        self.cx.run(work)
    }

    fn finish(&self, deliver: D, mut outcome: Outcome<T>) {
        self.supersede(&mut outcome);
        let kept = deliver.deliver(outcome);
        if let Some(extras) = &self.extras {
            let ends = std::mem::take(&mut *extras.ends.lock());
            ends.into_iter().for_each(|end| end());
        }
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
        if let Some(outcome) = unclaimed {
            Self::let_go(outcome);
        }
    }

    /// Drops an outcome that nobody asked for; what went wrong is told to the hook, unless a receiver has heard of it.
    fn let_go(outcome: Outcome<D::Kept>) {
        if !D::HAS_RECEIVER && matches!(outcome, Outcome::Failed(_) | Outcome::Panicked(_)) {
            unhandled::outcome(None, outcome.without_value());
        }
        unhandled::drop_caught("something a pool held", outcome);
    }

    fn supersede(&self, outcome: &mut Outcome<impl Sized>) {
        let is_superseded = self.extras.as_ref().and_then(|extras| extras.superseded.as_ref());
        if is_superseded.is_some_and(|flag| flag.load(Ordering::Acquire)) && !outcome.is_cancelled() {
            let result = std::mem::replace(outcome, Outcome::Cancelled(CancelReason::Superseded));
            unhandled::drop_caught("something a pool held", result);
        }
    }
}

impl<T, F, D> Runnable for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run(&self, begun: &dyn Fn()) -> Ran {
        let Some((work, deliver)) = self.begin() else {
            return Ran::Elsewhere;
        };
        begun();
        let outcome = self.work(work);
        self.finish(deliver, outcome);
        Ran::Here
    }

    fn end_waiting(&self, outcome: Outcome<()>) -> bool {
        let Some((work, deliver)) = self.begin() else {
            return false;
        };
        unhandled::drop_caught("something a pool held", work);
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
        self.extras.is_none() && !self.cx.has_token() && matches!(self.state.lock().stage, Stage::Gone)
    }
}

impl<T, F, D> Joinable<D::Kept> for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
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
            Self::let_go(outcome);
        }
    }
}

/// A task that is being described. [`spawn`](Self::spawn) sends it off.
#[must_use = "a task runs only when it is spawned"]
pub struct Task<'p, T, F, D = Keep> {
    crew: &'p Arc<Crew>,
    work: F,
    deliver: D,
    options: Options,
    of: PhantomData<fn() -> T>,
}

impl<'p, T, F> Task<'p, T, F, Keep>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
{
    pub(crate) fn new(crew: &'p Arc<Crew>, work: F) -> Self {
        Self {
            crew,
            work,
            deliver: Keep,
            options: Options::default(),
            of: PhantomData,
        }
    }
}

impl<'p, T, F, D> Task<'p, T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    /// Gives the task a name, for reports and logs.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// Sets its priority: what waits with a higher one starts first. Zero if not set.
    pub fn priority(mut self, priority: i32) -> Self {
        self.options.priority = priority;
        self
    }

    /// Puts the task below `token`: cancelled with it, also while it waits in the queue.
    pub fn token(mut self, token: &CancellationToken) -> Self {
        self.options.parent = Some(token.clone());
        self
    }

    /// Ends the task with [`Outcome::TimedOut`] when the pool's clock shows `at`, also while it waits in the queue.
    pub fn deadline(mut self, at: Duration) -> Self {
        self.options.deadline = Some(at);
        self
    }

    /// Ends the task with [`Outcome::TimedOut`] when it has run for `timeout`; waiting in the queue does not count.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sends the task off.
    ///
    /// It runs on a thread of the pool, or on a thread that waits for it. The handle waits for its outcome, cancels it, and asks it
    /// to stop when it is dropped.
    ///
    /// # Errors
    /// [`SpawnError`] with the work, if the pool takes no more; there is no job and no outcome then.
    pub fn spawn(self) -> Result<JoinHandle<D::Kept>, SpawnError<F>> {
        let priority = self.options.priority;
        let crew = self.crew;
        let cell = self.into_cell();
        match crew.push_task(priority, Arc::clone(&cell) as Arc<dyn Runnable>) {
            Ok(()) => Ok(JoinHandle::new(cell, Arc::clone(crew), priority)),
            Err(refusal) => match cell.begin() {
                Some((work, _)) => Err(SpawnError::new(refusal.reason(), work)),
                // Cancelled in the meantime: it has its outcome.
                None => Ok(JoinHandle::new(cell, Arc::clone(crew), priority)),
            },
        }
    }

    fn into_cell(self) -> Arc<Cell<T, F, D>> {
        let Self {
            crew,
            work,
            deliver,
            options,
            ..
        } = self;
        let (has_parent, priority) = (options.parent.is_some(), options.priority);
        let cell = Cell::new(crew, work, deliver, options);
        let spare = crew
            .spare_task()
            .and_then(|spare| Arc::downcast::<Cell<T, F, D>>(spare).ok());
        let cell = match spare {
            Some(mut spare) => match Arc::get_mut(&mut spare) {
                Some(slot) => {
                    *slot = cell;
                    spare
                }
                None => Arc::new(cell),
            },
            None => Arc::new(cell),
        };
        cell.watch(crew, has_parent, priority);
        cell
    }
}

impl<T, F, D> fmt::Debug for Task<'_, T, F, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.options.name)
            .finish_non_exhaustive()
    }
}
