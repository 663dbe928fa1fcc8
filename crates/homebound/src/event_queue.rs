//! The queue of one loop: whatever crosses to its thread passes through here.
//!
//! Who uses it: any thread posts; the loop's own thread takes, sleeps and closes.
//!
//! # Invariants
//! 1. Events leave in the order in which they were posted, whoever posted them (D2 of the design); only events with a priority of their own
//!    overtake. Restored by nobody: `post` appends and `take` empties from the front, both under the lock.
//! 2. `any` is true whenever an event waits here. It may be true without one.
//! 3. `sleeping` is true only while the loop sleeps or is about to, and nothing waits. Whoever turns it to false wakes the loop.
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

use std::any::Any;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::iter;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};

#[cfg(all(test, loom))]
mod loom;

/// Events in one chunk: 16 KiB, so that a chunk is a few pages and a burst of thousands takes few of them.
const CHUNK: usize = 512;
/// Events in the first chunk of a loop.
const FIRST_CHUNK: usize = 16;
/// Emptied chunks that are kept for the posters.
const SPARE_CHUNKS: usize = 8;
/// Emptied boxes that are kept for the posters: what a few turns use.
const SPARE_BOXES: usize = 1024;

/// A box that can be emptied and filled again: a closure to run, or arguments.
pub(crate) trait Carrier: Send {
    /// Takes out what is carried and runs it with `object`; does nothing for arguments or when empty.
    fn run(&mut self, object: Option<&mut dyn Any>);
    fn as_any(&mut self) -> &mut dyn Any;
}

/// An event that says for whom it is.
pub(crate) trait Targeted {
    fn target(&self) -> u64;
}

/// Some events in the order of posting.
///
/// A cursor instead of a ring: an event is made in its place and read there, and is not carried through the stack on the way.
#[derive(Debug)]
struct Chunk<E> {
    events: Vec<Option<E>>,
    /// How many were taken; what lies before is nothing any more.
    taken: usize,
}

impl<E> Default for Chunk<E> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<E> Chunk<E> {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            events: Vec::with_capacity(capacity),
            taken: 0,
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.events.len() == self.events.capacity()
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn len(&self) -> usize {
        self.events.len() - self.taken
    }

    #[inline]
    fn push_with(&mut self, make: impl FnOnce() -> E) {
        // `extend` makes room first: then nothing can go wrong any more, and the event is made where it is to lie.
        self.events.extend(iter::once_with(|| Some(make())));
    }

    #[inline]
    fn front(&self) -> Option<&E> {
        self.events.get(self.taken)?.as_ref()
    }

    #[inline]
    fn pop(&mut self) -> Option<E> {
        let event = self.events.get_mut(self.taken)?.take();
        self.advance();
        event
    }

    /// Leaves the first behind.
    #[inline]
    fn advance(&mut self) {
        self.taken += 1;
        if self.taken >= self.events.len() {
            self.events.clear();
            self.taken = 0;
        }
    }

    fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<E>) {
        let capacity = self.events.capacity();
        let chunk = std::mem::replace(self, Self::with_capacity(capacity));
        for event in chunk.events.into_iter().skip(chunk.taken).flatten() {
            if belongs(&event) {
                into.push(event);
            } else {
                self.push_with(|| event);
            }
        }
    }
}

/// Events in the order of posting, in chunks.
#[derive(Debug)]
pub(crate) struct Chunks<E> {
    /// The oldest: it is emptied without a look at the others.
    first: Chunk<E>,
    rest: VecDeque<Chunk<E>>,
    empty: Vec<Chunk<E>>,
}

impl<E> Default for Chunks<E> {
    fn default() -> Self {
        Self {
            first: Chunk::default(),
            rest: VecDeque::new(),
            empty: Vec::new(),
        }
    }
}

impl<E> Chunks<E> {
    #[inline]
    pub(crate) fn push(&mut self, event: E) {
        self.push_with(|| event);
    }

    /// Appends what `make` makes, in its place. `make` does not panic.
    #[inline]
    pub(crate) fn push_with(&mut self, make: impl FnOnce() -> E) {
        if self.last().is_full() {
            self.add_chunk();
        }
        self.last().push_with(make);
    }

