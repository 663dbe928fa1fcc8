//! A connection's own row of waiting values, with a limit.
//!
//! Who uses it: emitters put, the receiver's home takes.
//!
//! # Invariants
//! 1. At most `capacity` values wait.
//! 2. `told` is the number of events on their way that say "take the next". Unless a batch is taken at once, it equals the number of values that wait, so that a value keeps
//!    its place among all events of its home. For a batch it is at most 1.
//! 3. Once `ended`, nothing waits and nobody waits for room.
//!
//! # Protocol
//! put:  1 lock  2 ended? say so  3 room? append  4 no room: by the policy drop the oldest, drop the new one, or wait on `room` and from 2  5 unlock
//! take: 1 lock  2 take out  3 unlock  4 notify one who waits, if there is enough room
//! No wake-up is lost because room is made and looked for under the one lock, and each value that waits is taken in the end: room grows until it is enough.
//!
//! # Locks
//! One; values are dropped and nobody is called after it is released.

use std::collections::VecDeque;

use super::home_lock::{HomeLock, give_way};
use super::{Overflow, Put};
use crate::blocking;
use crate::sync::Condvar;
use crate::unhandled;

#[cfg(all(test, loom))]
mod loom;

#[derive(Debug)]
pub(crate) struct Bounded<A> {
    state: HomeLock<State<A>>,
    room: Condvar,
    capacity: usize,
    /// Who waits goes on when so much room is there.
    enough: usize,
    overflow: Overflow,
    whole: bool,
}

/// The room that is worth waking a waiting thread for. With less, each value taken would wake one that can put a single one.
const ENOUGH: usize = 64;

#[derive(Debug)]
struct State<A> {
    values: VecDeque<A>,
    told: usize,
    dropped: u64,
    waiters: usize,
    roused: u64,
    ended: bool,
}

impl<A> State<A> {
    fn count_dropped(&mut self) -> u64 {
        self.dropped += 1;
        self.dropped
    }
}

impl<A> Bounded<A> {
    /// `whole` says that all that waits is taken at once.
    pub(crate) fn new(capacity: usize, overflow: Overflow, whole: bool) -> Self {
        let state = State {
            values: VecDeque::new(),
            told: 0,
            dropped: 0,
            waiters: 0,
            roused: 0,
            ended: false,
        };
        let capacity = capacity.max(1);
        Self {
            state: HomeLock::new(state),
            room: Condvar::new(),
            capacity,
            enough: (capacity / 2).clamp(1, ENOUGH),
            overflow,
            whole,
        }
    }

    /// Puts a value; waits for room only as long as `may_wait` says so. It is asked under no lock, and again when the wait was roused.
    pub(crate) fn put(&self, value: A, may_wait: impl Fn() -> bool) -> Put {
        let mut state = self.state.lock();
        loop {
            if state.ended {
                return Put::Ended;
            }
            if state.values.len() < self.capacity {
                state.values.push_back(value);
                return self.tell(&mut state);
            }
            match self.overflow {
                Overflow::DropOldest => {
                    let oldest = state.values.pop_front();
                    state.values.push_back(value);
                    let dropped = state.count_dropped();
                    drop(state);
                    drop(oldest);
                    give_way(dropped);
                    return Put::Kept;
                }
                Overflow::DropNewest => {
                    let dropped = state.count_dropped();
                    drop(state);
                    drop(value);
                    give_way(dropped);
                    return Put::Kept;
                }
                Overflow::Wait => {
                    let roused = state.roused;
                    drop(state);
                    if !may_wait() {
                        return Put::Full;
                    }
                    blocking::wait(|| self.wait_for_room(roused));
                    state = self.state.lock();
                }
            }
        }
    }

    /// Returns when there was enough room, the row has ended, or it was roused more often than that; another may have taken the room since.
    fn wait_for_room(&self, roused: u64) {
        let mut state = self.state.lock();
        state.waiters += 1;
        while !self.has_enough(&state) && !state.ended && state.roused == roused {
            self.room.wait(state.plain());
        }
        state.waiters -= 1;
    }

    fn has_enough(&self, state: &State<A>) -> bool {
        self.capacity - state.values.len() >= self.enough
    }

    /// Lets those who wait for room look whether they still may.
    pub(crate) fn rouse(&self) {
        self.state.lock().roused += 1;
        self.room.notify_all();
    }

    fn tell(&self, state: &mut State<A>) -> Put {
        if self.whole && state.told > 0 {
            return Put::Kept;
        }
        state.told += 1;
        Put::Tell
    }

    /// Takes the oldest value, for one event.
    pub(crate) fn take(&self) -> Option<A> {
        let mut state = self.state.lock_at_home();
        state.told = state.told.saturating_sub(1);
        let value = state.values.pop_front();
        let room_for_a_waiter = state.waiters > 0 && self.has_enough(&state);
        drop(state);
        if room_for_a_waiter {
            self.room.notify_one();
        }
        value
    }

    /// Takes all that waits, into `into`.
    pub(crate) fn take_all(&self, into: &mut Vec<A>) {
        let mut state = self.state.lock_at_home();
        state.told = 0;
        into.extend(state.values.drain(..));
        let someone_waits = state.waiters > 0;
        drop(state);
        if someone_waits {
            self.room.notify_all();
        }
    }

    /// Ends the row: whoever waits for room goes on, what waits is dropped. Returns how many values that were.
    pub(crate) fn end(&self) -> usize {
        let mut state = self.state.lock();
        state.ended = true;
        let values = std::mem::take(&mut state.values);
        drop(state);
        self.room.notify_all();
        let left = values.len();
        // One by one: a second panic while the first unwinds would abort the program.
        for value in values {
            unhandled::drop_caught("a value that waited", value);
        }
        left
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.state.lock().dropped
    }
}
