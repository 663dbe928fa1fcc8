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

use super::arrival::AtHome;
use super::crew::Crew;
use super::entry::{Ran, Runnable};
use super::error::SpawnError;
use super::join::JoinHandle;
use super::lane::{Admitted, Entrance};
use crate::cancel::{CancelReason, CancellationToken};
use crate::job::JobContext;
use crate::latch::Latch;
use crate::object::Receiver;
use crate::outcome::{Failure, Outcome};
use crate::progress::{Feed, Progress, ProgressEvent, Watched};
use crate::scope::Scope;
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
    fn deliver(self, outcome: Outcome<T>, about: About<'_>) -> Outcome<Self::Kept>;
}

/// What is known of the task whose outcome it is.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub(super) name: Option<&'a Arc<str>>,
    pub(super) superseded: Option<&'a Arc<AtomicBool>>,
}

/// The outcome stays with the task until its handle takes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep;

impl<T: Send + 'static> Deliver<T> for Keep {
    type Kept = T;

    const HAS_RECEIVER: bool = false;

    fn deliver(self, outcome: Outcome<T>, _about: About<'_>) -> Outcome<T> {
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
    pub(crate) progress: Option<(Progress, Arc<dyn Watched>)>,
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
    fn new(crew: &Crew, work: F, deliver: D, options: Options) -> Self {
        let mut cx = JobContext::new(crew.settings.clock.clone());
        let mut extras = None;
        if !options.is_plain() {
            if let Some(parent) = &options.parent {
                cx = cx.with_token(parent.child());
            }
            let (progress, watched) = options.progress.unzip();
            cx = cx.with_name(options.name).with_progress(progress);
            extras = Some(Box::new(Extras {
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
    fn new_in(spare: Option<Arc<dyn Runnable>>, crew: &Crew, work: F, deliver: D, options: Options) -> Arc<Self> {
        let cell = Self::new(crew, work, deliver, options);
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
            watched.finish();
        }
        let kept = deliver.deliver(
            outcome,
            About {
                name: self.cx.full_name(),
                superseded,
            },
        );
        if let Some(extras) = &self.extras {
            let ends = std::mem::take(&mut *extras.ends.lock());
            ends.into_iter().for_each(|end| end());
        }
        kept
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
        self.extras.is_none() && !self.cx.has_token()
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

/// The crew that a task is for: a pool's, or one of its own.
pub(crate) enum CrewRef<'p> {
    Pool(&'p Arc<Crew>),
    /// A single thread for this task alone; nobody else runs it.
    Own(Arc<Crew>),
}

impl std::ops::Deref for CrewRef<'_> {
    type Target = Arc<Crew>;

    fn deref(&self) -> &Arc<Crew> {
        match self {
            Self::Pool(crew) => crew,
            Self::Own(crew) => crew,
        }
    }
}

/// A task that is being described. [`spawn`](Self::spawn) sends it off.
#[must_use = "a task runs only when it is spawned"]
pub struct Task<'p, T, F, D = Keep> {
    crew: CrewRef<'p>,
    work: F,
    deliver: D,
    options: Options,
    entrance: Option<Entrance>,
    of: PhantomData<fn() -> T>,
}

impl<'p, T, F> Task<'p, T, F, Keep>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
{
    pub(crate) fn new(crew: CrewRef<'p>, work: F) -> Self {
        Self {
            crew,
            work,
            deliver: Keep,
            options: Options::default(),
            entrance: None,
            of: PhantomData,
        }
    }

    /// Sends the outcome to `receiver`: `slot` is called with it exactly once, at the receiver's home, also for a task that never started.
    ///
    /// The handle keeps the outcome without the value. If the receiver is gone, the hook for what nobody claimed hears of the outcome.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{EventLoop, Outcome, ThreadPool};
    ///
    /// let home = EventLoop::new()?;
    /// let window = home.insert(String::new());
    /// let pool = ThreadPool::builder().build();
    /// let job = pool
    ///     .task(|_| Ok(6 * 7))
    ///     .on_outcome(&window, |window, outcome| *window = format!("{outcome:?}"))
    ///     .spawn()?;
    /// assert!(job.wait().is_done());
    /// home.drain();
    /// assert_eq!(*window.borrow(), "Done(42)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_outcome<O, G>(self, receiver: &impl Receiver<O>, slot: G) -> Task<'p, T, F, AtHome<O, G>>
    where
        O: 'static,
        G: FnOnce(&mut O, Outcome<T>) + Send + 'static,
    {
        self.deliver_to(AtHome::new(receiver.handle(), slot))
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

    /// Makes the task one of `scope`'s: cancelled with it, and waited for by it.
    pub fn scope(mut self, scope: &Scope) -> Self {
        self.options.parent = Some(scope.token().clone());
        self.options.ends.push(scope.begin());
        self
    }

    /// Shows `receiver` how far the task has come: `slot` is called at the receiver's home, at most once a frame while something has
    /// changed, and with the final value before the outcome arrives there.
    pub fn on_progress<O: 'static>(
        mut self,
        receiver: &impl Receiver<O>,
        slot: impl FnMut(&mut O, ProgressEvent) + Send + 'static,
    ) -> Self {
        let feed = Feed::new(receiver.handle(), slot);
        self.options.progress = Some((feed.progress(), feed));
        self
    }

    /// Sends the task through a lane.
    pub(super) fn through(mut self, entrance: Entrance) -> Self {
        self.options.ends.push(entrance.end_hook());
        self.options.superseded = entrance.superseded();
        self.entrance = Some(entrance);
        self
    }

    /// Lets `end` hear when the task has ended, in whichever way.
    pub(crate) fn on_end(mut self, end: EndHook) -> Self {
        self.options.ends.push(end);
        self
    }

    /// Sends the outcome to `deliver` in place of where it went.
    pub(crate) fn deliver_to<E: Deliver<T>>(self, deliver: E) -> Task<'p, T, F, E> {
        let Self {
            crew,
            work,
            options,
            entrance,
            of,
            ..
        } = self;
        Task {
            crew,
            work,
            deliver,
            options,
            entrance,
            of,
        }
    }

    /// Sends the task off.
    ///
    /// It runs on a thread of the pool, or on a thread that waits for it. The handle waits for its outcome, cancels it, and asks it
    /// to stop when it is dropped. A task that its lane has no room for has the outcome [`Outcome::Rejected`].
    ///
    /// # Errors
    /// [`SpawnError`] with the work, if the pool takes no more; there is no job and no outcome then.
    pub fn spawn(self) -> Result<JoinHandle<D::Kept>, SpawnError<F>> {
        if self.entrance.is_some() {
            let (cell, handle, admitted) = self.enter();
            if let Admitted::Refused(reason) = admitted {
                let _was_waiting = cell.end_waiting(Outcome::Rejected(reason));
            }
            return Ok(handle);
        }
        let Self {
            crew,
            work,
            deliver,
            options,
            ..
        } = self;
        let (has_parent, priority) = (options.parent.is_some(), options.priority);
        let (cell, pushed) = if options.is_plain() {
            crew.push_new(priority, |spare| Cell::new_in(spare, &crew, work, deliver, options))
        } else {
            let cell = Arc::new(Cell::new(&crew, work, deliver, options));
            cell.watch(&crew, has_parent, priority);
            let pushed = crew.push_task(priority, Arc::clone(&cell) as Arc<dyn Runnable>);
            (cell, pushed)
        };
        if let Err(refusal) = pushed
            && let Some((work, _)) = cell.begin()
        {
            return Err(SpawnError::new(refusal.reason(), work));
        }
        // Refused but without work: it was cancelled in the meantime, and has its outcome.
        let handle = JoinHandle::new(cell, Arc::clone(&crew), priority);
        Ok(if matches!(crew, CrewRef::Own(_)) {
            handle.never_run_here()
        } else {
            handle
        })
    }

    /// Sends the task off if its lane has a place or room for it; a task without a lane always has.
    ///
    /// # Errors
    /// [`SpawnError`] with the work, if there is none or the pool takes no more; there is no job and no outcome then.
    pub fn try_spawn(self) -> Result<JoinHandle<D::Kept>, SpawnError<F>> {
        if self.entrance.is_none() {
            return self.spawn();
        }
        let (cell, handle, admitted) = self.enter();
        if let Admitted::Refused(reason) = admitted
            && let Some((work, _)) = cell.begin()
        {
            handle.detach();
            return Err(SpawnError::new(reason, work));
        }
        Ok(handle)
    }

    fn enter(self) -> (Arc<Cell<T, F, D>>, JoinHandle<D::Kept>, Admitted) {
        let Self {
            crew,
            work,
            deliver,
            options,
            entrance,
            ..
        } = self;
        let (has_parent, priority) = (options.parent.is_some(), options.priority);
        let cell = Arc::new(Cell::new(&crew, work, deliver, options));
        let joinable: Arc<dyn Joinable<D::Kept>> = Arc::clone(&cell) as Arc<dyn Joinable<D::Kept>>;
        let handle = JoinHandle::new(joinable, Arc::clone(&crew), priority).never_run_here();
        cell.watch(&crew, has_parent, priority);
        let admitted = entrance.map_or(Admitted::In, |entrance| {
            entrance.admit(Arc::clone(&cell) as Arc<dyn Runnable>, priority)
        });
        (cell, handle, admitted)
    }
}

impl<T, F, D> fmt::Debug for Task<'_, T, F, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.options.name)
            .finish_non_exhaustive()
    }
}
