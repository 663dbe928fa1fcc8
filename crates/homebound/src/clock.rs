//! Where time comes from: the machine, or a test.
//!
//! Nothing in Homebound reads the machine's clock elsewhere. A [`Clock`] counts from its own beginning; [`TestClock`] moves only
//! when the test says so and wakes the loops that wait on it.

#![expect(clippy::disallowed_methods, reason = "the one file that reads the machine's clock")]

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use std::sync::atomic::{AtomicU64, Ordering};

use crate::sync::Mutex;

/// A source of time: what has passed since the clock began. `Clone` gives the same clock.
///
/// The default is the machine's monotonic clock; [`TestClock::clock`] gives one that a test moves by hand.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Machine,
    Test(Arc<TestState>),
}

struct TestState {
    nanos: AtomicU64,
    watchers: Mutex<Vec<Weak<dyn ClockWatcher>>>,
}

/// Hears that a test clock has moved.
pub(crate) trait ClockWatcher: Send + Sync {
    fn clock_moved(&self);
}

impl Clock {
    /// Returns the machine's monotonic clock.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what has passed since the clock began.
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::Machine => beginning().elapsed(),
            Source::Test(state) => Duration::from_nanos(state.nanos.load(Ordering::Acquire)),
        }
    }

    /// A time in nanoseconds that is not before now, and at most `slack` after. Cheaper than [`now`](Self::now) if there is some slack.
    #[inline]
    pub(crate) fn soon(&self, slack: u64) -> u64 {
        match &self.0 {
            Source::Machine => coarse::soon(slack).unwrap_or_else(|| nanos(self.now())),
            Source::Test(state) => state.nanos.load(Ordering::Acquire),
        }
    }

    /// Whether time moves by itself. On a test clock nobody may wait for time to pass.
    pub(crate) fn runs(&self) -> bool {
        matches!(self.0, Source::Machine)
    }

    /// Lets `watcher` hear of each move of a test clock. A running clock moves always and tells nobody.
    pub(crate) fn watch(&self, watcher: Weak<dyn ClockWatcher>) {
        if let Source::Test(state) = &self.0 {
            state.watchers.lock().push(watcher);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.runs() { "Clock::Machine" } else { "Clock::Test" })
    }
}

/// Nanoseconds since the clock's beginning, as timers count: 584 years.
#[inline]
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// One beginning for the process, so that times of different loops can be compared.
fn beginning() -> Instant {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    *BEGINNING.get_or_init(Instant::now)
}

/// The clock that the kernel moves with its tick: an eighth of the price of the exact one.
#[cfg(target_os = "linux")]
mod coarse {
    use std::sync::OnceLock;

    use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

    /// How many ticks it may lag behind: the kernel lets another CPU take over when the one that moves it has missed five.
    const LAG: u64 = 7;

    struct Coarse {
        /// What it shows when a [`Clock`](super::Clock) shows zero, or a little more.
        zero: u64,
        lag: u64,
    }

    fn coarse() -> &'static Coarse {
        static COARSE: OnceLock<Coarse> = OnceLock::new();
        COARSE.get_or_init(|| {
            let beginning = super::beginning();
            let now = nanos(clock_gettime(ClockId::Monotonic));
            Coarse {
                // Read second, so that the zero is rather too early, and times rather too late.
                zero: now.saturating_sub(super::nanos(beginning.elapsed())),
                lag: LAG * nanos(clock_getres(ClockId::MonotonicCoarse)),
            }
        })
    }

    #[inline]
    fn nanos(time: Timespec) -> u64 {
        let nanos = time.tv_sec * 1_000_000_000 + time.tv_nsec;
        nanos.unsigned_abs()
    }

    /// A time that is not before now and at most `slack` after; `None` if that is less than the clock may lag.
    #[inline]
    pub(super) fn soon(slack: u64) -> Option<u64> {
        let coarse = coarse();
        (slack >= coarse.lag).then(|| {
            let now = nanos(clock_gettime(ClockId::MonotonicCoarse));
            (now + coarse.lag).saturating_sub(coarse.zero)
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    pub(super) fn soon(_slack: u64) -> Option<u64> {
        None
    }
}

/// A clock that stands still until the test moves it.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, TestClock};
/// use std::time::Duration;
///
/// let clock = TestClock::new();
/// let home = EventLoop::builder().clock(clock.clock()).build()?;
/// clock.advance(Duration::from_millis(5));
/// assert_eq!(home.clock().now(), Duration::from_millis(5));
/// # Ok::<(), homebound::LoopExistsError>(())
/// ```
#[derive(Clone)]
pub struct TestClock(Arc<TestState>);

impl TestClock {
    /// Makes a clock that shows zero.
    pub fn new() -> Self {
        Self(Arc::new(TestState {
            nanos: AtomicU64::new(0),
            watchers: Mutex::new(Vec::new()),
        }))
    }

    /// Returns the clock to give to loops and pools.
    pub fn clock(&self) -> Clock {
        Clock(Source::Test(Arc::clone(&self.0)))
    }

    /// Moves the clock forward and wakes every loop that waits on it.
    ///
    /// Timers fire in their loops' next turn, not in here.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanos.fetch_add(nanos, Ordering::AcqRel);
        let watchers: Vec<_> = {
            let mut watchers = self.0.watchers.lock();
            watchers.retain(|watcher| watcher.strong_count() > 0);
            watchers.iter().filter_map(Weak::upgrade).collect()
        };
        for watcher in watchers {
            watcher.clock_moved();
        }
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClock").field("now", &self.clock().now()).finish()
    }
}
