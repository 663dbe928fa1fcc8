//! A window's thread that shows a frame every 16 ms while two threads emit to it as fast as they can.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use homebound::{Connection, Delivery, Emitter, EventLoop, Owner, Precision, Timer};

use crate::catalog::Bench;
use crate::harness::{float, line, nanos, percentile, rss_kb, span, value};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "ui_flood",
        run: || flood(&FREE, "lossless", Delivery::Queued),
    },
    Bench {
        name: "ui_flood_bounded",
        run: || flood(&FREE, "bounded", Delivery::BOUNDED),
    },
    Bench {
        name: "ui_flood_latest",
        run: || flood(&FREE, "latest", Delivery::LATEST),
    },
    Bench {
        name: "ui_flood_5us",
        run: || flood(&DEAR, "lossless", Delivery::Queued),
    },
    Bench {
        name: "ui_flood_5us_bounded",
        run: || flood(&DEAR, "bounded", Delivery::BOUNDED),
    },
    // The newest value is never behind, so it takes the flood for the full time.
    Bench {
        name: "ui_flood_5us_latest",
        run: || flood(&Case { most: u64::MAX, ..DEAR }, "latest", Delivery::LATEST),
    },
];

const FRAME: Duration = Duration::from_millis(16);
const MEMORY_LIMIT_KB: u64 = 6 << 20;

struct Case {
    bench: &'static str,
    /// What each delivery costs the window's thread.
    slot: Duration,
    lasts: Duration,
    /// A thread emits no more than this.
    most: u64,
}

const FREE: Case = Case {
    bench: "ui_flood",
    slot: Duration::ZERO,
    lasts: Duration::from_secs(3),
    most: u64::MAX,
};

const DEAR: Case = Case {
    bench: "ui_flood_5us",
    slot: Duration::from_micros(5),
    lasts: Duration::from_secs(1),
    most: 500_000,
};

/// What the emitting threads and the window's share.
struct Shared {
    stop: AtomicBool,
    running: AtomicU64,
    emitted: AtomicU64,
}

static SHARED: Shared = Shared {
    stop: AtomicBool::new(false),
    running: AtomicU64::new(2),
    emitted: AtomicU64::new(0),
};

/// The window.
struct Window {
    slot: Duration,
    lasts: Duration,
    start: Instant,
    last_frame: Instant,
    intervals: Vec<u64>,
    frames_in_time: u64,
    delivered: u64,
    delivered_in_time: u64,
    /// The last value of each thread, and how many were not newer than the one before.
    newest: [i32; 2],
    strays: u64,
    connections: Vec<Connection>,
}

impl Window {
    fn new(case: &Case) -> Self {
        let start = Instant::now();
        Self {
            slot: case.slot,
            lasts: span(case.lasts),
            start,
            last_frame: start,
            intervals: Vec::new(),
            frames_in_time: 0,
            delivered: 0,
            delivered_in_time: 0,
            newest: [-1; 2],
            strays: 0,
            connections: Vec::new(),
        }
    }

    fn deliver(&mut self, producer: usize, value: i32) {
        self.strays += u64::from(value <= self.newest[producer]);
        self.newest[producer] = value;
        self.delivered += 1;
        if !self.slot.is_zero() {
            let until = Instant::now() + self.slot;
            while Instant::now() < until {}
        }
        if self.delivered.is_multiple_of(1024) && self.start.elapsed() < self.lasts {
            self.delivered_in_time = self.delivered;
        }
    }

    fn frame(&mut self) {
        let now = Instant::now();
        self.intervals.push(nanos(now - self.last_frame));
        self.last_frame = now;
        if now - self.start < self.lasts {
            self.frames_in_time += 1;
        }
        if self.is_over() {
            EventLoop::current().expect("slots run on a loop").quit();
        }
    }

