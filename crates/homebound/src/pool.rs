//! Threads that run whatever they are given, and tell how it ended.
//!
//! `task` and `join` are one task's life, `crew` and `worker` the threads, `injector` the queue, `row` what stands in it. `lane` and `batch` bound and gather.

mod arrival;
mod batch;
mod cell;
mod crew;
mod entry;
mod error;
mod injector;
mod join;
mod lane;
mod row;
mod task;
mod worker;

#[cfg(all(test, loom))]
mod loom;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::cancel::CancelReason;
use crate::clock::Clock;
use crate::job::JobContext;
use crate::outcome::{Failure, RejectReason};
use crate::shutdown::{self, Participant, Straggler};
use crate::spawner::{StdSpawner, ThreadSpawner};
use crew::Settings;

pub(crate) use crew::Crew;

pub use arrival::AtHome;
pub use batch::{Batch, BatchHandle, BatchResults, BatchSummary};
pub use error::SpawnError;
pub use join::JoinHandle;
pub use lane::{Lane, LaneBuilder, WhenFull};
pub(crate) use task::CrewRef;
pub use task::{About, Deliver, Keep, Task};
pub(crate) use worker::wait_for_others;

/// How long a thread stays without work, as in Qt.
const EXPIRY: Duration = Duration::from_secs(30);

/// A pool of threads.
///
/// Threads are started when there is work for them and end when they have had none for a while. Work waits by priority, first in,
/// first out. Dropping the pool cancels what waits, asks what runs to stop, and waits for it, unless a thread of the pool itself
/// drops it: then the threads end by themselves.
///
/// # Examples
///
/// ```
/// use homebound::ThreadPool;
///
/// let pool = ThreadPool::builder().max_threads(2).build();
/// let sum = pool.task(|_| Ok((1..=100).sum::<u32>())).spawn()?;
/// assert_eq!(sum.wait().ok(), Some(5050));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ThreadPool {
    crew: Arc<Crew>,
}

/// Sets a [`ThreadPool`] up.
#[must_use = "`build` makes the pool"]
pub struct ThreadPoolBuilder {
    max_threads: usize,
    expiry: Option<Duration>,
    name: String,
    stack_size: Option<usize>,
    clock: Clock,
    spawner: Box<dyn ThreadSpawner>,
}

impl ThreadPool {
    /// Returns what sets a pool up.
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder {
            max_threads: available_threads(),
            expiry: Some(EXPIRY),
            name: "homebound-pool".to_owned(),
            stack_size: None,
            clock: Clock::new(),
            spawner: Box::new(StdSpawner),
        }
    }

    /// Returns the program's own pool, with a thread for each processor. It is never dropped.
    pub fn global() -> &'static ThreadPool {
        static GLOBAL: OnceLock<ThreadPool> = OnceLock::new();
        GLOBAL.get_or_init(|| ThreadPool::builder().name("homebound-global").build())
    }

    /// Describes a task that has an outcome. It runs when it is [spawned](Task::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{Outcome, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool
    ///     .task(|cx| {
    ///         for part in 0..1000 {
    ///             cx.progress(part, 1000)?;
    ///         }
    ///         Ok("all of it")
    ///     })
    ///     .name("count")
    ///     .priority(3)
    ///     .spawn()?;
    /// assert!(matches!(job.wait(), Outcome::Done("all of it")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn task<T, F>(&self, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        Task::new(CrewRef::Pool(&self.crew), work)
    }

    /// Runs `f` on a thread of the pool, and nothing more: no handle, no outcome. The cheapest way.
    ///
    /// A panic in `f` goes to the hook for what nobody claimed; the thread lives on.
    ///
    /// Does not wait. Where a thread has waited for each of its last closures before it gave the next one, and a thread of the pool is awake on the same processor, it yields
    /// to that once; if somebody else computes there for long, it does not for a while.
    ///
    /// # Errors
    /// [`SpawnError`] with `f`, if the pool takes no more.
    pub fn spawn<F: FnOnce() + Send + 'static>(&self, f: F) -> Result<(), SpawnError<F>> {
        self.spawn_with_priority(0, f)
    }

    /// As [`spawn`](Self::spawn); what waits with a higher priority starts first.
    ///
    /// # Errors
    /// [`SpawnError`] with `f`, if the pool takes no more.
    pub fn spawn_with_priority<F: FnOnce() + Send + 'static>(&self, priority: i32, f: F) -> Result<(), SpawnError<F>> {
        self.crew
            .push_closure(priority, f)
            .map_err(|(refusal, f)| SpawnError::new(refusal.reason(), f))
    }

    /// Runs `f` if a thread is free now.
    ///
    /// # Errors
    /// [`SpawnError`] with `f`, if none is ([`RejectReason::Busy`]) or the pool takes no more.
    pub fn try_spawn<F: FnOnce() + Send + 'static>(&self, f: F) -> Result<(), SpawnError<F>> {
        self.crew
            .push_if_free(f)
            .map_err(|(refusal, f)| SpawnError::new(refusal.map_or(RejectReason::Busy, |refusal| refusal.reason()), f))
    }

    /// Sets up a lane: at most `at_once` of its tasks are in the pool at a time.
    ///
    /// # Panics
    /// If `at_once` is zero: nothing would ever run.
    #[track_caller]
    pub fn lane(&self, at_once: usize) -> LaneBuilder<'_> {
        assert!(at_once > 0, "a lane of zero at once would never run anything");
        LaneBuilder::new(&self.crew, at_once)
    }

    /// Describes a task for each of `items`: a few at a time are taken, so that a million of them need no more memory than a few.
    ///
    /// The items are taken on the calling thread and on the pool's, one after the other.
    pub fn batch<I, F, R>(&self, items: I, work: F) -> Batch<'_, I::IntoIter, F>
    where
        I: IntoIterator,
        F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
    {
        Batch::new(&self.crew, self.max_threads(), items.into_iter(), work)
    }

    /// Takes a place away, as if a task ran in it, also beyond the maximum: for a thread that is not the pool's but works as hard.
    pub fn reserve(&self) {
        self.crew.change(|limits| *limits.reserved += 1);
    }

    /// Gives a place that was [reserved](Self::reserve) back. A task that is about to block calls it to lend its own place, and `reserve`
    /// when it goes on.
    pub fn release(&self) {
        self.crew.change(|limits| *limits.reserved -= 1);
    }

    /// Changes how many threads may work at once. What runs goes on.
    pub fn set_max_threads(&self, max: usize) {
        self.crew.change(|limits| *limits.max = max);
    }

    /// Ends everything that has not started: tasks with [`Outcome::Cancelled`](crate::Outcome::Cancelled). Returns how many that were.
    pub fn clear(&self) -> usize {
        self.crew.clear(CancelReason::Requested)
    }

    /// Takes no more work, ends what has not started with the outcome `Cancelled(Shutdown)` (in a lane: `Rejected(Closed)`), and asks what runs to stop. Does not wait.
    pub fn close(&self) {
        self.crew.close();
    }

    /// Waits until nothing runs and nothing waits, at most for `timeout`. Returns whether that is so; from a thread of this pool
    /// never, and at once.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    pub fn wait_for_done(&self, timeout: Duration) -> bool {
        if self.is_current() {
            return false;
        }
        match self.crew.when_done() {
            None => true,
            Some(latch) => {
                let mut is_done = false;
                worker::wait_for_others(|| is_done = latch.wait_timeout(timeout));
                is_done
            }
        }
    }

    /// Returns how many threads are in a task now.
    pub fn active(&self) -> usize {
        self.crew.counts().active
    }

    /// Returns how much has not started.
    pub fn queued(&self) -> usize {
        self.crew.counts().queued
    }

    /// Returns how many threads there are, asleep or not.
    pub fn threads(&self) -> usize {
        self.crew.counts().threads
    }

    /// Returns how many threads may work at once.
    pub fn max_threads(&self) -> usize {
        self.crew.counts().max
    }

    /// Returns whether the calling thread is one of this pool's.
    pub fn is_current(&self) -> bool {
        worker::membership().is_some_and(|member| member.is_of(&self.crew))
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.close();
        // A thread of the pool cannot wait for itself, nor for others that may wait for it.
        if self.is_current() {
            return;
        }
        if let Some(latch) = self.crew.when_ended() {
            worker::wait_for_others(|| latch.wait());
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.crew, f)
    }
}

