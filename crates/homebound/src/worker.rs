//! A worker: a thread of its own with an event loop, for objects to live on.
//!
//! Who uses it: whoever holds it starts, stops and waits, from any thread; its thread goes through the states.
//!
//! # Invariants
//! 1. Each start makes one [`Run`]: a loop's shared half, a token, a latch. It exists before the thread does, so objects and posts can be sent
//!    ahead and a request to stop is never too early.
//! 2. The state changes in [`lifecycle`], under its lock; its signals are emitted after that is released, each change once, by the thread that made it.
//! 3. A run's latch is set when its thread has nothing left to do but to end, also when its body panics.
//! 4. A worker whose handle is gone lives on in its thread and in the registry until it has ended.
//!
//! # Protocol
//! start: 1 lock: `NotStarted` or Finished? Starting  2 unlock  3 make the thread  4 it failed: back, say so
//! run:   1 begin the loop  2 lock: Running  3 `started`  4 stop requested? skip  5 the body (by default the loop until it is quit)
//!        6 end the loop: its objects are dropped here  7 lock: Finished, store the outcome  8 `finished`  9 set the latch
//! stop:  1 lock: Running → Stopping  2 unlock  3 `state_changed`  4 cancel the run's token  5 quit the loop, after what was posted to it before
//!
//! # Locks
//! The lifecycle's. Nothing of the user's is called under it.

mod builder;
mod lifecycle;
mod one_shot;
mod registry;
mod state;

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::cancel::{CancelReason, CancellationToken};
use crate::clock::Clock;
use crate::emitter::Emitter;
use crate::event_loop::{EventLoop, LoopHandle, LoopProxy, TurnBudget};
use crate::home::{LoopShared, here};
use crate::job::JobContext;
use crate::latch::Latch;
use crate::object::{MovableOwner, RemoteOwner};
use crate::outcome::{Failure, Outcome};
use crate::pool::{JoinHandle, SpawnError};
use crate::spawner::{NewThread, ThreadSpawner};
use crate::unhandled;
use lifecycle::{Lifecycle, Stop, WaitFor};

pub use builder::{OsPriority, WorkerBuilder};
pub use one_shot::OneShot;
pub(crate) use registry::all;
pub use registry::{WorkerHandle, WorkerInfo, Workers};
pub use state::WorkerState;

