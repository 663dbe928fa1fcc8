//! The queue of one loop: whatever crosses to its thread passes through here.
//!
//! Who uses it: any thread posts; the loop's own thread takes, sleeps and closes.
//!
//! # Invariants
//! 1. Events leave in the order in which they were posted, whoever posted them (D2 of the design); only events with a priority of their own
//!    overtake. Restored by nobody: `post` appends and `take` empties from the front, both under the lock.
//! 2. `any` is true whenever an event waits here. It may be true without one.
//! 3. `sleeping` is true only while the loop sleeps or is about to, and nothing waits. Another thread that turns it to false wakes the loop.
//! 4. After `close` nothing enters; whoever posts gets the event back.
//! 5. An object's events stand in one queue at a time: a post to an object that can move happens under the lock of the queue of its home,
//!    and the home changes only under that lock (see [`crate::home`]).
//!
//! # Protocol
//! post:  1 lock  2 closed? hand back  3 append, set `any`  4 was `sleeping`? clear it  5 unlock  6 cleared in 4: wake
//! sleep: 1 lock  2 anything here? do not sleep  3 set `sleeping`  4 unlock  5 park  6 look again
//! The wake-up cannot be lost because step 2–3 of sleeping and step 3–4 of posting exclude each other under one lock: either the
//! sleeper sees the event, or the poster sees the sleeper. An unpark that comes before the park makes the park return at once.
//!
//! # Memory
//! Freeing on one thread what another allocated is the dearest part of a naive queue. So emptied chunks and boxes are sent back: the
//! loop returns them when it next takes events, and posters fill them again.
//!
//! # Locks
//! One. Where two queues are locked (a move), the one with the smaller number comes first. No user code runs under it, and wakes come after it.

mod chunks;
mod prioritised;
mod spare;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};

pub(crate) use chunks::Chunks;
pub(crate) use prioritised::Prioritised;
pub(crate) use spare::{Carrier, Spare, Unused};

#[cfg(all(test, loom))]
mod loom;

/// An event that says for whom it is.
pub(crate) trait Targeted {
    fn target(&self) -> u64;
}

/// Events in one order, and the memory for more: what waits in the shared queue, and what the loop's thread holds of it (events taken over and events
/// posted at home).
pub(crate) struct LocalQueue<E> {
    pub(crate) events: Chunks<E>,
    pub(crate) prioritised: Prioritised<E>,
    pub(crate) spare: Spare,
}

impl<E> Default for LocalQueue<E> {
    fn default() -> Self {
        Self {
            events: Chunks::default(),
            prioritised: Prioritised::default(),
            spare: Spare::default(),
        }
    }
}

impl<E> LocalQueue<E> {
    /// Appends an event, or lets it overtake those of a lower priority.
    pub(crate) fn push(&mut self, priority: i32, event: E) {
        if priority == 0 {
            self.events.push(event);
        } else {
            self.prioritised.push(priority, event);
        }
    }

    /// Takes the next event that overtakes the ordinary ones.
    pub(crate) fn pop_urgent(&mut self, is_known: impl Fn(u64) -> bool) -> Option<E>
    where
        E: Targeted,
    {
        while let Some(event) = self.prioritised.pop(true) {
            if is_known(event.target()) {
                return Some(event);
            }
            // Its object is on its way here, as an ordinary event: this one must not come before it.
            self.events.push(event);
        }
        None
    }

    /// Takes all that is left, in order.
    pub(crate) fn pop_any(&mut self) -> Option<E> {
        self.prioritised
            .pop(true)
            .or_else(|| self.events.pop())
            .or_else(|| self.prioritised.pop(false))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.prioritised.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len() + self.prioritised.len()
    }
}

/// The shared half of a loop's queue.
#[derive(Debug)]
pub(crate) struct EventQueue<E> {
    any: AtomicBool,
    urgent: Urgent,
    state: Mutex<State<E>>,
}

/// Whether something waits here that overtakes what the loop holds already. On a line of its own: the loop looks at it before each event, and
/// must not meet there what every post writes.
#[derive(Debug)]
#[repr(align(64))]
struct Urgent(AtomicBool);

pub(crate) struct State<E> {
    waiting: LocalQueue<E>,
    sleeping: bool,
    /// Somebody wants the loop to look around, without an event for it.
    nudged: bool,
    closed: bool,
}

/// What the poster has to do after a post.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// The loop is awake.
    Queued,
    /// The loop slept: the poster wakes it.
    WakeIt,
}

impl Posted {
    /// What two posts to one queue ask of the poster.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::WakeIt { self } else { other }
    }
}

/// Whether the loop may sleep.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// Nothing waits; from now on the next poster wakes the loop.
    Now,
    /// Something has arrived.
    NotYet,
}

