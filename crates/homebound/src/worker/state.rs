//! The states of a worker and the steps between them.
//!
//! ```text
//! NotStarted ──start──► Starting ──begins──► Running ──stop──► Stopping ──ends──► Finished
//!      ▲                    │                   └────────────ends───────────────────▲ │
//!      │                    └──────── the system gave no thread ─► NotStarted         │
//!      └───────────────────────────────── (start again: Starting) ◄─────────────────────┘
//! ```

use std::fmt;

/// Where a worker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// Made, not started. What is posted to its loop waits.
    NotStarted,
    /// Its thread is being made.
    Starting,
    /// Its thread runs.
    Running,
    /// It runs and has been asked to stop.
    Stopping,
    /// Its thread's work has ended. It can be started again.
    Finished,
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStarted => "not started",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Finished => "finished",
        })
    }
}

/// What a request to start leads to.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The caller makes the thread.
    Begin,
    /// It has a thread already.
    AlreadyRuns,
}

impl WorkerState {
    pub(super) fn start(&mut self) -> Start {
        match self {
            Self::NotStarted | Self::Finished => {
                *self = Self::Starting;
                Start::Begin
            }
            Self::Starting | Self::Running | Self::Stopping => Start::AlreadyRuns,
        }
    }

    /// A request to stop. Returns whether the state has changed.
    pub(super) fn stop(&mut self) -> bool {
        let changes = *self == Self::Running;
        if changes {
            *self = Self::Stopping;
        }
        changes
    }

    /// Whether it has a thread, or is about to.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use WorkerState::{Finished, NotStarted, Running, Starting, Stopping};

    #[test]
    fn a_worker_starts_only_when_it_has_no_thread() {
        for (before, start, after) in [
            (NotStarted, Start::Begin, Starting),
            (Finished, Start::Begin, Starting),
            (Starting, Start::AlreadyRuns, Starting),
            (Running, Start::AlreadyRuns, Running),
            (Stopping, Start::AlreadyRuns, Stopping),
        ] {
            let mut state = before;
            assert_eq!((state.start(), state), (start, after), "from {before}");
        }
    }

    #[test]
    fn only_a_running_worker_changes_by_a_request_to_stop() {
        for (before, changed, after) in [
            (NotStarted, false, NotStarted),
            (Starting, false, Starting),
            (Running, true, Stopping),
            (Stopping, false, Stopping),
            (Finished, false, Finished),
        ] {
            let mut state = before;
            assert_eq!((state.stop(), state), (changed, after), "from {before}");
        }
    }
}
