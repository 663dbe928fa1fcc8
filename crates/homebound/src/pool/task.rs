//! A task with an outcome: how it is described, and where its outcome goes.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::arrival::AtHome;
use super::cell::{Cell, Joinable, Place, Series};
use super::crew::Crew;
use super::entry::Runnable;
use super::error::SpawnError;
use super::join::JoinHandle;
use super::lane::{Admitted, Entrance};
use crate::cancel::{CancelReason, CancellationToken};
use crate::job::JobContext;
use crate::object::Receiver;
use crate::outcome::{Failure, Outcome, RejectReason};
use crate::progress::{Feed, Progress, ProgressEvent, Watched};
use crate::scope::Scope;

/// Where the outcome of a task goes.
pub trait Deliver<T>: Send + 'static {
    /// What is left for the handle.
    type Kept: Send + 'static;

    /// Whether somebody else hears of the outcome, so that the handle need not be asked.
    #[doc(hidden)]
    const HAS_RECEIVER: bool;

    /// Hands the outcome on; returns what is left for the handle. Called once, on the thread that ends the task. Neither calls nor drops anything of a user's
    /// if there is no receiver.
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

/// What most tasks do not ask for. In a box, so that a plain task is quickly made and moved.
#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<Arc<str>>,
    pub(super) parent: Option<CancellationToken>,
    pub(super) deadline: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) progress: Option<(Progress, Arc<dyn Watched>)>,
    pub(super) ends: Vec<EndHook>,
    /// Set when the outcome must not arrive any more.
    pub(super) superseded: Option<Arc<AtomicBool>>,
    pub(super) entrance: Option<Entrance>,
}