impl<E> EventQueue<E> {
    pub(crate) fn new() -> Self {
        Self {
            any: AtomicBool::new(false),
            urgent: Urgent(AtomicBool::new(false)),
            state: Mutex::new(State {
                waiting: LocalQueue::default(),
                sleeping: false,
                nudged: false,
                closed: false,
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock()
    }

    /// Appends `event`, or hands it back if the queue is closed.
    pub(crate) fn post(&self, event: E) -> Result<Posted, E> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(event);
        }
        Ok(self.append(&mut state, event))
    }

    /// Appends what `make` makes, in place. `None` if the queue is closed.
    #[inline]
    pub(crate) fn post_made(&self, make: impl FnOnce() -> E) -> Option<Posted> {
        let mut state = self.state.lock();
        if state.closed {
            return None;
        }
        state.waiting.events.push_with(make);
        Some(self.appended(&mut state))
    }

    /// The middle of a post: the caller has looked at `closed` and, for an object that can move, at its home.
    #[inline]
    pub(crate) fn append(&self, state: &mut State<E>, event: E) -> Posted {
        state.waiting.events.push(event);
        self.appended(state)
    }

    /// Lets `put` append something of this priority where it is to lie. `put` does not panic, and calls nothing of the user's.
    #[inline]
    pub(crate) fn append_with<R>(
        &self,
        state: &mut State<E>,
        priority: i32,
        put: impl FnOnce(&mut LocalQueue<E>) -> R,
    ) -> (Posted, R) {
        let result = put(&mut state.waiting);
        if priority > 0 {
            self.urgent.0.store(true, Ordering::Release);
        }
        (self.appended(state), result)
    }

    pub(crate) fn append_with_priority(&self, state: &mut State<E>, priority: i32, event: E) -> Posted {
        self.append_with(state, priority, |waiting| waiting.push(priority, event))
            .0
    }

    #[inline]
    fn appended(&self, state: &mut State<E>) -> Posted {
        // Written only where they change: the loop looks at the one, and has both written when it took events. Under the lock nobody else changes them.
        if !self.any.load(Ordering::Relaxed) {
            // Release: the loop reads it without the lock; what it then takes, it takes under the lock, so only staleness matters.
            self.any.store(true, Ordering::Release);
        }
        if state.sleeping {
            state.sleeping = false;
            Posted::WakeIt
        } else {
            Posted::Queued
        }
    }

    /// Whether something may wait here; a plain load, for the loop's own thread.
    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Whether something of a high priority waits here; a plain load, for the loop's own thread.
    #[inline]
    pub(crate) fn has_urgent(&self) -> bool {
        self.urgent.0.load(Ordering::Acquire)
    }

    /// Moves all that waits to the end of `local`, and returns emptied memory to the posters. Returns how much that was.
    pub(crate) fn take(&self, local: &mut LocalQueue<E>) -> usize {
        let (taken, surplus);
        {
            let mut state = self.state.lock();
            self.any.store(false, Ordering::Release);
            state.sleeping = false;
            let waiting = &mut state.waiting;
            // Also where what was urgent has moved away: else the loop would come here before each event.
            if self.urgent.0.load(Ordering::Relaxed) {
                self.urgent.0.store(false, Ordering::Release);
            }
            taken = waiting.len();
            local.events.append(&mut waiting.events);
            local.prioritised.append(&mut waiting.prioritised);
            local.events.give_back(&mut waiting.events);
            surplus = local.spare.give_back(&mut waiting.spare);
        }
        drop(surplus);
        taken
    }

    /// Decides, under the lock, whether the loop may sleep.
    pub(crate) fn prepare_sleep(&self) -> Sleep {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.nudged) || state.closed || !state.waiting.is_empty() {
            return Sleep::NotYet;
        }
        state.sleeping = true;
        Sleep::Now
    }

    /// Says that the loop runs again, whatever woke it. Returns whether it was marked as sleeping until now.
    pub(crate) fn awake(&self) -> bool {
        std::mem::take(&mut self.state.lock().sleeping)
    }

    /// Lets the loop look around before it next sleeps. For wake-ups without an event: a request to quit, a clock that was moved.
    pub(crate) fn nudge(&self) -> Posted {
        let mut state = self.state.lock();
        state.nudged = true;
        if std::mem::take(&mut state.sleeping) {
            Posted::WakeIt
        } else {
            Posted::Queued
        }
    }

    /// Closes the queue and returns what still waits. Posts fail from now on.
    pub(crate) fn close(&self) -> LocalQueue<E> {
        let mut state = self.state.lock();
        state.closed = true;
        std::mem::take(&mut state.waiting)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

impl<E> State<E> {
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn extract(
        &mut self,
        belongs: &mut dyn FnMut(&E) -> bool,
        into: &mut Vec<E>,
        prioritised: &mut Vec<(i32, E)>,
    ) {
        self.waiting.events.extract(belongs, into);
        self.waiting.prioritised.extract(belongs, prioritised);
    }
}

impl<E> std::fmt::Debug for State<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("waiting", &self.waiting.len())
            .field("sleeping", &self.sleeping)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
