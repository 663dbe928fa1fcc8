//! The processor that a thread runs on.

/// A processor, where the system says which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpu(Option<usize>);

impl Cpu {
    /// The one that this thread runs on. It may run on another soon.
    #[cfg(all(target_os = "linux", not(loom)))]
    pub(crate) fn current() -> Self {
        Self(Some(rustix::thread::sched_getcpu()))
    }

    #[cfg(not(any(target_os = "linux", loom)))]
    pub(crate) fn current() -> Self {
        Self::unknown()
    }

    /// The one of a model, whose threads take turns.
    #[cfg(loom)]
    pub(crate) fn current() -> Self {
        Self(Some(0))
    }

    pub(crate) const fn unknown() -> Self {
        Self(None)
    }

    /// Whether this thread runs on it, as far as anybody knows.
    pub(crate) fn is_here(self) -> bool {
        self.0.is_some() && self == Self::current()
    }
}