impl ThreadPoolBuilder {
    /// Sets how many threads may work at once, at least one; as many as there are processors if not set.
    pub fn max_threads(mut self, max: usize) -> Self {
        self.max_threads = max.max(1);
        self
    }

    /// Sets how long a thread stays without work; `None` is forever. 30 seconds if not set.
    pub fn expiry(mut self, expiry: impl Into<Option<Duration>>) -> Self {
        self.expiry = expiry.into();
        self
    }

    /// Sets what the threads' names begin with. The system shows them, cut to its length.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the size of each thread's stack in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Sets the clock of deadlines, timeouts and [`JobContext::sleep`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets where the threads come from.
    pub fn spawner(mut self, spawner: impl ThreadSpawner) -> Self {
        self.spawner = Box::new(spawner);
        self
    }

    /// Makes the pool. No thread is started yet.
    pub fn build(self) -> ThreadPool {
        let Self {
            max_threads,
            expiry,
            name,
            stack_size,
            clock,
            spawner,
        } = self;
        let settings = Settings {
            name,
            stack_size,
            expiry,
            clock,
            spawner,
        };
        ThreadPool {
            crew: Crew::join_in(settings, max_threads),
        }
    }
}

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("max_threads", &self.max_threads)
            .finish_non_exhaustive()
    }
}

impl Crew {
    /// Makes a crew that stops with the program's shutdown.
    fn join_in(settings: Settings, max: usize) -> Arc<Self> {
        let crew = Self::new(settings, max);
        shutdown::take_part(&(Arc::clone(&crew) as Arc<dyn Participant>));
        crew
    }

    /// Makes a crew of one thread, which ends when it has nothing to do.
    pub(crate) fn single(name: String, clock: Clock, spawner: Box<dyn ThreadSpawner>) -> Arc<Self> {
        let settings = Settings {
            name,
            stack_size: None,
            expiry: Some(Duration::ZERO),
            clock,
            spawner,
        };
        Self::join_in(settings, 1)
    }
}

impl Participant for Crew {
    fn begin_stop(&self) {
        self.close();
    }

    fn wait_stopped(&self, timeout: Duration) -> bool {
        self.when_ended().is_none_or(|latch| latch.wait_timeout(timeout))
    }

    fn stragglers(&self) -> Vec<Straggler> {
        let running = self.running();
        let names = running.into_iter().map(|name| Straggler {
            name: name.unwrap_or_else(|| String::from("a task without a name")),
            made_at: None,
            doing: format!("running on pool '{}'", self.settings.name),
        });
        names.collect()
    }
}

fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
