//! A hierarchical wheel of timers: starting, restarting and stopping cost the same with ten timers or a million.
//!
//! Who uses it: the timers of one loop, on that loop's thread. It knows no clock: time is handed in, in nanoseconds since the
//! clock's beginning, so that it is tested by arithmetic.
//!
//! A tick is 4.096 µs. Level 0 has a slot for each of 64 ticks, level 1 for each of 64 × 64, and so on; nine levels cover all of
//! `u64`. A timer lies on the level of the highest digit (base 64) in which its tick differs from `elapsed`. As time reaches a slot,
//! its timers move to lower levels, at last into `ready`, a heap ordered to the nanosecond. So a tick decides only where a timer
//! waits, never when it fires: it is due from its due time on, not before, and not a tick later.
//!
//! # Invariants
//! 1. A timer of the wheel has a tick greater than `elapsed` and lies on the level and in the slot that its tick and `elapsed` give;
//!    [`TimerWheel::place`] alone puts it there. Moving `elapsed` forward keeps this as long as no occupied slot is passed.
//! 2. So the earliest timers of the wheel are in the lowest occupied slot of the lowest occupied level.
//! 3. A timer in `ready` has a tick of at most `elapsed`, hence is due before every timer of the wheel.
//! 4. A slot that time has reached is `moving` until it is empty; until then nothing is taken from `ready`. No timer is placed in
//!    it meanwhile, for it is no longer ahead of `elapsed`.
//! 5. A bit is set exactly for an occupied slot, and for a level that has one.
//! 6. `next`, while `known`, is not later than any due time.
//! 7. An index and a version name one timer for ever: a vacated entry counts its version up, and is given up when that would wrap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[cfg(test)]
mod tests;

const TICK_BITS: u32 = 12;
const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
/// 64 − 12 bits of tick in digits of 6 bits.
const LEVELS: usize = 9;

/// The end of a list.
const NIL: u32 = u32::MAX;
/// In place of a list's number: the timer is in `ready`, or there is none.
const READY: u16 = u16::MAX;
const VACANT: u16 = u16::MAX - 1;

/// How many timers one call moves between levels at most: well below a millisecond, also when each is a cache miss.
const MOVES: usize = 4_096;
/// How many timers of a slot are looked at for the exact next due time. A slot with more of them wakes once at its beginning.
const LOOKED_AT: usize = 32;
/// Stopped timers stay in `ready` until they outnumber the others; this many are never worth a sweep.
const STALE: usize = 64;

/// Names a timer of a [`TimerWheel`]. A key of a timer that has fired or was removed names nothing, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TimerKey {
    index: u32,
    version: u32,
}

/// The answer of [`TimerWheel::pop_due`].
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Popped<T> {
    /// This timer is due. It has left the wheel.
    Due { key: TimerKey, due: u64, payload: T },
    /// So many timers had to be moved that the caller should see to others before it asks again.
    Unfinished,
    /// Nothing is due; [`TimerWheel::next_due`] says when to ask again.
    Later,
}

/// Timers with a payload, ordered by their due time and, where that is the same, by the order of starting.
pub(crate) struct TimerWheel<T> {
    entries: Vec<Entry<T>>,
    vacant: u32,
    len: usize,
    /// The first timer of each slot, level by level.
    heads: Box<[u32; LEVELS * SLOTS]>,
    occupied: [u64; LEVELS],
    occupied_levels: u16,
    /// The tick that the wheel stands at.
    elapsed: u64,
    /// The slot that is being moved to lower levels.
    moving: Option<u16>,
    ready: BinaryHeap<Reverse<Ready>>,
    stale: usize,
    /// Whether `next` is up to date.
    known: bool,
    next: Option<u64>,
    starts: u64,
}

struct Entry<T> {
    due: u64,
    /// Counts up with each start and restart.
    order: u64,
    previous: u32,
    /// The next of the slot, or the next vacant one.
    next: u32,
    version: u32,
    list: u16,
    payload: Option<T>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    due: u64,
    order: u64,
    index: u32,
}

