//! Timers: they live on a loop, fire there, and end with their owner.
//!
//! One wheel per loop holds all of its timers, whatever they are for. Due times lie on the grid of the first start (start + k × period), so that
//! a repeating timer does not drift; a timer never fires early.

mod due;
mod lead;
mod sleep;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

pub(crate) use due::{Due, Timers};
pub use sleep::Sleep;

use crate::clock::nanos;
use crate::connection::{ConnectError, Connection};
use crate::event_loop::{LoopHandle, LoopInner};
use crate::object::Receiver;
use crate::signal::Signal;
use crate::timer_wheel::TimerKey;

/// How exactly a timer has to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Up to a twentieth of its period late, so that timers can share a wake-up and starting one is cheap. Qt's coarse timer; but never early.
    #[default]
    Coarse,
    /// As exactly as the system can.
    Precise,
}

/// What a repeating timer does about ticks that the loop was too busy for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTicks {
    /// Leaves them out and stays on its grid; [`Tick::missed`] counts them. Where it was not the loop that was busy, but the system that woke it late
    /// by up to 50 ms, a timer of less than 10 ms leaves none out: they come in the next turns, one in each.
    #[default]
    Skip,
    /// Fires for each of them, as fast as the loop turns.
    Burst,
    /// Leaves them out and begins a new grid now.
    Delay,
}

/// One firing of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// How many times the timer has fired since it was started, this one included.
    pub count: u64,
    /// How many due times were left out before this one since the last.
    pub missed: u64,
    /// When it was due, on the loop's clock.
    pub due: Duration,
    /// How late it comes.
    pub late: Duration,
}

/// A timer of this loop. It is stopped when it is dropped.
///
/// A period of zero fires in each turn of the loop, after the events that wait: work in small pieces without a thread.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, TestClock, Timer};
/// use std::time::Duration;
///
/// let clock = TestClock::new();
/// let home = EventLoop::builder().clock(clock.clock()).build()?;
/// let seconds = home.insert(0);
///
/// let timer = Timer::repeating(&home, Duration::from_secs(1));
/// timer.on_tick(&seconds, |seconds, _tick| *seconds += 1)?;
/// timer.start();
/// for _ in 0..3 {
///     clock.advance(Duration::from_secs(1));
///     home.drain();
/// }
/// assert_eq!(*seconds.borrow(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Timer {
    core: Rc<TimerCore>,
}

/// Times are in nanoseconds on the loop's clock.
pub(crate) struct TimerCore {
    home: Weak<LoopInner>,
    period: Cell<u64>,
    single_shot: bool,
    precision: Cell<Precision>,
    missed: Cell<MissedTicks>,
    /// How much later than due it may come, less a grain.
    slack: Cell<u64>,
    /// One less than the grain of a coarse timer: a mask of the bits that are rounded up.
    grain: Cell<u64>,
    /// The next due time on the grid; what stands in the wheel may be later, for a coarse timer.
    due: Cell<u64>,
    count: Cell<u64>,
    key: Cell<Option<TimerKey>>,
    timeout: Signal<Tick>,
}

impl Timer {
    /// Makes a timer that fires each `period`, not yet started.
    pub fn repeating(home: &LoopHandle, period: Duration) -> Self {
        Self::new(home, period, false)
    }

    /// Makes a timer that fires once, `after` it was started, not yet started.
    pub fn single_shot(home: &LoopHandle, after: Duration) -> Self {
        Self::new(home, after, true)
    }

    fn new(home: &LoopHandle, period: Duration, single_shot: bool) -> Self {
        let core = Rc::new(TimerCore {
            home: Rc::downgrade(home.inner()),
            period: Cell::new(nanos(period)),
            single_shot,
            precision: Cell::default(),
            missed: Cell::default(),
            slack: Cell::new(0),
            grain: Cell::new(0),
            due: Cell::new(0),
            count: Cell::new(0),
            key: Cell::new(None),
            timeout: Signal::new(),
        });
        core.set_tolerance();
        Self { core }
    }

    /// Sets how exactly it comes. Counts from the next start.
    #[must_use]
    pub fn precision(self, precision: Precision) -> Self {
        self.stop();
        self.core.precision.set(precision);
        self.core.set_tolerance();
        self
    }

    /// Sets what it does about missed ticks.
    #[must_use]
    pub fn missed_ticks(self, missed: MissedTicks) -> Self {
        self.core.missed.set(missed);
        self
    }

    /// Starts the timer, or starts it anew: it is first due one period from now.
    pub fn start(&self) {
        self.core.count.set(0);
        TimerCore::start(&self.core);
    }

    /// Sets the period and starts the timer, or starts it anew.
    pub fn start_with(&self, period: Duration) {
        self.core.period.set(nanos(period));
        self.core.set_tolerance();
        self.start();
    }

    /// Stops the timer. After this it does not fire, not even if it is due already.
    pub fn stop(&self) {
        self.core.stop();
    }

