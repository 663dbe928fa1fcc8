//! The timers of one loop: the wheel, and what is done when one is due.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::TimerCore;
use super::lead::{self, Lead};
use crate::clock::{Clock, nanos};
use crate::event::{Body, Event};
use crate::event_loop::LoopInner;
use crate::panic_guard;
use crate::reply::Replier;
use crate::timer_wheel::{Popped, TimerKey, TimerWheel};
use crate::unhandled;

/// What is done when the time has come.
pub(crate) enum Due {
    /// A timer fires.
    Timer(Rc<TimerCore>),
    /// A connection looks into its cell.
    Slot(u64),
    /// A closure runs.
    Run(Box<dyn FnOnce()>),
    /// Somebody sleeps until now.
    Answer(Replier<()>),
}

/// The timers of one loop. The wheel is made with the first: most loops of a program with many have none.
#[derive(Default)]
pub(crate) struct Timers {
    wheel: RefCell<Option<Box<TimerWheel<Due>>>>,
    precise: Cell<usize>,
    exact_sleep: Cell<bool>,
    /// When the loop last came out of a sleep with timers in the wheel.
    woke: Cell<u64>,
    lead: Lead,
}

/// How late the system may wake a loop without ticks being left out.
const LATE_WAKE: u64 = 50_000_000;
/// Only of timers with a shorter period, which count or sample: those of a frame's length show something, and must not make two steps in one.
const SHORT_PERIOD: u64 = 10_000_000;

/// What came of firing.
pub(crate) struct Fired {
    pub(crate) fired: usize,
    /// More are due.
    pub(crate) more: bool,
}

impl Timers {
    /// Puts a timer into the wheel.
    pub(crate) fn start(&self, due: u64, what: Due, precise: bool) -> TimerKey {
        if precise {
            self.precise.set(self.precise.get() + 1);
        }
        let mut wheel = self.wheel.borrow_mut();
        wheel
            .get_or_insert_with(|| Box::new(TimerWheel::new()))
            .insert(due, what)
    }

    /// Moves a timer to another time. Returns whether it was in the wheel.
    pub(crate) fn restart(&self, key: TimerKey, due: u64) -> bool {
        self.wheel
            .borrow_mut()
            .as_mut()
            .is_some_and(|wheel| wheel.reschedule(key, due))
    }

