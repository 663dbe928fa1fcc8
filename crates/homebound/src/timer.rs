//! Timers: they live on a loop, fire there, and end with their owner.
//!
//! One wheel per loop holds all of its timers, whatever they are for. Due times lie on the grid of the first start (start + k × period), so that
//! a repeating timer does not drift; a timer never fires early.

mod due;
mod sleep;

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

pub(crate) use due::{Due, Timers};
pub use sleep::Sleep;

use crate::connection::{ConnectError, Connection};
use crate::event_loop::{LoopHandle, LoopInner};
use crate::object::Receiver;
use crate::signal::Signal;
use crate::timer_wheel::TimerKey;

/// How exactly a timer has to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Up to a twentieth of its period late, so that timers can share a wake-up. Qt's coarse timer; but never early.
    #[default]
    Coarse,
    /// As exactly as the system can.
    Precise,
}

/// What a repeating timer does about ticks that the loop was too busy for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTicks {
    /// Leaves them out and stays on its grid; [`Tick::missed`] counts them.
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

pub(crate) struct TimerCore {
    home: Weak<LoopInner>,
    period: Cell<Duration>,
    single_shot: Cell<bool>,
    precision: Cell<Precision>,
    missed: Cell<MissedTicks>,
    /// The next due time on the grid; what stands in the wheel may be later, for a coarse timer.
    due: Cell<Duration>,
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
        Self {
            core: Rc::new(TimerCore {
                home: Rc::downgrade(home.inner()),
                period: Cell::new(period),
                single_shot: Cell::new(single_shot),
                precision: Cell::default(),
                missed: Cell::default(),
                due: Cell::default(),
                count: Cell::new(0),
                key: Cell::new(None),
                timeout: Signal::new(),
            }),
        }
    }

    /// Sets how exactly it comes. Counts from the next start.
    #[must_use]
    pub fn precision(self, precision: Precision) -> Self {
        self.stop();
        self.core.precision.set(precision);
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
        self.core.period.set(period);
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
        self.core.period.get()
    }

    /// The time until it is next due; `None` if it is not active, zero if it is due.
    pub fn remaining(&self) -> Option<Duration> {
        let home = self.core.home.upgrade()?;
        self.is_active()
            .then(|| self.core.due.get().saturating_sub(home.shared.clock.now()))
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
const COARSE_PART: u32 = 20;

impl TimerCore {
    fn start(this: &Rc<Self>) {
        let Some(home) = this.home.upgrade() else { return };
        let now = home.shared.clock.now();
        Self::arm(this, &home, now.saturating_add(this.period.get()), now);
    }

    fn arm(this: &Rc<Self>, home: &LoopInner, due: Duration, now: Duration) {
        this.due.set(due);
        // A clock that a test moves shows exact times: there is no wake-up to share.
        let fires = if home.shared.clock.runs() {
            this.coarsened(due)
        } else {
            due
        };
        // One that lags behind, or has no period at all, stands behind all that is due now: it must not keep others from firing.
        let fires = nanos(fires.max(now));
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

    /// A common time for the coarse timers of about this period, at most a twentieth of it later.
    fn coarsened(&self, due: Duration) -> Duration {
        let grain = nanos(self.period.get() / COARSE_PART);
        if self.is_precise() || grain == 0 {
            return due;
        }
        // A power of two, so that timers of similar periods share their times.
        let grain = 1 << grain.ilog2();
        Duration::from_nanos(nanos(due).checked_next_multiple_of(grain).unwrap_or(u64::MAX))
    }

    pub(crate) fn is_precise(&self) -> bool {
        self.precision.get() == Precision::Precise
    }

    /// Whether it fires in every turn.
    pub(crate) fn is_endless(&self) -> bool {
        self.period.get().is_zero() && !self.single_shot.get()
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
        let period = this.period.get();
        let mut missed = 0;
        if !this.single_shot.get() {
            let next = match this.missed.get() {
                MissedTicks::Burst => due.saturating_add(period),
                MissedTicks::Delay => now.saturating_add(period),
                MissedTicks::Skip => {
                    missed = whole_periods(now.saturating_sub(due), period);
                    due.saturating_add(times(period, missed + 1))
                }
            };
            if this.missed.get() == MissedTicks::Delay {
                missed = whole_periods(now.saturating_sub(due), period);
            }
            Self::arm(this, home, next, now);
        }
        this.count.set(this.count.get() + 1);
        let tick = Tick {
            count: this.count.get(),
            missed,
            due,
            late: now.saturating_sub(due),
        };
        this.timeout.emit(tick);
    }
}

fn whole_periods(late: Duration, period: Duration) -> u64 {
    nanos(late).checked_div(nanos(period)).unwrap_or(0)
}

fn times(period: Duration, n: u64) -> Duration {
    Duration::from_nanos(nanos(period).saturating_mul(n))
}

/// Nanoseconds since the clock's beginning, as the wheel counts: 584 years.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