/// Hears that a task has ended, in whichever way, before whoever waits for it does.
pub(crate) type EndHook = Box<dyn FnOnce() + Send>;

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
    priority: i32,
    options: Option<Box<Options>>,
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
            priority: 0,
            options: None,
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
    fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    fn has_lane(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.entrance.is_some())
    }

    /// Gives the task a name, for reports and logs.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.options().name = Some(name.into());
        self
    }

    /// Sets its priority: what waits with a higher one starts first. Zero if not set.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Puts the task below `token`: cancelled with it, also while it waits in the queue. With several tokens or scopes, whichever is cancelled first.
    pub fn token(mut self, token: &CancellationToken) -> Self {
        self.put_below(token);
        self
    }

    fn put_below(&mut self, token: &CancellationToken) {
        let options = self.options();
        let Some(first) = options.parent.take() else {
            options.parent = Some(token.clone());
            return;
        };
        let both = first.child();
        let (child, second) = (both.clone(), token.downgrade());
        let guard = token.on_cancel(move || child.cancel_with(second.reason().unwrap_or(CancelReason::Requested)));
        // Until the task's end: a token that outlives a million tasks keeps nothing of them.
        options.ends.push(Box::new(move || drop(guard)));
        options.parent = Some(both);
    }

    /// Ends the task with [`Outcome::TimedOut`] when the pool's clock shows `at`, also while it waits in the queue.
    pub fn deadline(mut self, at: Duration) -> Self {
        self.options().deadline = Some(at);
        self
    }

    /// Ends the task with [`Outcome::TimedOut`] when it has run for `timeout`; waiting in the queue does not count.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options().timeout = Some(timeout);
        self
    }

    /// Makes the task one of `scope`'s: cancelled with it, and waited for by it.
    pub fn scope(mut self, scope: &Scope) -> Self {
        self.put_below(scope.token());
        self.options().ends.push(scope.begin());
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
        self.options().progress = Some((feed.progress(), feed));
        self
    }

    /// Sends the task through a lane.
    pub(super) fn through(mut self, entrance: Entrance) -> Self {
        self.options().ends.push(entrance.end_hook());
        self.options().superseded = entrance.superseded();
        self.options().entrance = Some(entrance);
        self
    }

    /// Sends the outcome to `deliver` in place of where it went.
    pub(crate) fn deliver_to<E: Deliver<T>>(self, deliver: E) -> Task<'p, T, F, E> {
        let Self {
            crew,
            work,
            priority,
            options,
            of,
            ..
        } = self;
        Task {
            crew,
            work,
            deliver,
            priority,
            options,
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
    #[inline]
    pub fn spawn(self) -> Result<JoinHandle<D::Kept>, SpawnError<F>> {
        // In line, and in parts: a task and a handle that go through memory are written in words and read in pairs of them, which waits for the cache.
        match self {
            Self {
                crew: CrewRef::Pool(crew),
                options: None,
                work,
                deliver,
                priority,
                of,
            } => match Series::place(crew) {
                Some((series, at)) => match crew.push_one_of(priority, &series, at, (work, deliver)) {
                    Ok(row) => Ok(JoinHandle::new(series, Place { at, priority, row })),
                    Err((refusal, (work, _))) => Err(SpawnError::new(refusal.reason(), work)),
                },
                None => Self {
                    crew: CrewRef::Pool(crew),
                    options: None,
                    work,
                    deliver,
                    priority,
                    of,
                }
                .spawn_alone(),
            },
            task => task.spawn_alone(),
        }
    }

    /// Sends off a task that does not stand in a series.
    #[inline(never)]
    fn spawn_alone(self) -> Result<JoinHandle<D::Kept>, SpawnError<F>> {
        if self.has_lane() {
            let (cell, handle, admitted) = self.enter();
            if let Admitted::Refused(reason) = admitted {
                if reason == RejectReason::Closed
                    && let Some(work) = cell.take_work()
                {
                    return Err(SpawnError::new(reason, work));
                }
                let _was_waiting = cell.end_waiting(Outcome::Rejected(reason));
            }
            return Ok(handle);
        }
        let Self {
            crew,
            work,
            deliver,
            priority,
            options,
            ..
        } = self;
        let cell = Arc::new(Cell::new(&crew, work, deliver, options));
        cell.watch(&crew, priority);
        let pushed = crew.push_task(priority, Arc::clone(&cell) as Arc<dyn Runnable>);
        if let Err(refusal) = pushed
            && let Some(work) = cell.take_work()
        {
            return Err(SpawnError::new(refusal.reason(), work));
        }
        // Refused but without work: it was cancelled in the meantime, and has its outcome.
        let handle = JoinHandle::new(cell, Place::alone(priority));
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
        if !self.has_lane() {
            return self.spawn();
        }
        let (cell, handle, admitted) = self.enter();
        if let Admitted::Refused(reason) = admitted
            && let Some(work) = cell.take_work()
        {
            handle.detach();
            return Err(SpawnError::new(reason, work));
        }
        Ok(handle)
    }

    #[expect(clippy::type_complexity, reason = "used twice, a line above")]
    fn enter(self) -> (Arc<Cell<T, F, D>>, JoinHandle<D::Kept>, Admitted) {
        let Self {
            crew,
            work,
            deliver,
            priority,
            options,
            ..
        } = self;
        let mut options = options;
        let entrance = options.as_mut().and_then(|options| options.entrance.take());
        let cell = Arc::new(Cell::new(&crew, work, deliver, options));
        let joinable: Arc<dyn Joinable<D::Kept>> = Arc::clone(&cell) as Arc<dyn Joinable<D::Kept>>;
        let handle = JoinHandle::new(joinable, Place::alone(priority)).never_run_here();
        cell.watch(&crew, priority);
        let admitted = entrance.map_or(Admitted::In, |entrance| {
            entrance.admit(Arc::clone(&cell) as Arc<dyn Runnable>, priority)
        });
        (cell, handle, admitted)
    }
}

impl<T, F, D> fmt::Debug for Task<'_, T, F, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field(
                "name",
                &self.options.as_ref().and_then(|options| options.name.as_deref()),
            )
            .finish_non_exhaustive()
    }
}