    /// Takes a timer out; the caller drops it.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "what is returned in memory is written narrow and read wide: a third of a stop's time"
    )]
    pub(crate) fn stop(&self, key: TimerKey, precise: bool) -> Option<Due> {
        let stopped = self.wheel.borrow_mut().as_mut()?.remove(key);
        if precise && stopped.is_some() {
            self.precise.set(self.precise.get().saturating_sub(1));
        }
        stopped
    }

    /// Lets a slot look into its connection's cell at `due`.
    pub(crate) fn post_at(&self, due: Duration, slot: u64) {
        self.start(nanos(due), Due::Slot(slot), false);
    }

    /// When the next timer is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.wheel.borrow_mut().as_mut()?.next_due().map(Duration::from_nanos)
    }

    /// Fires what is due, at most `max`. A loop without timers does not look at its clock.
    pub(crate) fn fire(&self, home: &Rc<LoopInner>, max: usize) -> Fired {
        let mut fired = 0;
        if self.is_empty() {
            return Fired { fired, more: false };
        }
        let now = home.shared.clock.now();
        // What slots start meanwhile is for the next turn, also if it is due at once.
        let before = self.wheel.borrow().as_ref().map_or(0, |wheel| wheel.starts());
        while fired < max {
            let popped = match self.wheel.borrow_mut().as_mut() {
                Some(wheel) => wheel.pop_due(nanos(now), before),
                None => Popped::Later,
            };
            match popped {
                Popped::Due { payload, .. } => {
                    fired += 1;
                    if let Err(panic) = panic_guard::catch(None, || self.come(home, payload, now)) {
                        unhandled::panicked("a timer's slot", panic);
                    }
                }
                Popped::Unfinished => return Fired { fired, more: true },
                Popped::Later => break,
            }
        }
        Fired {
            fired,
            more: fired > 0 && (self.has_due(now) || (fired == max && self.next_due().is_some_and(|due| due <= now))),
        }
    }

    /// Whether something is due that does not come up in every turn anyhow.
    fn has_due(&self, now: Duration) -> bool {
        let is_endless = |due: &Due| matches!(due, Due::Timer(timer) if timer.is_endless());
        self.wheel
            .borrow()
            .as_ref()
            .is_some_and(|wheel| wheel.has_due(nanos(now), |due| !is_endless(due)))
    }

    fn come(&self, home: &Rc<LoopInner>, what: Due, now: Duration) {
        match what {
            Due::Timer(timer) => {
                if timer.is_precise() {
                    self.precise.set(self.precise.get().saturating_sub(1));
                }
                TimerCore::fire(&timer, home, now);
            }
            Due::Slot(target) => home.deliver(Event {
                target,
                body: Body::Due,
            }),
            Due::Run(job) => job(),
            Due::Answer(replier) => replier.answer(()),
        }
    }

    /// Before the loop sleeps: while a precise timer runs, the kernel must not add its usual slack.
    pub(crate) fn prepare_sleep(&self) {
        let exact = self.precise.get() > 0;
        if self.exact_sleep.replace(exact) != exact {
            set_exact_sleep(exact);
        }
    }

    /// When to ask to be woken for a timer.
    pub(crate) fn alarm(&self, due: Duration, now: Duration) -> Duration {
        if self.precise.get() > 0 {
            self.lead.ask(due, now)
        } else {
            due
        }
    }

    /// After a sleep that was to end at `end`. Nobody looks at the clock for a loop without timers.
    pub(crate) fn awake(&self, clock: &Clock, end: Option<Duration>) {
        if !clock.runs() || self.is_empty() {
            return;
        }
        let now = clock.now();
        self.woke_at(nanos(now));
        if let Some(latency) = end.and_then(|end| now.checked_sub(end)) {
            self.lead.learn(latency);
        }
    }

    /// Lets the rest pass that an alarm came too early, unless the loop is wanted for something else.
    pub(crate) fn wait_out(&self, due: Duration, clock: &Clock, is_wanted: impl Fn() -> bool) {
        if self.precise.get() > 0 && clock.runs() {
            lead::wait_out(due, clock, is_wanted);
        }
    }

    pub(super) fn woke_at(&self, now: u64) {
        self.woke.set(now);
    }

    /// Whether a tick due then is late because the loop was woken late, and not because it was busy.
    pub(crate) fn slept_through(&self, due: u64, period: u64) -> bool {
        let woke = self.woke.get();
        period < SHORT_PERIOD && due <= woke && woke - due <= LATE_WAKE
    }

    fn is_empty(&self) -> bool {
        self.wheel.borrow().as_ref().is_none_or(|wheel| wheel.len() == 0)
    }

    /// Takes everything out; the caller drops it.
    pub(crate) fn clear(&self) -> Vec<Due> {
        let Some(mut wheel) = self.wheel.borrow_mut().take() else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(wheel.len());
        loop {
            match wheel.pop_due(u64::MAX, u64::MAX) {
                Popped::Due { payload, .. } => all.push(payload),
                Popped::Unfinished => {}
                Popped::Later => return all,
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn set_exact_sleep(exact: bool) {
    // 50 µs by default; a nanosecond where it matters. A kernel that refuses keeps its default, and timers come as late as without.
    let slack = exact.then_some(std::num::NonZeroU64::MIN);
    if let Err(error) = rustix::thread::set_current_timer_slack(slack) {
        tracing::debug!(target: "homebound", event = "timer.slack_refused", %error);
    }
}

#[cfg(not(target_os = "linux"))]
fn set_exact_sleep(_exact: bool) {}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("precise", &self.precise.get())
            .finish_non_exhaustive()
    }
}