    #[inline]
    fn last(&mut self) -> &mut Chunk<E> {
        self.rest.back_mut().unwrap_or(&mut self.first)
    }

    #[cold]
    fn add_chunk(&mut self) {
        // The first chunk of a quiet loop is small: a program with thousands of loops at rest pays for few events each.
        let is_first = self.first.events.capacity() == 0;
        let capacity = if is_first { FIRST_CHUNK } else { CHUNK };
        let chunk = self.empty.pop().unwrap_or_else(|| Chunk::with_capacity(capacity));
        if is_first && self.rest.is_empty() {
            self.first = chunk;
        } else {
            self.rest.push_back(chunk);
        }
    }

    /// The first, without taking it.
    #[inline]
    pub(crate) fn front(&self) -> Option<&E> {
        self.first.front()
    }

    /// Leaves the first behind, which the caller has seen to. Nothing in it may need to be dropped.
    #[inline]
    pub(crate) fn skip_front(&mut self) {
        self.first.advance();
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<E> {
        self.first.pop().or_else(|| self.pop_from_rest())
    }

    #[cold]
    fn pop_from_rest(&mut self) -> Option<E> {
        while let Some(next) = self.rest.pop_front() {
            let emptied = std::mem::replace(&mut self.first, next);
            self.keep(emptied);
            if let Some(event) = self.first.pop() {
                return Some(event);
            }
        }
        None
    }

    fn keep(&mut self, chunk: Chunk<E>) {
        if self.empty.len() < SPARE_CHUNKS && chunk.events.capacity() >= CHUNK {
            self.empty.push(chunk);
        }
    }

    /// Moves all that waits in `other` behind what waits here.
    fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(&mut self.first, &mut other.first);
            std::mem::swap(&mut self.rest, &mut other.rest);
            return;
        }
        if !other.first.is_empty() {
            let chunk = self.empty.pop().unwrap_or_default();
            self.rest.push_back(std::mem::replace(&mut other.first, chunk));
        }
        self.rest.append(&mut other.rest);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.rest.iter().all(Chunk::is_empty)
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.iter().map(Chunk::len).sum::<usize>()
    }

    /// Takes out what `belongs` accepts, in order; the rest stays in order.
    pub(crate) fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<E>) {
        self.first.extract(belongs, into);
        for chunk in &mut self.rest {
            chunk.extract(belongs, into);
        }
    }
}

/// Events with a priority other than zero, by descending priority, in order within one.
#[derive(Debug)]
pub(crate) struct Prioritised<E>(BTreeMap<Reverse<i32>, VecDeque<E>>);

impl<E> Default for Prioritised<E> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<E> Prioritised<E> {
    pub(crate) fn push(&mut self, priority: i32, event: E) {
        self.0.entry(Reverse(priority)).or_default().push_back(event);
    }

    /// The next event above (or, at the end, below) the ordinary ones.
    pub(crate) fn pop(&mut self, above: bool) -> Option<E> {
        let mut first = self.0.first_entry()?;
        if (first.key().0 > 0) != above {
            return None;
        }
        let event = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        event
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn append(&mut self, other: &mut Self) {
        while let Some((Reverse(priority), events)) = other.0.pop_first() {
            self.0.entry(Reverse(priority)).or_default().extend(events);
        }
    }

    pub(crate) fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<(i32, E)>) {
        for (Reverse(priority), events) in &mut self.0 {
            for _ in 0..events.len() {
                let Some(event) = events.pop_front() else { break };
                if belongs(&event) {
                    into.push((*priority, event));
                } else {
                    events.push_back(event);
                }
            }
        }
        self.0.retain(|_, events| !events.is_empty());
    }
}

/// What the loop's thread holds of its own queue: events taken over and events posted at home, in one order.
pub(crate) struct LocalQueue<E> {
    pub(crate) events: Chunks<E>,
    pub(crate) prioritised: Prioritised<E>,
    /// Emptied boxes, on their way back to the posters.
    pub(crate) used: Vec<Box<dyn Carrier>>,
}

impl<E> Default for LocalQueue<E> {
    fn default() -> Self {
        Self {
            events: Chunks::default(),
            prioritised: Prioritised::default(),
            used: Vec::new(),
        }
    }
}

