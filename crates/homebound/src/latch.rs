//! Set once, waited for by any number of threads and futures.
//!
//! Who uses it: whoever sets calls [`Latch::set`] from any thread; whoever waits blocks in [`Latch::wait`] or polls.
//!
//! # Invariants
//! 1. A latch that is set stays set.
//! 2. A waker is kept only while the latch is not set; each that was kept is woken exactly once.
//!
//! # Protocol
//! set:  1 lock  2 mark as set, take the wakers  3 unlock  4 notify all threads, wake all wakers
//! wait: 1 lock  2 set? return  3 wait on the condition, which unlocks in the same step  4 from 2
//! The wake-up cannot be lost because the flag is looked at under the lock that `set` changes it under, and the condition variable
//! releases that lock in the same step in which the thread begins to wait.
//!
//! # Locks
//! One, never held while a waker or any other code is called.

#[cfg(all(test, loom))]
mod loom;

use std::task::{Poll, Waker};
use std::time::Duration;

use crate::blocking;
use crate::clock::Clock;
use crate::linger;
use crate::sync::{Condvar, Mutex};

/// Set once, waited for by many.
#[derive(Debug)]
pub(crate) struct Latch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    wakers: Vec<Waker>,
}

impl Latch {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        }
    }

    /// Sets the latch and wakes whoever waits. Setting it again does nothing.
    pub(crate) fn set(&self) {
        let wakers = {
            let mut state = self.state.lock();
            state.is_set = true;
            std::mem::take(&mut state.wakers)
        };
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn probe(&self) -> bool {
        self.state.lock().is_set
    }

    pub(crate) fn wait(&self) {
        if self.probe() {
            return;
        }
        linger::then(|| self.probe(), || blocking::wait(|| self.wait_until_set()));
    }

    fn wait_until_set(&self) {
        let mut state = self.state.lock();
        while !state.is_set {
            self.changed.wait(&mut state);
        }
    }

    /// Waits at most for `timeout`. Returns whether the latch is set.
    pub(crate) fn wait_timeout(&self, timeout: Duration) -> bool {
        if self.probe() {
            return true;
        }
        blocking::wait(|| self.wait_in_time(timeout))
    }

    fn wait_in_time(&self, timeout: Duration) -> bool {
        let clock = Clock::new();
        let deadline = clock.now().saturating_add(timeout);
        let mut state = self.state.lock();
        while !state.is_set {
            let left = deadline.saturating_sub(clock.now());
            if left.is_zero() {
                return false;
            }
            self.changed.wait_timeout(&mut state, left);
        }
        true
    }

    /// Is ready when the latch is set; keeps the waker until then.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<()> {
        let mut state = self.state.lock();
        if state.is_set {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|kept| kept.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        Poll::Pending
    }
}
