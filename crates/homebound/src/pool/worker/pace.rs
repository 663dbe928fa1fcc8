//! How much a worker takes at once.

use std::time::Duration;

use crate::clock::Clock;
use crate::pool::row::ROW;

/// What is taken at once may take so long: what comes later and is taken by others may start so much too early.
const AT_ONCE: Duration = Duration::from_millis(1);
/// What takes no longer than calling another worker does.
const TRIFLE: Duration = Duration::from_micros(4);
/// Fewer pieces of short work are next to none: it takes longer to come to them than to run them.
pub(in crate::pool) const LITTLE: usize = 8;

/// How much to take at once: more while it proves short, one by one after something long.
pub(super) struct Pace {
    pub(super) clock: Clock,
    since: Duration,
    /// How much was taken since.
    taken: usize,
    handful: Handful,
}

/// How much to take at once.
#[derive(Clone, Copy)]
pub(in crate::pool) struct Handful {
    pub(in crate::pool) most: usize,
    /// So little is done sooner than another worker is called: it need not be shared.
    pub(in crate::pool) trifle: usize,
    /// Whether to let work gather if there is next to none.
    pub(in crate::pool) gathers: bool,
}

impl Handful {
    /// Nothing is known of what comes.
    const ONE: Self = Self {
        most: 1,
        trifle: 1,
        gathers: false,
    };
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            clock: Clock::new(),
            since: Duration::ZERO,
            taken: 0,
            handful: Handful::ONE,
        }
    }

    /// How much to take now. Looks at the clock when half as much was taken since it last did.
    pub(super) fn handful(&mut self, has_gathered: bool) -> Handful {
        let handful = self.measured_handful();
        Handful {
            gathers: !has_gathered && handful.trifle >= LITTLE,
            ..handful
        }
    }

    fn measured_handful(&mut self) -> Handful {
        if cfg!(loom) {
            // A model must not depend on time.
            return Handful {
                most: ROW,
                ..Handful::ONE
            };
        }
        if self.taken * 2 < self.handful.most {
            return self.handful;
        }
        let now = self.clock.now();
        let each = nanos(now.saturating_sub(self.since)) / self.taken.max(1) as u64;
        let fitting = |time| usize::try_from(nanos(time) / each.max(1)).unwrap_or(usize::MAX);
        let most = fitting(AT_ONCE).clamp(1, ROW).min(self.handful.most * 2);
        self.handful = Handful {
            most,
            trifle: fitting(TRIFLE).clamp(1, most),
            gathers: false,
        };
        self.since = now;
        self.taken = 0;
        self.handful
    }

    pub(super) fn took(&mut self, count: usize) {
        self.taken += count;
    }

    /// The time until `now` was not spent on work.
    pub(super) fn pause(&mut self, now: Duration) {
        self.taken = 0;
        self.since = now;
    }

    /// Nothing is known of what comes from `now` on.
    pub(super) fn restart(&mut self, now: Duration) {
        self.handful = Handful::ONE;
        self.taken = 0;
        self.since = now;
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