    /// Whether it is started and has something left to fire.
    pub fn is_active(&self) -> bool {
        self.core.key.get().is_some() && self.core.home.upgrade().is_some_and(|home| !home.is_closed())
    }

    /// The period, or the time until a single shot.
    pub fn period(&self) -> Duration {
        Duration::from_nanos(self.core.period.get())
    }

    /// The time until it is next due; `None` if it is not active, zero if it is due.
    pub fn remaining(&self) -> Option<Duration> {
        let home = self.core.home.upgrade()?;
        // A coarse timer's time begins a little after its start, so that it never comes early.
        self.is_active().then(|| {
            let left = Duration::from_nanos(self.core.due.get()).saturating_sub(home.shared.clock.now());
            left.min(self.period())
        })
    }

    /// Emitted at each tick, on the timer's loop.
    pub fn timeout(&self) -> &Signal<Tick> {
        &self.core.timeout
    }

    /// Connects a slot to [`timeout`](Self::timeout).
    ///
    /// # Errors
    /// [`ConnectError`] if the receiver or its loop is gone.
    pub fn on_tick<T: 'static>(
        &self,
        receiver: &impl Receiver<T>,
        slot: impl Fn(&mut T, &Tick) + Send + 'static,
    ) -> Result<Connection, ConnectError> {
        self.core.timeout.connect(receiver, slot)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.core.stop();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("period", &self.period())
            .field("active", &self.is_active())
            .finish_non_exhaustive()
    }
}

/// The part of its period that a coarse timer may come late.
const COARSE_PART: u64 = 20;

impl TimerCore {
    /// Half of what a coarse timer may come late is for sharing a wake-up, half for a cheap look at the time when it starts.
    fn set_tolerance(&self) {
        let half = match self.precision.get() {
            Precision::Coarse => self.period.get() / COARSE_PART / 2,
            Precision::Precise => 0,
        };
        self.slack.set(half);
        // A power of two, so that timers of similar periods share their times.
        self.grain.set(half.checked_ilog2().map_or(0, |log| (1 << log) - 1));
    }

    #[inline]
    fn start(this: &Rc<Self>) {
        let Some(home) = this.home.upgrade() else { return };
        let now = home.shared.clock.soon(this.slack.get());
        Self::arm(this, &home, now.saturating_add(this.period.get()), now);
    }

    #[inline]
    fn arm(this: &Rc<Self>, home: &LoopInner, due: u64, now: u64) {
        this.due.set(due);
        // A clock that a test moves shows exact times: there is no wake-up to share.
        let grain = if home.shared.clock.runs() { this.grain.get() } else { 0 };
        // One that lags behind, or has no period at all, stands behind all that is due now: it must not keep others from firing.
        let fires = (due.saturating_add(grain) & !grain).max(now);
        if let Some(key) = this.key.get()
            && home.timers.restart(key, fires)
        {
            // A host that was told a later time has to ask again.
            home.nudge();
            return;
        }
        let key = home.timers.start(fires, Due::Timer(Rc::clone(this)), this.is_precise());
        this.key.set(Some(key));
        home.nudge();
    }

    pub(crate) fn is_precise(&self) -> bool {
        self.precision.get() == Precision::Precise
    }

    /// Whether it fires in every turn.
    pub(crate) fn is_endless(&self) -> bool {
        self.period.get() == 0 && !self.single_shot
    }

    fn stop(&self) {
        let Some(key) = self.key.take() else { return };
        let Some(home) = self.home.upgrade() else { return };
        let stopped = home.timers.stop(key, self.is_precise());
        drop(stopped);
    }

    /// Fires, and stands in the wheel anew before the slots run: so a slot can stop it or start it anew.
    pub(crate) fn fire(this: &Rc<Self>, home: &LoopInner, now: Duration) {
        this.key.set(None);
        let due = this.due.get();
        let now = nanos(now);
        let mut missed = 0;
        if !this.single_shot {
            let next;
            (next, missed) = this.next(&home.timers, due, now);
            Self::arm(this, home, next, now);
        }
        this.count.set(this.count.get() + 1);
        let tick = Tick {
            count: this.count.get(),
            missed,
            due: Duration::from_nanos(due),
            late: Duration::from_nanos(now.saturating_sub(due)),
        };
        this.timeout.emit(tick);
    }

    /// The due time after `due`, and how many were left out on the way.
    fn next(&self, timers: &Timers, due: u64, now: u64) -> (u64, u64) {
        let period = self.period.get();
        let following = due.saturating_add(period);
        let missed = now.saturating_sub(due).checked_div(period).unwrap_or(0);
        match self.missed.get() {
            MissedTicks::Burst => (following, 0),
            MissedTicks::Delay => (now.saturating_add(period), missed),
            MissedTicks::Skip if missed > 0 && timers.slept_through(following, period) => (following, 0),
            MissedTicks::Skip => (due.saturating_add(period.saturating_mul(missed + 1)), missed),
        }
    }
}
