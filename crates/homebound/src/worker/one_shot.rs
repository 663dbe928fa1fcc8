//! A worker for one piece of work: a crew of one thread, and that thread is a worker's.
//!
//! So the work has everything that a pool's task has (progress, outcome, deadline, scope), and its thread has everything that a worker has (name,
//! state, a place in the registry, an end at shutdown). Asking the worker to stop cancels the task.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::builder::{OsPriority, WorkerBuilder};
use super::{StartError, Worker};
use crate::clock::Clock;
use crate::job::JobContext;
use crate::outcome::Failure;
use crate::pool::{Crew, CrewRef, Task};
use crate::spawner::{NewThread, ThreadSpawner};
use crate::sync::Mutex;

/// Describes a thread of its own for one piece of work. See [`Worker::one_shot`].
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, Outcome, Worker};
///
/// let ui = EventLoop::new()?;
/// let window = ui.insert((0.0, None));
/// let job = Worker::one_shot("render")
///     .stack_size(8 << 20)
///     .task(|cx| {
///         cx.progress(1, 2)?;
///         Ok("picture")
///     })
///     .on_progress(&window, |window, progress| window.0 = progress.fraction.unwrap_or(0.0))
///     .on_outcome(&window, |window, outcome| window.1 = outcome.ok())
///     .spawn()?;
///
/// assert!(job.wait().is_done());
/// ui.drain();
/// assert_eq!(window.borrow().1, Some("picture"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing runs until the task is spawned"]
pub struct OneShot {
    builder: WorkerBuilder,
}

impl OneShot {
    pub(super) fn new(builder: WorkerBuilder) -> Self {
        Self { builder }
    }

    /// Sets the size of the thread's stack in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.builder = self.builder.stack_size(bytes);
        self
    }

    /// Sets the thread's priority, where the system allows it.
    pub fn priority(mut self, priority: OsPriority) -> Self {
        self.builder = self.builder.priority(priority);
        self
    }

    /// Lets somebody else make the thread.
    pub fn spawner(mut self, spawner: impl ThreadSpawner) -> Self {
        self.builder = self.builder.spawner(spawner);
        self
    }

    /// Takes time from `clock`.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.builder = self.builder.clock(clock);
        self
    }

    /// Gives it its work. [`Task::spawn`] starts the thread.
    pub fn task<T, F>(self, work: F) -> Task<'static, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        let clock = self.builder.clock_in_use();
        let thread: Arc<Mutex<Option<NewThread>>> = Arc::default();
        let body = Arc::clone(&thread);
        let worker = self
            .builder
            .body_always(move |_, _| {
                let thread = body.lock().take();
                if let Some(thread) = thread {
                    thread.run();
                }
                Ok(())
            })
            .build();
        let (name, token) = (worker.name().to_owned(), worker.token());
        let crew = Crew::single(name.clone(), clock, Box::new(InWorker { thread, worker }));
        Task::new(CrewRef::Own(crew), work).name(name).token(&token)
    }
}

/// Makes the crew's thread a worker's.
struct InWorker {
    thread: Arc<Mutex<Option<NewThread>>>,
    worker: Worker,
}

impl ThreadSpawner for InWorker {
    fn spawn(&self, thread: NewThread) -> io::Result<()> {
        let before = self.thread.lock().replace(thread);
        drop(before);
        self.worker.start().map_err(|error| {
            // It holds the crew, which holds this: left here it would stay for ever.
            let unrun = self.thread.lock().take();
            drop(unrun);
            match error {
                StartError::NoThread { source, .. } => source,
                other => io::Error::other(other),
            }
        })
    }
}

impl fmt::Debug for OneShot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneShot").field("worker", &self.builder).finish()
    }
}
