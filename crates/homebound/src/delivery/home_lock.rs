//! The lock of a cell: many emitters take it at full speed, one home takes it now and then and must not starve.
//!
//! Who uses it: the cells of connections, [`bounded`](super::bounded) and [`paced`](super::paced).
//!
//! # Protocol
//! home:    1 `wanted` on  2 lock  3 `wanted` off
//! emitter: 1 lock  2 unlock; with `wanted` on, whoever has waited longest has the lock then
//! Without it an emitter in a loop would have the lock again before the home has woken, for milliseconds. `wanted` is only advice:
//! seen late, the home waits for one value more.

use std::ops::{Deref, DerefMut};

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{self, Mutex, MutexGuard};

/// After how many values that nobody will see emitters give their processor away once: often enough for a tick of a millisecond, and
/// too seldom to be felt.
const CROWD: u64 = 1024;

#[derive(Debug)]
pub(crate) struct HomeLock<T> {
    lock: Mutex<T>,
    wanted: AtomicBool,
}

/// Holds a [`HomeLock`] until it is dropped.
pub(crate) struct HomeGuard<'a, T> {
    /// `None` only while it is being dropped.
    guard: Option<MutexGuard<'a, T>>,
    wanted: &'a AtomicBool,
}

impl<T> HomeLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            lock: Mutex::new(value),
            wanted: AtomicBool::new(false),
        }
    }

    /// For all but the home.
    pub(crate) fn lock(&self) -> HomeGuard<'_, T> {
        HomeGuard {
            guard: Some(self.lock.lock()),
            wanted: &self.wanted,
        }
    }

    /// For the home.
    pub(crate) fn lock_at_home(&self) -> MutexGuard<'_, T> {
        self.wanted.store(true, Ordering::Relaxed);
        let guard = self.lock.lock();
        self.wanted.store(false, Ordering::Relaxed);
        guard
    }
}

const HELD: &str = "a guard is without its lock only while it is dropped";

impl<'a, T> HomeGuard<'a, T> {
    /// The plain guard, to wait for a change under it.
    pub(crate) fn plain(&mut self) -> &mut MutexGuard<'a, T> {
        self.guard.as_mut().expect(HELD)
    }
}

impl<T> Deref for HomeGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.guard.as_ref().expect(HELD)
    }
}

impl<T> DerefMut for HomeGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.guard.as_mut().expect(HELD)
    }
}

impl<T> Drop for HomeGuard<'_, T> {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take().filter(|_| self.wanted.load(Ordering::Relaxed)) {
            guard.unlock_fair();
        }
    }
}

/// Gives the processor to whoever waits for one, at every [`CROWD`]th of the values that were emitted in vain. An emitter that
/// replaces values faster than they are seen does nothing of use meanwhile, and where it shares a processor with its receiver's home, the system would
/// let the home wait for milliseconds. Under no lock.
pub(crate) fn give_way(in_vain: u64) {
    if in_vain.is_multiple_of(CROWD) {
        sync::yield_now();
    }
}