    /// All that was emitted has arrived, or is counted by the connection's policy; and a frame after it has been shown.
    fn is_over(&self) -> bool {
        let counted = self.connections.iter().map(Connection::counters);
        let replaced: u64 = counted.map(|counters| counters.coalesced + counters.dropped).sum();
        SHARED.running.load(Ordering::Acquire) == 0
            && self.delivered + replaced == SHARED.emitted.load(Ordering::Relaxed)
    }
}

fn flood(case: &Case, variant: &str, delivery: Delivery) {
    let home = EventLoop::new().expect("the program's first loop");
    let window = home.insert(Window::new(case));
    let emitters: [Emitter<i32>; 2] = [connect(&window, 0, delivery), connect(&window, 1, delivery)];
    let timer = Timer::repeating(&home, FRAME).precision(Precision::Precise);
    timer
        .on_tick(&window, |window, _| window.frame())
        .expect("the receiver is here");

    let before = rss_kb();
    let start = Instant::now();
    {
        let mut window = window.borrow_mut();
        (window.start, window.last_frame) = (start, start);
    }
    timer.start();
    let peak = thread::scope(|scope| {
        for emitter in &emitters {
            scope.spawn(|| emit(emitter, case.most));
        }
        let monitor = scope.spawn(|| watch_memory(start, span(case.lasts)));
        home.run();
        // What still lies there tells of values that have been taken already.
        home.drain();
        monitor.join().expect("the monitor ends well")
    });
    report(case, variant, &mut window.borrow_mut(), peak.saturating_sub(before));
}

fn connect(window: &Owner<Window>, producer: usize, delivery: Delivery) -> Emitter<i32> {
    let emitter = Emitter::new();
    let connecting = emitter.with(delivery);
    let connected = connecting.connect(window, move |window, v| window.deliver(producer, *v));
    let connection = connected.expect("the receiver is here");
    window.borrow_mut().connections.push(connection);
    emitter
}

fn emit(emitter: &Emitter<i32>, most: u64) {
    let mut mine = 0;
    while mine < most && !SHARED.stop.load(Ordering::Relaxed) {
        assert!(emitter.emit(value(mine)).is_complete());
        mine += 1;
        if mine.is_multiple_of(4096) {
            SHARED.emitted.fetch_add(4096, Ordering::Relaxed);
        }
    }
    SHARED.emitted.fetch_add(mine % 4096, Ordering::Relaxed);
    SHARED.running.fetch_sub(1, Ordering::Release);
}

/// Ends the flood when its time is over, or memory is. Returns the most that was used.
fn watch_memory(start: Instant, lasts: Duration) -> u64 {
    let mut peak = 0;
    while start.elapsed() < lasts && peak < MEMORY_LIMIT_KB {
        thread::sleep(Duration::from_millis(20));
        peak = peak.max(rss_kb());
    }
    SHARED.stop.store(true, Ordering::Relaxed);
    peak
}

fn report(case: &Case, variant: &str, window: &mut Window, grown_kb: u64) {
    assert_eq!(window.strays, 0, "values came out of order");
    let lasts = window.lasts.as_secs_f64();
    let drained = window.last_frame.saturating_duration_since(window.start + window.lasts);
    let emitted = SHARED.emitted.load(Ordering::Relaxed);
    let ideal = window.lasts.as_millis() / FRAME.as_millis();
    line(variant, case.bench, emitted)
        .field("emitted_per_s", float(emitted) / lasts)
        .field("delivered_per_s", float(window.delivered_in_time) / lasts)
        .field("ticks", float(window.frames_in_time))
        .field("ticks_ideal", float(u64::try_from(ideal).unwrap_or(0)))
        .field("frame_p50_ms", percentile(&mut window.intervals, 0.5) / 1e6)
        .field("frame_p99_ms", percentile(&mut window.intervals, 0.99) / 1e6)
        .field("frame_max_ms", percentile(&mut window.intervals, 1.0) / 1e6)
        .field("rss_growth_mb", float(grown_kb) / 1024.0)
        .field("drain_after_ms", drained.as_secs_f64() * 1e3);
}