/// A thread with an event loop.
///
/// Objects are put there with [`insert_with`](Self::insert_with), also before it is started. Dropping the worker asks it to stop and returns at once; what it was doing
/// ends at its next cancel point, or when its loop has delivered what was posted before. [`detach`](Self::detach) lets it run on.
///
/// # Examples
///
/// ```
/// use homebound::Worker;
///
/// let worker = Worker::builder("sums").start()?;
/// let sums = worker.insert_with(|_home| 0_u64); // lives on the worker's thread
/// sums.handle().post(|sum| *sum += 40)?;
/// assert_eq!(sums.handle().ask(|sum| *sum + 2).wait()?, 42);
///
/// worker.stop();
/// assert!(worker.wait().is_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Worker {
    shared: Arc<WorkerShared>,
    owns: bool,
}

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It has a thread.
    #[error("the worker '{0}' runs already")]
    AlreadyRuns(String),
    /// The program is shutting down.
    #[error("the worker '{0}' was not started: the program is shutting down")]
    ShuttingDown(String),
    /// The system gave no thread.
    #[error("the system gave no thread for the worker '{name}'")]
    NoThread {
        /// The worker's name.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What a worker's thread does with its loop: by default it runs it.
pub(crate) type Body = Arc<dyn Fn(&LoopHandle, &JobContext) -> Result<(), Failure> + Send + Sync>;

pub(crate) struct WorkerShared {
    pub(crate) id: u64,
    pub(crate) name: Arc<str>,
    settings: Settings,
    made_at: &'static Location<'static>,
    life: Lifecycle<Run>,
    state_changed: Emitter<WorkerState>,
    started: Emitter<()>,
    finished: Emitter<Outcome<()>>,
}

/// What does not change from run to run.
struct Settings {
    stack_size: Option<usize>,
    priority: Option<OsPriority>,
    spawner: Arc<dyn ThreadSpawner>,
    clock: Clock,
    budget: TurnBudget,
    body: Option<Body>,
    /// Whether the body is done also after an early stop.
    always: bool,
}

/// What belongs to one start.
struct Run {
    home: Arc<LoopShared>,
    token: CancellationToken,
    ended: Latch,
}

impl Run {
    fn new(name: &str, clock: &Clock) -> Arc<Self> {
        let home = LoopShared::new(name.to_owned(), clock.clone(), None);
        Arc::new(Self {
            home,
            token: CancellationToken::new(),
            ended: Latch::new(),
        })
    }
}

impl Worker {
    /// Begins to describe a worker.
    #[track_caller]
    pub fn builder(name: impl Into<String>) -> WorkerBuilder {
        WorkerBuilder::new(name.into(), Location::caller())
    }

    /// Makes a worker with the defaults, not started: objects and connections can be made first.
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        Self::builder(name).build()
    }

    /// Runs `work` on a thread of its own, which ends with it.
    ///
    /// What it returns, its error or its panic is the outcome that the handle waits for. [`one_shot`](Self::one_shot) says more: a stack size, a priority, who gets progress and
    /// outcome.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{Outcome, Worker};
    ///
    /// let sum = Worker::spawn("sum", |cx| {
    ///     let mut sum = 0_u64;
    ///     for n in 1..=100 {
    ///         cx.progress(n, 100)?; // a cancel point
    ///         sum += n;
    ///     }
    ///     Ok(sum)
    /// })?;
    /// assert!(matches!(sum.wait(), Outcome::Done(5050)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SpawnError`] with the work, if the program is shutting down or the system gives no thread.
    #[track_caller]
    pub fn spawn<T, F>(name: impl Into<String>, work: F) -> Result<JoinHandle<T>, SpawnError<F>>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        Self::one_shot(name).task(work).spawn()
    }

    /// Begins to describe a worker for one piece of work.
    #[track_caller]
    pub fn one_shot(name: impl Into<String>) -> OneShot {
        OneShot::new(Self::builder(name))
    }

    /// Starts the worker, or starts it again after it has finished.
    ///
    /// What was posted to its loop before waits there and is delivered first.
    ///
    /// # Errors
    /// [`StartError`] if it runs already, the program is shutting down, or the system gives no thread.
    pub fn start(&self) -> Result<(), StartError> {
        self.shared.start()
    }

    /// Asks the worker to stop: its token is cancelled, and its loop ends after what was posted to it before.
    ///
    /// Sticky: a worker that is not yet started ends right after its start, with what was sent ahead delivered and a body of its own not run (then its outcome
    /// is `Cancelled`). When it has finished, the request is used up.
    pub fn stop(&self) {
        self.shared.stop(CancelReason::Requested);
    }

    /// Waits until the worker has finished, and returns how. One that was never started has nothing to wait for.
    ///
    /// # Blocking
    /// Until it has finished, which needs somebody to [`stop`](Self::stop) it. On the worker's own thread it returns `Cancelled` at once, for that wait would never end.
    pub fn wait(&self) -> Outcome<()> {
        self.shared.wait(None).unwrap_or(Outcome::Done(()))
    }

    /// Waits until the worker has finished, at most for `timeout`; `None` if it has not.
    ///
    /// # Blocking
    /// For `timeout` at most.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Outcome<()>> {
        self.shared.wait(Some(timeout))
    }

    /// Where the worker stands.
    pub fn state(&self) -> WorkerState {
        self.shared.state()
    }

    /// The worker's name, which the system sees as well.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The loop of the present run, or of the next one if none runs.
    pub fn proxy(&self) -> LoopProxy {
        self.shared.proxy()
    }

    /// The token that is cancelled when this run is asked to stop.
    pub fn token(&self) -> CancellationToken {
        self.shared.life.run().token.clone()
    }

    /// Builds an object on the worker's loop; see [`LoopProxy::insert_with`].
    pub fn insert_with<T: 'static>(&self, make: impl FnOnce(&LoopHandle) -> T + Send + 'static) -> RemoteOwner<T> {
        self.proxy().insert_with(make)
    }

    /// Puts an object on the worker's loop that can later move to another.
    pub fn insert_movable<T: Send + 'static>(&self, value: T) -> MovableOwner<T> {
        self.proxy().insert_movable(value)
    }

    /// Emitted at each change of state, on the thread that caused it. When a worker ends by itself at the very moment in which another thread asks it to stop, `Stopping` and
    /// `Finished` may come in either order.
    pub fn state_changed(&self) -> &Emitter<WorkerState> {
        &self.shared.state_changed
    }

    /// Emitted on the worker's thread when it has begun, before its first event.
    pub fn started(&self) -> &Emitter<()> {
        &self.shared.started
    }

    /// Emitted on the worker's thread when its work has ended and its objects are gone.
    pub fn finished(&self) -> &Emitter<Outcome<()>> {
        &self.shared.finished
    }

    /// A weak handle, as the registry gives it.
    pub fn handle(&self) -> WorkerHandle {
        WorkerHandle::new(&self.shared)
    }

    /// Lets the worker run on without this handle; [`Workers`] still finds it.
    pub fn detach(mut self) -> WorkerHandle {
        self.owns = false;
        self.handle()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.owns {
            self.shared.stop(CancelReason::Dropped);
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl WorkerShared {
    fn start(self: &Arc<Self>) -> Result<(), StartError> {
        let Some(run) = self.life.start() else {
            return Err(StartError::AlreadyRuns(self.name.to_string()));
        };
        if registry::enter(self).is_err() {
            self.not_started();
            return Err(StartError::ShuttingDown(self.name.to_string()));
        }
        self.state_changed.emit(WorkerState::Starting);
        let this = Arc::clone(self);
        let body = Box::new(move || this.run(&run));
        let thread = NewThread::new(self.name.to_string(), self.settings.stack_size, body);
        self.settings.spawner.spawn(thread).map_err(|source| {
            self.not_started();
            registry::leave(self.id);
            StartError::NoThread {
                name: self.name.to_string(),
                source,
            }
        })
    }

    /// Back to where it was before a start that failed.
    fn not_started(&self) {
        self.life.start_failed();
        self.state_changed.emit(WorkerState::NotStarted);
    }

    /// The worker's thread.
    fn run(self: &Arc<Self>, run: &Arc<Run>) {
        if let Some(priority) = self.settings.priority {
            priority.apply(&self.name);
        }
        let outcome = match EventLoop::attach(Arc::clone(&run.home), self.settings.budget) {
            Ok(home) => self.run_loop(&home, run),
            // A thread of somebody else's making that has a loop already.
            Err(exists) => Outcome::Failed(Failure::from(exists)),
        };
        self.life
            .end(outcome.clone(), Run::new(&self.name, &self.settings.clock));
        tracing::debug!(target: "homebound", event = "worker.finished", name = %self.name);
        self.state_changed.emit(WorkerState::Finished);
        self.finished.emit(outcome);
        registry::leave(self.id);
        run.ended.set();
    }

    fn run_loop(self: &Arc<Self>, home: &EventLoop, run: &Run) -> Outcome<()> {
        let state = self.life.begin();
        tracing::debug!(target: "homebound", event = "worker.started", name = %self.name);
        self.state_changed.emit(state);
        self.started.emit(());
        let cx = JobContext::new(self.settings.clock.clone())
            .with_token(run.token.clone())
            .with_name(Some(Arc::clone(&self.name)));
        let outcome = match &self.settings.body {
            Some(_) if state == WorkerState::Stopping && !self.settings.always => {
                // Stopped before it began: what was sent ahead is delivered, the body is not run.
                home.run();
                Outcome::cancelled(run.token.reason().unwrap_or(CancelReason::Requested))
            }
            Some(body) => cx.run(|cx| body(home, cx)),
            None => cx.run(|_| {
                home.run();
                Ok(())
            }),
        };
        if let Outcome::Panicked(report) = &outcome {
            unhandled::panicked("a worker", report.clone());
        }
        outcome
    }

    pub(crate) fn stop(&self, reason: CancelReason) {
        let Some(Stop { run, changed }) = self.life.stop() else {
            return;
        };
        // Told before the worker hears of it, so that `Finished` comes after.
        if changed {
            self.state_changed.emit(WorkerState::Stopping);
        }
        // The token before the loop: a slot that runs long looks at the token.
        run.token.cancel_with(reason);
        LoopProxy::new(Arc::clone(&run.home)).quit();
    }

    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Option<Outcome<()>> {
        let run = match self.life.wait_for() {
            WaitFor::Nobody => return Some(Outcome::Done(())),
            WaitFor::Run(run) => run,
        };
        if run.home.thread() == here() {
            return Some(
                self.life
                    .outcome()
                    .unwrap_or(Outcome::cancelled(CancelReason::Requested)),
            );
        }
        match timeout {
            None => run.ended.wait(),
            Some(timeout) if !run.ended.wait_timeout(timeout) => return None,
            Some(_) => {}
        }
        self.life.outcome()
    }

    pub(crate) fn state(&self) -> WorkerState {
        self.life.state()
    }

    fn proxy(&self) -> LoopProxy {
        LoopProxy::new(Arc::clone(&self.life.run().home))
    }

    /// Whether this is the worker's thread.
    pub(crate) fn is_here(&self) -> bool {
        self.life.run().home.thread() == here()
    }

    pub(crate) fn has_ended(&self) -> bool {
        !self.state().is_active()
    }

    pub(crate) fn made_at(&self) -> &'static Location<'static> {
        self.made_at
    }

    pub(crate) fn weak(self: &Arc<Self>) -> Weak<Self> {
        Arc::downgrade(self)
    }
}

impl Drop for WorkerShared {
    fn drop(&mut self) {
        // The loop of a run that will never be: what was sent ahead is refused, not kept for ever.
        self.life.run().home.close_unattached();
    }
}
