//! Where a task's work stands until somebody runs it, and its outcome until somebody takes it.
//!
//! Who uses it: whoever claims the work (a worker, one who waits for it, one who cancels it) finishes it; the handle takes the outcome,
//! waits for it, or lets it go.
//!
//! # Invariants
//! 1. The content's lock is held from the claim to the finish, so it is taken twice in a slot's life as a rule: by the claim, which never
//!    waits for it, and, once the slot is [`FINISHED`], by whoever takes the outcome. Nobody else ever waits for it: user code runs under it.
//! 2. Who has the lock and finds work has claimed it; there is work only until the first claim.
//! 3. The outcome goes to the handle, or back to the one who finished, never to both and never to nobody: both announce themselves in `end`
//!    by a read-modify-write, and the later one has it.
//!
//! # Protocol
//! finish: 1 nobody listens? done, the outcome goes back  2 store it, unlock  3 set `FINISHED`  4 somebody waits? set the latch
//! wait:   1 `FINISHED`? take the outcome  2 enter a latch  3 set `WAITED`; was `FINISHED` set? take the outcome  4 wait for the latch, from 1
//! No wake-up is lost because 3 and 3 are changes of one word: whichever is later sees the other.
//!
//! # Locks
//! The content's; the latch's place, alone and shortly.

use std::sync::Arc;

use crate::latch::Latch;
use crate::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// There is an outcome, or was.
const FINISHED: u8 = 1;
/// Nobody will ask for the outcome.
const UNLISTENED: u8 = 2;
/// Somebody waits, or did.
const WAITED: u8 = 4;

/// Work that becomes an outcome.
pub(super) struct Slot<W, K> {
    content: Mutex<Content<W, K>>,
    /// For those who only want to know; late by a moment.
    is_claimed: AtomicBool,
    end: AtomicU8,
    latch: Mutex<Option<Arc<Latch>>>,
}

enum Content<W, K> {
    Work(W),
    Nothing,
    Outcome(K),
}

/// Work that was claimed; whoever holds this owes the outcome.
#[must_use]
pub(super) struct Claim<'a, W, K> {
    slot: &'a Slot<W, K>,
    content: MutexGuard<'a, Content<W, K>>,
}

impl<W, K> Slot<W, K> {
    pub(super) fn new(work: W) -> Self {
        Self {
            content: Mutex::new(Content::Work(work)),
            is_claimed: AtomicBool::new(false),
            end: AtomicU8::new(0),
            latch: Mutex::new(None),
        }
    }

    /// A slot that is to be filled, once, before anybody else knows of it.
    pub(super) fn empty() -> Self {
        Self {
            content: Mutex::new(Content::Nothing),
            is_claimed: AtomicBool::new(false),
            end: AtomicU8::new(0),
            latch: Mutex::new(None),
        }
    }

    #[inline]
    pub(super) fn fill(&self, work: W) {
        *self.content.lock() = Content::Work(work);
    }

    /// Takes the work, if it is still there.
    #[inline]
    pub(super) fn claim(&self) -> Option<(W, Claim<'_, W, K>)> {
        let mut content = self.content.try_lock()?;
        if !matches!(*content, Content::Work(_)) {
            return None;
        }
        let Content::Work(work) = std::mem::replace(&mut *content, Content::Nothing) else {
            return None;
        };
        self.is_claimed.store(true, Ordering::Release);
        Some((work, Claim { slot: self, content }))
    }

    /// Whether the work is gone.
    pub(super) fn is_claimed(&self) -> bool {
        self.is_claimed.load(Ordering::Acquire)
    }

    /// Whether there is an outcome, or was.
    pub(super) fn is_finished(&self) -> bool {
        self.end.load(Ordering::Acquire) & FINISHED != 0
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
    pub(super) fn unlisten(&self) -> Option<K> {
        if self.end.fetch_or(UNLISTENED, Ordering::AcqRel) & FINISHED == 0 {
            return None;
        }
        self.take_out()
    }

    /// Waits for nobody: the slot is finished.
    fn take_out(&self) -> Option<K> {
        let mut content = self.content.lock();
        match std::mem::replace(&mut *content, Content::Nothing) {
            Content::Outcome(outcome) => Some(outcome),
            other => {
                *content = other;
                None
            }
        }
    }
}

impl<W, K> Claim<'_, W, K> {
    /// Leaves the outcome for the handle. Returns it if nobody will ask for it.
    #[inline]
    pub(super) fn finish(self, outcome: K) -> Option<K> {
        let Self { slot, mut content } = self;
        if slot.end.load(Ordering::Acquire) & UNLISTENED != 0 {
            drop(content);
            // The handle is gone: nobody else writes here.
            slot.end.store(FINISHED | UNLISTENED, Ordering::Release);
            return Some(outcome);
        }
        *content = Content::Outcome(outcome);
        drop(content);
        let before = slot.end.fetch_or(FINISHED, Ordering::AcqRel);
        if before & WAITED != 0 {
            let latch = slot.latch.lock().take();
            latch.into_iter().for_each(|latch| latch.set());
        }
        if before & UNLISTENED != 0 {
            slot.take_out()
        } else {
            None
        }
    }

    /// The one who claimed has the handle too: nobody else would ask for the outcome, or says that nobody does.
    pub(super) fn keep(self) {
        let Self { slot, content } = self;
        drop(content);
        slot.end.store(FINISHED, Ordering::Release);
    }
}

#[cfg(all(test, loom))]
mod loom;
