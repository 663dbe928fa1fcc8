//! How punctual timers are: the ticks of a millisecond for five seconds, and how late a shot of five milliseconds comes.

use std::time::{Duration, Instant};

use homebound::{EventLoop, Precision, Tick, Timer};

use crate::catalog::Bench;
use crate::harness::{Rng, cpu_time, float, line, nanos, ops, percentile, span};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "timer_ticks",
        run: ticks,
    },
    Bench {
        name: "timer_lateness",
        run: lateness,
    },
];

const PERIOD: Duration = Duration::from_millis(1);

/// What a repeating timer has done.
struct Ticks {
    lasts: Duration,
    start: Instant,
    last: Instant,
    intervals: Vec<u64>,
    /// Ticks that came, and those that were left out.
    due: u64,
    early: u64,
}

impl Ticks {
    fn tick(&mut self, tick: &Tick) {
        let now = Instant::now();
        self.due += 1 + tick.missed;
        let since = nanos(now - self.start);
        self.early += u64::from(since < self.due * nanos(PERIOD));
        self.intervals.push(nanos(now - self.last));
        self.last = now;
        if now - self.start > self.lasts {
            EventLoop::current().expect("slots run on a loop").quit();
        }
    }
}

fn ticks() {
    let home = EventLoop::new().expect("the program's first loop");
    let timer = Timer::repeating(&home, PERIOD).precision(Precision::Precise);
    let (lasts, start) = (span(Duration::from_secs(5)), Instant::now());
    let ticks = home.insert(Ticks {
        lasts,
        start,
        last: start,
        intervals: Vec::new(),
        due: 0,
        early: 0,
    });
    timer.on_tick(&ticks, Ticks::tick).expect("the receiver is here");
    let before = cpu_time();
    {
        let mut ticks = ticks.borrow_mut();
        ticks.start = Instant::now();
        ticks.last = ticks.start;
    }
    timer.start();
    home.run();
    let cpu = cpu_time().saturating_sub(before);
    report(&mut ticks.borrow_mut(), cpu);
}

fn report(ticks: &mut Ticks, cpu: Duration) {
    assert_eq!(ticks.early, 0, "a tick came early");
    let n = ticks.intervals.len() as u64;
    assert!(n > 1, "the timer did not tick");
    let mut jitter: Vec<_> = ticks.intervals.iter().map(|i| i.abs_diff(nanos(PERIOD))).collect();
    line("", "timer_ticks", n)
        .field("jitter_p50_us", percentile(&mut jitter, 0.5) / 1e3)
        .field("jitter_p99_us", percentile(&mut jitter, 0.99) / 1e3)
        .field("interval_p50_us", percentile(&mut ticks.intervals, 0.5) / 1e3)
        .field("interval_max_us", percentile(&mut ticks.intervals, 1.0) / 1e3)
        .field("cpu_us_per_tick", cpu.as_secs_f64() * 1e6 / float(n));
}

const DELAY: Duration = Duration::from_millis(5);

/// Shoots again and again, at scattered moments.
struct Range {
    timer: Timer,
    rng: Rng,
    due: Instant,
    late: Vec<u64>,
    early: u64,
    shots: usize,
}

impl Range {
    fn shoot(&mut self) {
        let until = Instant::now() + Duration::from_nanos(self.rng.below(1_000_000));
        while Instant::now() < until {}
        self.due = Instant::now() + DELAY;
        self.timer.start();
    }

    fn hit(&mut self) {
        let now = Instant::now();
        self.early += u64::from(now < self.due);
        self.late.push(nanos(now.saturating_duration_since(self.due)));
        if self.late.len() == self.shots {
            EventLoop::current().expect("slots run on a loop").quit();
        } else {
            self.shoot();
        }
    }
}

fn lateness() {
    let home = EventLoop::new().expect("the program's first loop");
    let shots = usize::try_from(ops(400)).unwrap_or(400);
    let range = home.insert(Range {
        timer: Timer::single_shot(&home, DELAY).precision(Precision::Precise),
        rng: Rng(1),
        due: Instant::now(),
        late: Vec::new(),
        early: 0,
        shots,
    });
    let connected = range.borrow().timer.on_tick(&range, |range, _| range.hit());
    connected.expect("the receiver is here");
    range.borrow_mut().shoot();
    home.run();
    let mut range = range.borrow_mut();
    assert_eq!(range.early, 0, "a shot came early");
    let late = &mut range.late;
    line("", "timer_lateness", late.len() as u64)
        .field("late_min_us", percentile(late, 0.0) / 1e3)
        .field("late_p50_us", percentile(late, 0.5) / 1e3)
        .field("late_p99_us", percentile(late, 0.99) / 1e3)
        .field("late_max_us", percentile(late, 1.0) / 1e3);
}
