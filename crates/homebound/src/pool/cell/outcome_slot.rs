//! Where a task's outcome stands until somebody takes it.
//!
//! Who uses it: whoever has the task's work finishes it; the handle takes the outcome, waits for it, or lets it go.
//!
//! # Invariants
//! 1. The outcome goes to the handle, or back to the one who finished, never to both and never to nobody: both announce themselves in `end`
//!    by a read-modify-write, and the later one has it.
//! 2. The outcome's lock is never waited for: who finishes has it before the slot is [`FINISHED`], who takes after that.
//!
//! # Protocol
//! finish: 1 nobody listens? done, the outcome goes back  2 store it, unlock  3 set `FINISHED`  4 somebody waits? set the latch
//! wait:   1 `FINISHED`? take the outcome  2 enter a latch  3 set `WAITED`; was `FINISHED` set? take the outcome  4 wait for the latch, from 1
//! No wake-up is lost because 3 and 3 are changes of one word: whichever is later sees the other.
//!
//! # Locks
//! The outcome's; the latch's place, alone and shortly.

use std::sync::Arc;

use crate::latch::Latch;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// There is an outcome, or was.
const FINISHED: u8 = 1;
/// Nobody will ask for the outcome.
const UNLISTENED: u8 = 2;
/// Somebody waits, or did.
const WAITED: u8 = 4;

/// Where an outcome goes. On a cache line of its own: a handle and a worker that are at two neighbours must not slow each other down.
#[repr(align(64))]
pub(super) struct OutcomeSlot<K> {
    end: AtomicU8,
    /// For those who only want to know; late by a moment, and never set if nobody listens.
    has_begun: AtomicBool,
    outcome: Mutex<Option<K>>,
    latch: Mutex<Option<Arc<Latch>>>,
}

impl<K> OutcomeSlot<K> {
    pub(super) fn new() -> Self {
        Self {
            end: AtomicU8::new(0),
            has_begun: AtomicBool::new(false),
            outcome: Mutex::new(None),
            latch: Mutex::new(None),
        }
    }

    /// Notes that the work has been taken: whoever wants the outcome need not look for that any more.
    #[inline]
    pub(super) fn begin(&self) {
        if self.end.load(Ordering::Relaxed) & UNLISTENED == 0 {
            self.has_begun.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the work is known to have been taken.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed) || self.is_finished()
    }

    /// Whether there is an outcome, or was.
    pub(super) fn is_finished(&self) -> bool {
        self.end.load(Ordering::Acquire) & FINISHED != 0
    }

    /// Leaves the outcome for the handle. Returns it if nobody will ask for it.
    #[inline]
    pub(super) fn finish(&self, outcome: K) -> Option<K> {
        if self.end.load(Ordering::Acquire) & UNLISTENED != 0 {
            // The handle is gone: nobody else writes here.
            self.end.store(FINISHED | UNLISTENED, Ordering::Release);
            return Some(outcome);
        }
        *self.outcome.lock() = Some(outcome);
        let before = self.end.fetch_or(FINISHED, Ordering::AcqRel);
        if before & WAITED != 0 {
            self.tell();
        }
        if before & UNLISTENED != 0 {
            self.take_out()
        } else {
            None
        }
    }

    #[cold]
    fn tell(&self) {
        let latch = self.latch.lock().take();
        latch.into_iter().for_each(|latch| latch.set());
    }

    /// The one who finishes has the handle too: nobody else would ask for the outcome, or says that nobody does.
    pub(super) fn keep(&self) {
        self.end.store(FINISHED, Ordering::Release);
    }

    /// The outcome, or a latch that is set when there is one.
    pub(super) fn take(&self) -> Result<K, Arc<Latch>> {
        if self.is_finished()
            && let Some(outcome) = self.take_out()
        {
            return Ok(outcome);
        }
        let latch = Arc::clone(self.latch.lock().get_or_insert_with(|| Arc::new(Latch::new())));
        if self.end.fetch_or(WAITED, Ordering::AcqRel) & FINISHED == 0 {
            return Err(latch);
        }
        self.take_out().ok_or(latch)
    }

    /// Nobody will ask for the outcome. Returns it if it is there.
    #[inline]
    pub(super) fn unlisten(&self) -> Option<K> {
        if self.end.fetch_or(UNLISTENED, Ordering::AcqRel) & FINISHED == 0 {
            return None;
        }
        self.take_out()
    }

    fn take_out(&self) -> Option<K> {
        self.outcome.lock().take()
    }
}

#[cfg(all(test, loom))]
mod loom;