impl<E> LocalQueue<E> {
    /// Keeps an emptied box for the posters.
    #[inline]
    pub(crate) fn recycle(&mut self, carrier: Box<dyn Carrier>) {
        if self.used.len() < SPARE_BOXES {
            self.used.push(carrier);
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self, is_known: impl Fn(u64) -> bool) -> Option<E>
    where
        E: Targeted,
    {
        while !self.prioritised.0.is_empty()
            && let Some(event) = self.prioritised.pop(true)
        {
            if is_known(event.target()) {
                return Some(event);
            }
            // Its object is on its way here, as an ordinary event: this one must not come before it.
            self.events.push(event);
        }
        self.events.pop()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len() + self.prioritised.0.values().map(VecDeque::len).sum::<usize>()
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
    events: Chunks<E>,
    prioritised: Prioritised<E>,
    spare: Vec<Box<dyn Carrier>>,
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
                events: Chunks::default(),
                prioritised: Prioritised::default(),
                spare: Vec::new(),
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
        state.events.push_with(make);
        Some(self.appended(&mut state))
    }

    /// The middle of a post: the caller has looked at `closed` and, for an object that can move, at its home.
    #[inline]
    pub(crate) fn append(&self, state: &mut State<E>, event: E) -> Posted {
        state.events.push(event);
        self.appended(state)
    }

    pub(crate) fn append_with_priority(&self, state: &mut State<E>, priority: i32, event: E) -> Posted {
        if priority == 0 {
            return self.append(state, event);
        }
        state.prioritised.push(priority, event);
        if priority > 0 {
            self.urgent.0.store(true, Ordering::Release);
        }
        self.appended(state)
    }

    #[inline]
    fn appended(&self, state: &mut State<E>) -> Posted {
        // Release: the loop reads it without the lock; what it then takes, it takes under the lock, so only staleness matters.
        self.any.store(true, Ordering::Release);
        if std::mem::take(&mut state.sleeping) {
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

    /// Moves all that waits to the end of `local`, and returns emptied memory to the posters.
    pub(crate) fn take(&self, local: &mut LocalQueue<E>) {
        let surplus;
        {
            let mut state = self.state.lock();
            self.any.store(false, Ordering::Release);
            if !state.prioritised.0.is_empty() {
                self.urgent.0.store(false, Ordering::Release);
            }
            state.sleeping = false;
            local.events.append(&mut state.events);
            local.prioritised.append(&mut state.prioritised);
            while state.events.empty.len() < SPARE_CHUNKS
                && let Some(chunk) = local.events.empty.pop()
            {
                state.events.empty.push(chunk);
            }
            if state.spare.is_empty() {
                std::mem::swap(&mut state.spare, &mut local.used);
            } else {
                let room = SPARE_BOXES.saturating_sub(state.spare.len()).min(local.used.len());
                let from = local.used.len() - room;
                state.spare.extend(local.used.drain(from..));
            }
            surplus = std::mem::take(&mut local.used);
        }
        drop(surplus);
    }

    /// Decides, under the lock, whether the loop may sleep.
    pub(crate) fn prepare_sleep(&self) -> Sleep {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.nudged)
            || state.closed
            || !state.events.is_empty()
            || !state.prioritised.0.is_empty()
        {
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
        let state = &mut *state;
        LocalQueue {
            events: std::mem::take(&mut state.events),
            prioritised: std::mem::take(&mut state.prioritised),
            used: std::mem::take(&mut state.spare),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

impl<E> State<E> {
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Emptied boxes from the loop.
    #[inline]
    pub(crate) fn spare(&mut self) -> &mut Vec<Box<dyn Carrier>> {
        &mut self.spare
    }

    pub(crate) fn extract(
        &mut self,
        belongs: &mut dyn FnMut(&E) -> bool,
        into: &mut Vec<E>,
        prioritised: &mut Vec<(i32, E)>,
    ) {
        self.events.extract(belongs, into);
        self.prioritised.extract(belongs, prioritised);
    }
}

impl<E> std::fmt::Debug for State<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("waiting", &self.events.len())
            .field("sleeping", &self.sleeping)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
