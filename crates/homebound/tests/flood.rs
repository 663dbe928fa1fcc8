//! A flood: two threads emit as fast as they can for three seconds to a loop that ticks every 16 ms. The ticks go on, and memory is bounded
//! wherever the connection's policy bounds it.
//!
//! The figures depend on the machine having a processor to spare, so the strict limits are asked for by name:
//! `cargo test --release -p homebound --test flood -- --ignored --nocapture --test-threads=1`

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use homebound::{Clock, Connection, Delivery, Emitter, EventLoop, Overflow, Owner, Precision, Timer};

const TICK: Duration = Duration::from_millis(16);
const SENDERS: usize = 2;
const WHILE: Duration = Duration::from_secs(3);
/// Long enough for a few dozen ticks.
const BRIEFLY: Duration = Duration::from_millis(600);

/// What was seen of one flood.
#[derive(Debug)]
struct Flood {
    emitted: u64,
    delivered: u64,
    /// The times between two ticks, in order of length.
    intervals: Vec<Duration>,
    /// The same without the time that the loop's thread stood ready and the machine had no processor for it.
    own: Vec<Duration>,
    /// How much more memory the process had at most, in MiB.
    grown: u64,
}

/// What the ticks have seen: when they came, what the thread had waited for a processor until then, and the most memory.
#[derive(Default)]
struct Seen {
    ticks: Vec<(Duration, Duration)>,
    most: u64,
}

impl Seen {
    fn tick(&mut self, now: Duration) {
        self.ticks.push((now, without_processor()));
        self.most = self.most.max(resident());
    }

    /// The times between two ticks, in order of length; `own` without what the thread has waited for a processor.
    fn intervals(&self, own: bool) -> Vec<Duration> {
        let interval = |pair: &[(Duration, Duration)]| {
            let waited = pair[1].1.saturating_sub(pair[0].1);
            let whole = pair[1].0.saturating_sub(pair[0].0);
            whole.saturating_sub(if own { waited } else { Duration::ZERO })
        };
        let mut intervals: Vec<_> = self.ticks.windows(2).map(interval).collect();
        intervals.sort();
        intervals
    }
}

impl Flood {
    fn of(name: &str, lasts: Duration, connect: fn(&Emitter<u64>, &Owner<u64>) -> Option<Connection>) -> Self {
        let home = EventLoop::new().expect("the test's own thread");
        let clock = home.clock().clone();
        let received = home.insert(0_u64);
        let signal = Emitter::new();
        let connection = connect(&signal, &received);
        let (base, seen) = (resident(), Rc::new(RefCell::new(Seen::default())));
        let timer = Timer::repeating(&home, TICK).precision(Precision::Precise);
        let (watch, now) = (Rc::clone(&seen), clock.clone());
        let ticks = timer
            .timeout()
            .connect_fn(move |_tick| watch.borrow_mut().tick(now.now()));
        ticks.expect("this thread has a loop");

        let (stop, emitted) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| emitted.fetch_add(emit_until(&signal, &stop), Ordering::Relaxed));
            }
            timer.start();
            seen.borrow_mut().tick(clock.now());
            let end = home.proxy();
            scope.spawn(move || {
                wait(&Clock::new(), lasts);
                // Before whatever waits, or the end would come after the whole flood.
                end.quit_now();
            });
            home.run();
            stop.store(true, Ordering::Relaxed);
            // Whoever waits for room in a bounded connection is let go.
            if let Some(connection) = connection {
                connection.disconnect();
            }
        });

        let seen = seen.take();
        let flood = Self {
            emitted: emitted.into_inner(),
            delivered: *received.borrow(),
            intervals: seen.intervals(false),
            own: seen.intervals(true),
            grown: seen.most.saturating_sub(base) / 1024,
        };
        flood.tell(name);
        flood
    }

    #[expect(clippy::print_stderr, reason = "the figures are what the measurement is for")]
    fn tell(&self, name: &str) {
        eprintln!(
            "{name:<22} {:>10} emitted {:>10} delivered; tick: p99 {:>6.2?} longest {:>6.2?}, the loop's own p99 {:>6.2?}; memory +{} MiB",
            self.emitted,
            self.delivered,
            quantile(&self.intervals, 0.99),
            quantile(&self.intervals, 1.0),
            quantile(&self.own, 0.99),
            self.grown
        );
    }
}

