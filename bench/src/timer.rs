//! What starting, restarting and stopping a timer costs beside others, and a turn of the loop beside idle ones.

use std::time::{Duration, Instant};

use homebound::{EventLoop, Timer};

use crate::catalog::Bench;
use crate::emit::Counter;
use crate::harness::{Rng, elapsed, float, is_smoke, line, nanos, per_op, percentile, span};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "timers_0",
        run: || beside(0),
    },
    Bench {
        name: "timers_1",
        run: || beside(1),
    },
    Bench {
        name: "timers_100",
        run: || beside(100),
    },
    Bench {
        name: "timers_1k",
        run: || beside(1_000),
    },
    Bench {
        name: "timers_10k",
        run: || beside(10_000),
    },
    Bench {
        name: "timers_100k",
        run: || beside(100_000),
    },
    Bench {
        name: "timers_1m",
        run: || beside(1_000_000),
    },
];

const PROBES: u64 = 1_000;

/// A time from 1 to 60 seconds.
fn some_time(rng: &mut Rng) -> Duration {
    Duration::from_millis(1_000 + rng.below(59_000))
}

/// With `n` timers running, what one more start, a restart and a stop cost.
fn beside(n: u64) {
    let home = EventLoop::new().expect("the program's first loop");
    let mut rng = Rng(1);
    let timers = |count: u64| -> Vec<Timer> {
        (0..count)
            .map(|_| Timer::repeating(&home, Duration::from_secs(1)))
            .collect()
    };
    let (background, mut probes) = (timers(n), timers(PROBES));
    let mut start_all =
        |timers: &[Timer]| elapsed(|| timers.iter().for_each(|timer| timer.start_with(some_time(&mut rng))));

    let fill = start_all(&background);
    let (mut starts, mut restarts, mut stops) = (Vec::new(), Vec::new(), Vec::new());
    let mut order = Rng(7);
    for _ in 0..3 {
        starts.push(per_op(start_all(&probes), PROBES));
        restarts.push(per_op(start_all(&probes), PROBES));
        assert!(probes.iter().all(Timer::is_active), "a started timer does not run");
        order.shuffle(&mut probes);
        stops.push(per_op(elapsed(|| probes.iter().for_each(Timer::stop)), PROBES));
        assert!(!probes.iter().any(Timer::is_active), "a stopped timer runs");
    }
    assert!(background.iter().all(Timer::is_active), "an idle timer was lost");
    if n > 0 {
        line("", "timer_fill", n).field("ns_per_op", per_op(fill, n));
        line("", "timer_start", n).ns(starts);
        line("", "timer_restart", n).ns(restarts);
        line("", "timer_stop", n).ns(stops);
    }
    turns(&home, n);
}

/// A turn of the loop for one posted call. Timers that fall due meanwhile fire, as they would in a program.
fn turns(home: &EventLoop, n: u64) {
    let receiver = home.insert(Counter::default());
    let to = receiver.handle();
    let until = Instant::now() + span(Duration::from_secs(1));
    let mut turns = Vec::new();
    while Instant::now() < until && turns.len() < most_turns() {
        turns.push(nanos(elapsed(|| {
            assert!(to.post(|counter| counter.seen += 1).is_ok());
            home.dispatch(Some(Duration::ZERO));
        })));
    }
    assert_eq!(
        receiver.borrow().seen,
        turns.len() as u64,
        "a turn did not deliver what was posted before"
    );
    let count = float(turns.len() as u64);
    line("", "timer_loop_turn", n)
        .field("ns_per_op", percentile(&mut turns, 0.5))
        .field("p99", percentile(&mut turns, 0.99))
        .field("turns", count);
}

fn most_turns() -> usize {
    if is_smoke() { 200 } else { 20_000 }
}
