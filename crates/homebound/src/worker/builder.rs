//! How a worker is described before it is made.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::lifecycle::Lifecycle;
use super::{Body, Run, Settings, StartError, Worker, WorkerShared};
use crate::clock::Clock;
use crate::emitter::Emitter;
use crate::event_loop::{LoopHandle, TurnBudget};
use crate::job::JobContext;
use crate::outcome::Failure;
use crate::spawner::{StdSpawner, ThreadSpawner};
use crate::sync::unique;

/// How much of the processors a thread gets beside others, where the system allows it to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OsPriority {
    /// Only what nobody else wants.
    Idle,
    /// Less than others.
    Low,
    /// More than others. Most systems allow it only to privileged programs; a refusal is logged, and the thread runs as others do.
    High,
}

impl OsPriority {
    /// The system's figure: the higher, the nicer to others.
    #[cfg(target_os = "linux")]
    fn nice(self) -> i32 {
        match self {
            Self::Idle => 19,
            Self::Low => 10,
            Self::High => -10,
        }
    }

    /// Gives this thread the priority.
    #[cfg(target_os = "linux")]
    pub(super) fn apply(self, name: &str) {
        // On Linux the figure belongs to the thread, not to the process.
        let thread = rustix::thread::gettid();
        if let Err(error) = rustix::process::setpriority_process(Some(thread), self.nice()) {
            tracing::warn!(target: "homebound", event = "worker.priority_refused", name, %error);
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn apply(self, name: &str) {
        tracing::warn!(target: "homebound", event = "worker.priority_unsupported", name);
    }
}

/// Describes a [`Worker`].
pub struct WorkerBuilder {
    name: String,
    made_at: &'static Location<'static>,
    settings: Settings,
}

impl WorkerBuilder {
    pub(super) fn new(name: String, made_at: &'static Location<'static>) -> Self {
        let settings = Settings {
            stack_size: None,
            priority: None,
            spawner: Arc::new(StdSpawner),
            clock: Clock::new(),
            budget: TurnBudget::DEFAULT,
            body: None,
            always: false,
        };
        Self {
            name,
            made_at,
            settings,
        }
    }

    /// Sets the size of the thread's stack in bytes.
    #[must_use]
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.settings.stack_size = Some(bytes);
        self
    }

    /// Sets the thread's priority, where the system allows it.
    #[must_use]
    pub fn priority(mut self, priority: OsPriority) -> Self {
        self.settings.priority = Some(priority);
        self
    }

    /// Lets somebody else make the thread: Python's `threading`, for one.
    #[must_use]
    pub fn spawner(mut self, spawner: impl ThreadSpawner) -> Self {
        self.settings.spawner = Arc::new(spawner);
        self
    }

    /// Takes time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// As [`body`](Self::body), but done also if the worker was asked to stop before it began.
    pub(super) fn body_always(
        mut self,
        body: impl Fn(&LoopHandle, &JobContext) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        self.settings.always = true;
        self.body(body)
    }

    pub(super) fn clock_in_use(&self) -> Clock {
        self.settings.clock.clone()
    }

    /// Bounds the turns of its loop.
    #[must_use]
    pub fn budget(mut self, budget: TurnBudget) -> Self {
        self.settings.budget = budget;
        self
    }

    /// Does `body` on the thread in place of running the loop; it may run the loop itself, in whole or in turns. Qt's `QThread::run`.
    ///
    /// What it returns, or its panic, is the worker's outcome.
    #[must_use]
    pub fn body(
        mut self,
        body: impl Fn(&LoopHandle, &JobContext) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        let body: Body = Arc::new(body);
        self.settings.body = Some(body);
        self
    }

    /// Makes the worker, not started.
    pub fn build(self) -> Worker {
        let run = Run::new(&self.name, &self.settings.clock);
        Worker {
            shared: Arc::new(WorkerShared {
                id: unique::next(),
                name: self.name.into(),
                settings: self.settings,
                made_at: self.made_at,
                life: Lifecycle::new(run),
                state_changed: Emitter::new(),
                started: Emitter::new(),
                finished: Emitter::new(),
            }),
            owns: true,
        }
    }

    /// Makes the worker and starts it.
    ///
    /// # Errors
    /// As [`Worker::start`].
    pub fn start(self) -> Result<Worker, StartError> {
        let worker = self.build();
        worker.start()?;
        Ok(worker)
    }
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerBuilder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
