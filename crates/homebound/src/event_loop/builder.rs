//! How a loop is described before it is made.

use std::sync::Arc;
use std::time::Duration;

use super::inner::{self, LoopInner};
use super::{EventLoop, LoopHandle};
use crate::clock::Clock;
use crate::home::LoopShared;
use crate::waker::LoopWaker;

/// The thread has a loop already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this thread has an event loop already ('{name}'): use EventLoop::current()")]
pub struct LoopExistsError {
    name: String,
}

/// How much of a turn events may take before timers, the host's input and idle work get theirs.
///
/// Both limits hold; a turn ends at the first that is reached. A slot that runs long ends the turn after it, for nothing interrupts a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnBudget {
    /// The most events of one turn.
    pub events: usize,
    /// The longest time of one turn.
    pub time: Duration,
}

impl TurnBudget {
    /// A quarter of a frame at 60 Hz, so that a window has the rest for input and painting; and a count that such a time does not reach
    /// unless slots take almost nothing.
    pub const DEFAULT: Self = Self {
        events: 65_536,
        time: Duration::from_millis(4),
    };
}

impl Default for TurnBudget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Describes an [`EventLoop`]; the defaults are a loop with a name of its thread, the machine's clock and no host.
#[derive(Default)]
pub struct EventLoopBuilder {
    pub(super) name: Option<String>,
    pub(super) clock: Clock,
    pub(super) host: Option<Box<dyn LoopWaker>>,
    pub(super) budget: TurnBudget,
}

impl EventLoopBuilder {
    /// Names the loop in errors and reports.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Lets another program's loop host this one: it is asked through `waker` to dispatch.
    #[must_use]
    pub fn waker(mut self, waker: impl LoopWaker) -> Self {
        self.host = Some(Box::new(waker));
        self
    }

    /// Bounds a turn.
    #[must_use]
    pub fn budget(mut self, budget: TurnBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Makes the loop on this thread.
    ///
    /// # Errors
    /// [`LoopExistsError`] if the thread has one already.
    pub fn build(self) -> Result<EventLoop, LoopExistsError> {
        let name = self
            .name
            .unwrap_or_else(|| std::thread::current().name().unwrap_or("unnamed").to_owned());
        EventLoop::attach(LoopShared::new(name, self.clock, self.host), self.budget)
    }
}

impl EventLoop {
    /// Begins a loop on this thread whose shared half exists already: what was posted to it waits in there.
    pub(crate) fn attach(shared: Arc<LoopShared>, budget: TurnBudget) -> Result<Self, LoopExistsError> {
        if let Some(existing) = inner::current() {
            return Err(LoopExistsError {
                name: existing.shared.name.clone(),
            });
        }
        let inner = LoopInner::new(shared, budget);
        inner::set_current(&inner);
        Ok(Self {
            handle: LoopHandle { inner },
        })
    }
}

impl std::fmt::Debug for EventLoopBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLoopBuilder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