impl<T> TimerWheel<T> {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            vacant: NIL,
            len: 0,
            heads: Box::new([NIL; LEVELS * SLOTS]),
            occupied: [0; LEVELS],
            occupied_levels: 0,
            elapsed: 0,
            moving: None,
            ready: BinaryHeap::new(),
            stale: 0,
            known: true,
            next: None,
            starts: 0,
        }
    }

    /// How many timers run.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Starts a timer. A due time in the past is due at once.
    #[inline]
    pub(crate) fn insert(&mut self, due: u64, payload: T) -> TimerKey {
        let index = self.vacant;
        let index = if let Some(entry) = self.entries.get_mut(index as usize) {
            self.vacant = entry.next;
            entry.payload = Some(payload);
            index
        } else {
            self.grow(payload)
        };
        self.len += 1;
        self.start(index, due);
        TimerKey {
            index,
            version: self.entries[index as usize].version,
        }
    }

    /// Starts a running timer anew. Returns whether it was running.
    #[inline]
    #[must_use]
    pub(crate) fn reschedule(&mut self, key: TimerKey, due: u64) -> bool {
        if self.running(key).is_none() {
            return false;
        }
        self.take_out(key.index);
        self.start(key.index, due);
        true
    }

    /// Stops a timer and returns its payload, unless it has fired or was removed before.
    #[inline]
    pub(crate) fn remove(&mut self, key: TimerKey) -> Option<T> {
        self.running(key)?;
        self.take_out(key.index);
        self.vacate(key.index)
    }

    /// When the timer is due.
    #[cfg(test)]
    pub(crate) fn due(&self, key: TimerKey) -> Option<u64> {
        self.running(key).map(|entry| entry.due)
    }

    /// When to call [`pop_due`](Self::pop_due) next. A value that has passed means at once.
    ///
    /// It is the due time of the next timer. Only if more than 32 wait in the same slot far ahead, it is the beginning of that
    /// slot: waking then finds nothing due, and the next answer is closer.
    #[inline]
    pub(crate) fn next_due(&mut self) -> Option<u64> {
        if !self.known {
            self.next = self.find_next();
            self.known = true;
        }
        self.next
    }

    /// The number of starts and restarts so far.
    #[inline]
    pub(crate) fn starts(&self) -> u64 {
        self.starts
    }

    /// Whether a timer of this kind is due at `now`, as far as time has reached: for after a [`pop_due`](Self::pop_due).
    pub(crate) fn has_due(&self, now: u64, is_meant: impl Fn(&T) -> bool) -> bool {
        self.ready.iter().any(|Reverse(ready)| {
            ready.due <= now
                && ready.is_current(&self.entries)
                && self.entries[ready.index as usize]
                    .payload
                    .as_ref()
                    .is_some_and(&is_meant)
        })
    }

    /// Takes the first timer that is due at `now` and was started before the start with the number `before`.
    ///
    /// Timers may be started, restarted and stopped between two calls: one that was stopped does not come. Time that runs backwards
    /// stands still.
    #[inline]
    pub(crate) fn pop_due(&mut self, now: u64, before: u64) -> Popped<T> {
        if self.known && self.next.is_none_or(|next| now < next) {
            return Popped::Later;
        }
        self.pop(now, before)
    }

    fn pop(&mut self, now: u64, before: u64) -> Popped<T> {
        let tick = now >> TICK_BITS;
        let mut moves = MOVES;
        loop {
            if !self.settle(&mut moves) {
                self.known = false;
                return Popped::Unfinished;
            }
            if let Some((index, due)) = self.first_ready() {
                if due <= now && self.entries[index as usize].order < before {
                    self.ready.pop();
                    return self.fire(index);
                }
                break;
            }
            match self.first_slot() {
                Some((list, start)) if start <= tick => {
                    self.elapsed = start;
                    self.moving = Some(list);
                }
                _ => {
                    self.elapsed = self.elapsed.max(tick);
                    break;
                }
            }
        }
        self.known = false;
        self.next_due();
        Popped::Later
    }

    /// Moves what is left of the slot that time has reached. Returns whether it is empty.
    #[inline]
    fn settle(&mut self, moves: &mut usize) -> bool {
        let Some(list) = self.moving else { return true };
        while self.heads[list as usize] != NIL {
            if *moves == 0 {
                return false;
            }
            *moves -= 1;
            let index = self.heads[list as usize];
            self.unlink(index);
            self.place(index);
        }
        self.moving = None;
        true
    }

    fn fire(&mut self, index: u32) -> Popped<T> {
        self.known = false;
        let Entry { due, version, .. } = self.entries[index as usize];
        match self.vacate(index) {
            Some(payload) => Popped::Due {
                key: TimerKey { index, version },
                due,
                payload,
            },
            None => unreachable!("a timer in `ready` has its payload"),
        }
    }

    /// The first timer of `ready`; those that were stopped are swept away.
    #[inline]
    fn first_ready(&mut self) -> Option<(u32, u64)> {
        while let Some(Reverse(first)) = self.ready.peek() {
            if first.is_current(&self.entries) {
                return Some((first.index, first.due));
            }
            self.ready.pop();
            self.stale -= 1;
        }
        None
    }

    /// The earliest slot and the tick that it begins with.
    #[inline]
    fn first_slot(&self) -> Option<(u16, u64)> {
        if self.occupied_levels == 0 {
            return None;
        }
        let level = self.occupied_levels.trailing_zeros();
        let slot = self.occupied[level as usize].trailing_zeros();
        let above = DIGIT_BITS * (level + 1);
        let start = (self.elapsed >> above << above) | (u64::from(slot) << (DIGIT_BITS * level));
        Some((list_number(level, slot), start))
    }

    fn find_next(&mut self) -> Option<u64> {
        if self.moving.is_some() {
            return Some(self.elapsed << TICK_BITS);
        }
        if let Some((_, due)) = self.first_ready() {
            return Some(due);
        }
        let (list, start) = self.first_slot()?;
        let mut earliest = u64::MAX;
        let mut index = self.heads[list as usize];
        for _ in 0..LOOKED_AT {
            let Some(entry) = self.entries.get(index as usize) else {
                return Some(earliest);
            };
            earliest = earliest.min(entry.due);
            index = entry.next;
        }
        Some(if index == NIL { earliest } else { start << TICK_BITS })
    }

    #[inline]
    fn running(&self, key: TimerKey) -> Option<&Entry<T>> {
        self.entries
            .get(key.index as usize)
            .filter(|entry| entry.version == key.version && entry.list != VACANT)
    }

    #[inline]
    fn start(&mut self, index: u32, due: u64) {
        let entry = &mut self.entries[index as usize];
        entry.due = due;
        entry.order = self.starts;
        self.starts += 1;
        self.place(index);
        if self.known && self.next.is_none_or(|next| due < next) {
            self.next = Some(due);
        }
    }

    /// Takes a running timer out of its slot or out of `ready`.
    #[inline]
    fn take_out(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        if self.next == Some(entry.due) {
            self.known = false;
        }
        if entry.list == READY {
            entry.list = VACANT;
            self.stale += 1;
            if self.stale > STALE && self.stale * 2 > self.ready.len() {
                self.sweep();
            }
        } else {
            self.unlink(index);
        }
    }

    #[cold]
    fn sweep(&mut self) {
        let entries = &self.entries;
        self.ready.retain(|Reverse(ready)| ready.is_current(entries));
        self.stale = 0;
    }

    /// Puts a timer that lies nowhere to where its due time belongs.
    #[inline]
    fn place(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        let tick = entry.due >> TICK_BITS;
        if tick <= self.elapsed {
            entry.list = READY;
            self.ready.push(Reverse(Ready {
                due: entry.due,
                order: entry.order,
                index,
            }));
            return;
        }
        let (level, slot) = level_and_slot(tick, self.elapsed);
        let list = list_number(level, slot);
        let head = std::mem::replace(&mut self.heads[list as usize], index);
        entry.list = list;
        entry.previous = NIL;
        entry.next = head;
        if let Some(second) = self.entries.get_mut(head as usize) {
            second.previous = index;
        } else {
            self.occupied[level as usize] |= 1 << slot;
            self.occupied_levels |= 1 << level;
        }
    }

    #[inline]
    fn unlink(&mut self, index: u32) {
        let Entry {
            previous, next, list, ..
        } = self.entries[index as usize];
        if let Some(after) = self.entries.get_mut(next as usize) {
            after.previous = previous;
        }
        if let Some(before) = self.entries.get_mut(previous as usize) {
            before.next = next;
            return;
        }
        self.heads[list as usize] = next;
        if next == NIL {
            let (level, slot) = (list as usize / SLOTS, list as usize % SLOTS);
            self.occupied[level] &= !(1 << slot);
            if self.occupied[level] == 0 {
                self.occupied_levels &= !(1 << level);
            }
        }
    }

    #[cold]
    fn grow(&mut self, payload: T) -> u32 {
        let index = u32::try_from(self.entries.len())
            .ok()
            .filter(|&index| index != NIL)
            .expect("fewer than 2^32 timers");
        let payload = Some(payload);
        self.entries.push(Entry {
            due: 0,
            order: 0,
            previous: NIL,
            next: NIL,
            version: 0,
            list: VACANT,
            payload,
        });
        index
    }

    #[inline]
    fn vacate(&mut self, index: u32) -> Option<T> {
        let entry = &mut self.entries[index as usize];
        entry.list = VACANT;
        self.len -= 1;
        // The last version is never used again: a key of it would name two timers.
        if let Some(version) = entry.version.checked_add(1) {
            entry.version = version;
            entry.next = self.vacant;
            self.vacant = index;
        }
        entry.payload.take()
    }
}

impl<T> std::fmt::Debug for TimerWheel<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimerWheel")
            .field("len", &self.len)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

impl Ready {
    /// Whether this is still the last start of a running timer.
    #[inline]
    fn is_current<T>(&self, entries: &[Entry<T>]) -> bool {
        let entry = &entries[self.index as usize];
        entry.list == READY && entry.order == self.order
    }
}

/// Where a tick ahead of `elapsed` lies: at the highest digit in which the two differ.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "of the shifted tick only the lowest digit counts"
)]
fn level_and_slot(tick: u64, elapsed: u64) -> (u32, u32) {
    let level = (tick ^ elapsed).ilog2() / DIGIT_BITS;
    let slot = (tick >> (DIGIT_BITS * level)) as u32 % SLOTS as u32;
    (level, slot)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "9 × 64 lists")]
fn list_number(level: u32, slot: u32) -> u16 {
    (level as usize * SLOTS + slot as usize) as u16
}