/// Emits without a pause, and returns how often.
fn emit_until(signal: &Emitter<u64>, stop: &AtomicBool) -> u64 {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        assert!(signal.emit(count).is_complete());
        count += 1;
    }
    count
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a short list"
)]
fn quantile(sorted: &[Duration], part: f64) -> Duration {
    let at = ((sorted.len() as f64 * part).ceil() as usize).max(1) - 1;
    sorted[at]
}

/// How long this thread has stood ready without a processor so far, as the system counts it; zero where it does not.
fn without_processor() -> Duration {
    let counts = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = counts.split_whitespace().nth(1).and_then(|count| count.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

/// The memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Lets time pass on a thread that has nothing else to do.
fn wait(clock: &Clock, time: Duration) {
    let end = clock.now() + time;
    while let Some(left) = end.checked_sub(clock.now()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
}

fn queued(signal: &Emitter<u64>, received: &Owner<u64>) -> Option<Connection> {
    let connecting = signal.with(Delivery::Queued);
    connecting.connect(received, |received, _| *received += 1).ok()
}

fn latest(signal: &Emitter<u64>, received: &Owner<u64>) -> Option<Connection> {
    let connecting = signal.with(Delivery::LATEST);
    connecting.connect(received, |received, _| *received += 1).ok()
}

fn bounded(overflow: Overflow) -> Delivery {
    let capacity = 1024;
    Delivery::Bounded { capacity, overflow }
}

fn bounded_wait(signal: &Emitter<u64>, received: &Owner<u64>) -> Option<Connection> {
    let connecting = signal.with(bounded(Overflow::Wait));
    connecting.connect(received, |received, _| *received += 1).ok()
}

fn bounded_oldest(signal: &Emitter<u64>, received: &Owner<u64>) -> Option<Connection> {
    let connecting = signal.with(bounded(Overflow::DropOldest));
    connecting.connect(received, |received, _| *received += 1).ok()
}

fn batch(signal: &Emitter<u64>, received: &Owner<u64>) -> Option<Connection> {
    let connecting = signal.with(bounded(Overflow::DropNewest));
    connecting
        .connect_batch(received, |received, batch| *received += batch.len() as u64)
        .ok()
}

/// More than the queues of these connections and their senders' stacks ever need.
const BOUND: u64 = 48;

#[test]
fn ticks_go_on_and_bounded_deliveries_bound_memory() {
    for (name, connect) in [
        ("latest", latest as fn(&_, &_) -> _),
        ("bounded, wait", bounded_wait),
        ("bounded, drop oldest", bounded_oldest),
        ("batch, drop newest", batch),
    ] {
        let flood = Flood::of(name, BRIEFLY, connect);
        assert!(flood.intervals.len() >= 5, "{name}: {} ticks", flood.intervals.len());
        assert!(flood.delivered > 0, "{name}");
        assert!(flood.grown <= BOUND, "{name}: {} MiB", flood.grown);
    }
}

/// Floods for three seconds. What a user sees is judged, whatever it comes from: hence a machine with nothing else to do.
fn measure(name: &str, connect: fn(&Emitter<u64>, &Owner<u64>) -> Option<Connection>, limit: Duration) -> Flood {
    let flood = Flood::of(name, WHILE, connect);
    let tick = quantile(&flood.intervals, 0.99);
    assert!(tick < limit, "{name}: {tick:?}");
    flood
}

const LATEST_TICK: Duration = Duration::from_millis(20);
const OTHER_TICK: Duration = Duration::from_millis(33);

#[test]
#[ignore = "measures: needs a machine with nothing else to do"]
fn latest_keeps_the_tick_under_20_ms() {
    assert!(measure("latest", latest, LATEST_TICK).grown <= BOUND);
}

#[test]
#[ignore = "measures: needs a machine with nothing else to do"]
fn queued_keeps_the_tick_under_33_ms() {
    measure("queued", queued, OTHER_TICK);
}

#[test]
#[ignore = "measures: needs a machine with nothing else to do"]
fn bounded_that_waits_keeps_the_tick_and_memory() {
    assert!(measure("bounded, wait", bounded_wait, OTHER_TICK).grown <= BOUND);
}

#[test]
#[ignore = "measures: needs a machine with nothing else to do"]
fn bounded_that_drops_keeps_the_tick_and_memory() {
    assert!(measure("bounded, drop oldest", bounded_oldest, OTHER_TICK).grown <= BOUND);
}

#[test]
#[ignore = "measures: needs a machine with nothing else to do"]
fn batch_keeps_the_tick_and_memory() {
    assert!(measure("batch, drop newest", batch, OTHER_TICK).grown <= BOUND);
}
