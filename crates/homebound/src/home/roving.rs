//! A home that can change: where an object that can move lives at the moment.
//!
//! Who uses it: any thread posts through it; the thread of the old home changes it.
//!
//! # Invariants
//! 1. Whoever holds the lock posts to the home, or changes it. So what is posted to the old home lies there before the mover collects it, and what is posted
//!    later lies in the new home behind what moved along.
//! 2. `loop_id` is the number of `home`. It changes while the queues of both homes are locked, too, for the loops look at it without this lock: the
//!    new home finds what is for the object in its queue before it finds itself to be the home.
//!
//! # Locks
//! This one comes before those of the queues.

use std::sync::Arc;

use super::LoopShared;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};

#[derive(Debug)]
pub(crate) struct RovingHome {
    home: Mutex<Arc<LoopShared>>,
    loop_id: AtomicU64,
}

/// A home that does not change meanwhile, but by who holds this.
pub(crate) struct Halted<'a> {
    home: MutexGuard<'a, Arc<LoopShared>>,
    loop_id: &'a AtomicU64,
}

impl RovingHome {
    pub(super) fn new(home: Arc<LoopShared>) -> Self {
        Self {
            loop_id: AtomicU64::new(home.id),
            home: Mutex::new(home),
        }
    }

    pub(crate) fn halt(&self) -> Halted<'_> {
        Halted {
            home: self.home.lock(),
            loop_id: &self.loop_id,
        }
    }

    /// The number of the loop, without the lock. Acquire: what the mover did before the change is seen by whoever acts on it.
    #[inline]
    pub(super) fn loop_id(&self) -> u64 {
        self.loop_id.load(Ordering::Acquire)
    }
}

impl Halted<'_> {
    pub(crate) fn home(&self) -> &Arc<LoopShared> {
        &self.home
    }

    /// Changes the home and returns the old one, which is to be dropped under no lock. The locks of both queues are held.
    #[must_use]
    pub(crate) fn change(&mut self, to: &Arc<LoopShared>) -> Arc<LoopShared> {
        let before = std::mem::replace(&mut *self.home, Arc::clone(to));
        self.loop_id.store(to.id, Ordering::Release);
        before
    }
}
