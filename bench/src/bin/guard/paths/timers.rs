//! Timers beside a thousand and a million others.

use std::time::Duration;

use homebound::{EventLoop, Timer};

use super::{Path, home, path};

pub(super) const PATHS: &[Path] = &[
    path("timer_start_beside_1k", |n| Beside::new(1_000).start(n)),
    path("timer_restart_beside_1k", |n| Beside::new(1_000).restart(n)),
    path("timer_stop_beside_1k", |n| Beside::new(1_000).stop(n)),
    path("timer_start_beside_1m", |n| Beside::new(1_000_000).start(n)),
    path("timer_restart_beside_1m", |n| Beside::new(1_000_000).restart(n)),
    path("timer_stop_beside_1m", |n| Beside::new(1_000_000).stop(n)),
];

/// The most operations: so many timers are there in each run.
const PROBES: u64 = 100_000;

/// Timers to be started, restarted and stopped beside others that run.
struct Beside {
    _home: EventLoop,
    running: Vec<Timer>,
    probes: Vec<Timer>,
    random: u64,
}

impl Beside {
    fn new(others: u64) -> Self {
        let home = home();
        let timers = |count: u64| {
            (0..count)
                .map(|_| Timer::repeating(&home, Duration::from_secs(1)))
                .collect()
        };
        let (running, probes) = (timers(others), timers(PROBES));
        let mut beside = Self {
            _home: home,
            running,
            probes,
            random: 1,
        };
        let running = std::mem::take(&mut beside.running);
        running.iter().for_each(|timer| timer.start_with(beside.some_time()));
        beside.running = running;
        beside
    }

    /// From 1 to 60 seconds.
    fn some_time(&mut self) -> Duration {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        Duration::from_millis(1_000 + self.random % 59_000)
    }

    fn start_first(&mut self, n: u64) {
        for at in 0..index(n) {
            let time = self.some_time();
            self.probes[at].start_with(time);
        }
    }

    /// The first `n` probes must be `active`, or not; so many are looked at for each `n`, as looking costs too.
    fn check(self, n: u64, active: bool) {
        for at in [0, n / 2, n - 1] {
            assert_eq!(
                self.probes[index(at)].is_active(),
                active,
                "a timer does not run, or runs though it was stopped"
            );
        }
        assert!(self.running.iter().all(Timer::is_active), "a timer was lost");
        // Ends without stopping them one by one: that is another path.
        std::mem::forget(self);
    }

    fn start(mut self, n: u64) {
        self.start_first(n);
        self.check(n, true);
    }

    fn restart(mut self, n: u64) {
        self.start_first(PROBES);
        self.start_first(n);
        self.check(n, true);
    }

    fn stop(mut self, n: u64) {
        self.start_first(PROBES);
        self.probes[..index(n)].iter().for_each(Timer::stop);
        self.check(n, false);
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).expect("as many as are there")
}
