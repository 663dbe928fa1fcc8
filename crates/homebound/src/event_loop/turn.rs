//! The turn: a bounded batch of events, due timers, idle work; and the sleep between turns.
//!
//! # Protocol of sleeping
//! 1 nothing to do  2 `prepare_sleep`: under the queue's lock, look once more and mark as sleeping  3 park until a wake or the next timer
//! 4 no longer sleeping  5 the next turn looks at everything. Why no wake-up is lost stands in [`crate::event_queue`].

use std::rc::Rc;
use std::time::Duration;

use super::Idle;
use super::inner::LoopInner;
use crate::clock::Clock;
use crate::event_queue::Sleep;
use crate::linger;
use crate::panic_guard;
use crate::sync::atomic::Ordering;
use crate::sync::park;
use crate::unhandled;

/// The most events between two looks at the clock. With slots of a few nanoseconds the look costs little; slots that turn out long bring it back to one.
const LONGEST_STRIDE: u32 = 16;
/// A stride that took longer than this was long: the next one is a single event.
const LONG_STRIDE: Duration = Duration::from_micros(50);
/// The most timers that fire in one turn, so that a million due ones leave room for events.
const TIMERS_PER_TURN: usize = 256;
/// A sleep that would be shorter is slept at once: a timer is due soon, and must not wait for whoever is yielded to.
const WORTH_LINGERING: Duration = Duration::from_millis(1);

/// What a dispatch has done, and when the host should call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispatched {
    /// How many events were delivered.
    pub events: usize,
    /// How many timers fired.
    pub timers: usize,
    /// Whether something more could run now: call again soon. A hosted loop's waker has been called for it.
    pub more: bool,
    /// After what time the next timer is due, if there is one: call again then, whether woken or not.
    pub next_timer: Option<Duration>,
}

/// Watches the budget of one turn.
struct Meter<'a> {
    clock: &'a Clock,
    began: Duration,
    looked: Duration,
    events: usize,
    limit: usize,
    time: Duration,
    stride: u32,
    until_look: u32,
    spent: bool,
}

impl<'a> Meter<'a> {
    fn new(home: &'a LoopInner, began: Duration) -> Self {
        Self {
            clock: &home.shared.clock,
            began,
            looked: began,
            events: 0,
            limit: home.budget.events,
            time: home.budget.time,
            stride: 1,
            until_look: 1,
            spent: false,
        }
    }

    #[inline]
    fn count(&mut self) {
        self.events += 1;
        self.until_look -= 1;
        if self.until_look == 0 {
            self.look();
        }
    }

    fn look(&mut self) {
        let now = self.clock.now();
        let took = now.saturating_sub(self.looked);
        self.stride = if took > LONG_STRIDE {
            1
        } else {
            (self.stride * 2).min(LONGEST_STRIDE)
        };
        self.looked = now;
        let left = u32::try_from(self.limit.saturating_sub(self.events)).unwrap_or(u32::MAX);
        self.until_look = self.stride.min(left).max(1);
        self.spent = self.events >= self.limit || now.saturating_sub(self.began) >= self.time;
    }
}

/// Counts a level of the stack, also when it unwinds.
struct Level<'a>(&'a std::cell::Cell<u64>);

