//! Giving way to the worker that work was put in for, where both are on one processor.
//!
//! A thread that puts work in and then waits for it sleeps, and the worker wakes it: two system calls and two switches between threads, for each piece of work. If
//! it yields to the worker first, and the worker yields back when there is nothing more to do, two switches are left. But a thread that goes on
//! putting work in must not yield to each piece of it. Which kind it is shows by what became of the pieces before.

use std::sync::Arc;

use super::{Crew, Queue};
use crate::linger;
use crate::pool::worker;
use crate::sync::MutexGuard;

/// So many pushes in a row must each have found the queue empty before one gives way: whoever made them has waited each time, or has other things to do.
const HABIT: u32 = 8;
/// Then one of so many is left alone, and the next shows whether the queue is empty by itself.
const TRIED: u32 = 16;

/// Whether who puts work in waits for it, to judge by the last pushes.
#[derive(Debug, Default)]
pub(super) struct Handover {
    /// How many in a row have found the queue empty; once that is a habit, counted round and round.
    in_a_row: u32,
}

impl Handover {
    /// Notes a push, and whether it finds the queue empty. Returns whether to give way.
    #[inline]
    fn pushed(&mut self, finds_empty: bool) -> bool {
        if !finds_empty {
            self.in_a_row = 0;
            return false;
        }
        self.in_a_row += 1;
        if self.in_a_row == HABIT + TRIED {
            self.in_a_row = HABIT;
        }
        self.in_a_row > HABIT
    }
}

#[cfg(all(test, loom))]
impl Crew {
    /// In this model, a push that finds the queue empty gives way.
    pub(in crate::pool) fn gives_way_in_this_model(&self) {
        self.queue.lock().handover.in_a_row = HABIT;
    }
}

impl Queue {
    /// Notes that a closure is about to be put in. Returns whether to give way to a worker then.
    #[inline]
    pub(super) fn hands_over(&mut self) -> bool {
        let is_empty = self.waiting.is_empty();
        // A worker that puts work in goes on with its own task, and may take the work itself after it.
        self.handover.pushed(is_empty) && self.awake() > 0 && !worker::is_worker() && self.looked_on.is_here()
    }
}

impl Crew {
    /// Lets a worker take what was just put in, before another is called for it: until this looks again, nobody is.
    #[inline(never)]
    pub(super) fn give_way(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        if queue.is_seen_to() {
            drop(queue);
            return linger::give_way();
        }
        queue.giving_way += 1;
        drop(queue);
        linger::give_way();
        let mut queue = self.queue.lock();
        queue.giving_way -= 1;
        let call = queue.call_for_any();
        drop(queue);
        self.make(call);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// How many of `count` pushes give way if each finds the queue as `finds_empty` says, which hears whether the one before gave way.
    fn giving_way(handover: &mut Handover, count: u32, finds_empty: impl Fn(bool) -> bool) -> u32 {
        let mut gave_way = false;
        (0..count)
            .map(|_| {
                gave_way = handover.pushed(finds_empty(gave_way));
                u32::from(gave_way)
            })
            .sum()
    }

    #[test]
    fn who_waits_each_time_soon_gives_way_but_for_one_of_sixteen() {
        let mut handover = Handover::default();
        assert_eq!(giving_way(&mut handover, HABIT, |_| true), 0);
        assert_eq!(giving_way(&mut handover, 10 * TRIED, |_| true), 10 * (TRIED - 1));
    }

    #[test]
    fn who_goes_on_putting_work_in_gives_way_no_more_when_that_shows() {
        let mut handover = Handover::default();
        giving_way(&mut handover, HABIT + 1, |_| true);
        // It finds the queue empty only because it has given way.
        assert!(giving_way(&mut handover, 1000, |gave_way| gave_way) < TRIED);
        assert_eq!(giving_way(&mut handover, 1000, |gave_way| gave_way), 0);
    }

    #[test]
    fn who_puts_two_in_and_waits_does_not_give_way() {
        let mut handover = Handover::default();
        let mut finds = [true, false].into_iter().cycle();
        assert!((0..1000).all(|_| !handover.pushed(finds.next().unwrap_or_default())));
    }
}