impl<'a> Level<'a> {
    fn enter(depth: &'a std::cell::Cell<u64>) -> Self {
        depth.set(depth.get() + 1);
        Self(depth)
    }
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl LoopInner {
    /// Dispatches until `done` or until the loop is quit. The outermost run uses the request up.
    pub(super) fn run(self: &Rc<Self>, done: &mut dyn FnMut() -> bool) {
        let level = Level::enter(&self.runs);
        let quit = loop {
            // A run that has what it ran for leaves the request to the next one.
            if done() {
                break false;
            }
            if self.quits() || self.is_closed() {
                break true;
            }
            self.dispatch_until(None, &mut *done);
        };
        drop(level);
        if quit && self.runs.get() == 0 {
            self.shared.quit.store(false, Ordering::Release);
        }
    }

    /// Whether the run that this turn belongs to is to return. A host's dispatch belongs to none.
    fn is_leaving(&self) -> bool {
        self.runs.get() > 0 && self.quits()
    }

    fn quits(&self) -> bool {
        self.shared.quit.load(Ordering::Acquire)
    }

    pub(super) fn dispatch(self: &Rc<Self>, timeout: Option<Duration>) -> Dispatched {
        self.dispatch_until(timeout, &mut || false)
    }

    fn dispatch_until(self: &Rc<Self>, timeout: Option<Duration>, done: &mut dyn FnMut() -> bool) -> Dispatched {
        let level = Level::enter(&self.depth);
        self.host_asked.set(false);
        let mut turn = self.turn(None);
        let nothing = turn.events == 0 && turn.timers == 0 && !turn.more;
        // `done` is looked at again after the turn, for the turn may have made it true; then nobody may sleep.
        if nothing && timeout != Some(Duration::ZERO) && !done() {
            let now = self.sleep(timeout);
            turn = self.turn(now);
        }
        drop(level);
        self.release_held();
        if self.shared.waker.is_hosted() && self.depth.get() == 0 {
            self.leave_to_host(&mut turn);
        }
        turn
    }

    /// From here on whoever posts wakes the host.
    fn leave_to_host(&self, turn: &mut Dispatched) {
        if self.is_closed() {
            return;
        }
        let waits = turn.more || self.shared.queue.prepare_sleep() == Sleep::NotYet;
        if waits {
            turn.more = true;
            if !self.host_asked.replace(true) {
                self.shared.waker.wake();
            }
        }
    }

    /// Delivers what is there. `now` is the time if somebody has just looked.
    fn turn(self: &Rc<Self>, now: Option<Duration>) -> Dispatched {
        let events = if self.has_local() { self.events(now) } else { 0 };
        let timers = self.timers.fire(self, TIMERS_PER_TURN);
        let mut more = timers.more || self.has_local();
        if events == 0 && timers.fired == 0 && !more {
            more = self.idle_work();
            // The job may have posted.
            more |= self.has_local();
        }
        let next_timer = self
            .timers
            .next_due()
            .map(|due| due.saturating_sub(self.shared.clock.now()));
        Dispatched {
            events,
            timers: timers.fired,
            more,
            next_timer,
        }
    }

    /// Delivers events until none is left or the budget is spent, and returns how many. A panic ends its own event only.
    fn events(self: &Rc<Self>, now: Option<Duration>) -> usize {
        let mut meter = Meter::new(self, now.unwrap_or_else(|| self.shared.clock.now()));
        loop {
            let delivered = panic_guard::catch(None, || {
                while !meter.spent && !self.is_leaving() && self.deliver_next() {
                    meter.count();
                }
            });
            match delivered {
                Ok(()) => return meter.events,
                Err(payload) => {
                    unhandled::panicked("a slot", payload);
                    meter.count();
                }
            }
        }
    }

    fn has_local(&self) -> bool {
        !self.ready.borrow().is_empty() || self.shared.queue.has_any() || !self.local.borrow().is_empty()
    }

    /// Runs one idle job. Returns whether there is idle work left.
    fn idle_work(&self) -> bool {
        let Some(mut job) = self.idle.borrow_mut().pop_front() else {
            return false;
        };
        match panic_guard::catch(None, &mut job) {
            // It may have ended the loop.
            Ok(Idle::Again) if !self.is_closed() => self.idle.borrow_mut().push_back(job),
            Ok(_) => unhandled::drop_caught("an idle job", job),
            Err(payload) => {
                unhandled::panicked("an idle job", payload);
                unhandled::drop_caught("an idle job", job);
            }
        }
        !self.idle.borrow().is_empty()
    }

    /// Sleeps until somebody wakes the loop, the next timer is due, or `limit` is over. Returns the time then, if it had to be looked at anyway.
    fn sleep(&self, limit: Option<Duration>) -> Option<Duration> {
        let clock = &self.shared.clock;
        let now = clock.now();
        // On a clock that stands still a timer cannot come due while we wait; moving the clock wakes us.
        let due = self.timers.next_due().filter(|due| *due <= now || clock.runs());
        let alarm = due.map(|due| self.timers.alarm(due, now));
        let end = [limit.map(|limit| now.saturating_add(limit)), alarm]
            .into_iter()
            .flatten()
            .min();
        match end.map(|end| end.saturating_sub(now)) {
            Some(Duration::ZERO) => {}
            Some(left) if left < WORTH_LINGERING => self.sleep_until(end),
            // Who tests by a clock of his own waits for no time at all.
            _ if !clock.runs() => self.sleep_until(end),
            _ => {
                let spared = linger::spares(now, || self.shared.queue.has_any());
                if spared.is_some() {
                    return spared;
                }
                linger::timed(|| self.sleep_until(end));
            }
        }
        if let Some(due) = due.filter(|_| end == alarm) {
            let is_wanted = || self.shared.queue.has_any() || self.quits();
            self.timers.wait_out(due, clock, is_wanted);
        }
        None
    }

    fn sleep_until(&self, end: Option<Duration>) {
        if self.shared.queue.prepare_sleep() == Sleep::NotYet {
            return;
        }
        if !self.quits() {
            self.timers.prepare_sleep();
            // Whoever lingered first has less left.
            park(end.map(|end| end.saturating_sub(self.shared.clock.now())));
            self.timers.awake(&self.shared.clock, end);
        }
        self.shared.queue.awake();
    }
}
