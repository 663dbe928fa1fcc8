//! The hot paths, each as a function that takes it so many times. Each is made so that only its own work grows with the number, and checks that the
//! work was done.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use homebound::{Delivery, EventLoop, JobContext, Outcome, Owner, Signal, ThreadPool, Timer};

pub(crate) struct Path {
    pub(crate) name: &'static str,
    /// Once this many, and once twice as many.
    pub(crate) operations: u64,
    pub(crate) run: fn(u64),
}

/// For paths of a few instructions: what two runs differ by, in waiting for a thread to start say, must vanish beside them.
const fn short(name: &'static str, run: fn(u64)) -> Path {
    Path {
        name,
        operations: 1_000_000,
        run,
    }
}

const fn path(name: &'static str, run: fn(u64)) -> Path {
    Path {
        name,
        operations: 50_000,
        run,
    }
}

pub(crate) const PATHS: &[Path] = &[
    short("emit_no_slot", |n| emit(n, 0)),
    path("emit_1_slot", |n| emit(n, 1)),
    path("emit_10_slots", |n| emit(n, 10)),
    path("emit_emitter_at_home", emit_through_emitter),
    path("connect", connect),
    path("connect_disconnect", connect_disconnect),
    path("queued_at_home", queued_at_home),
    path("queued_from_afar", queued_from_afar),
    path("posted_from_afar", posted_from_afar),
    path("pool_task", pool_task),
    path("pool_task_with_outcome", pool_task_with_outcome),
    path("pool_result_at_once", pool_result_at_once),
    short("cancel_check", cancel_check),
    short("progress_report", progress_report),
    path("timer_start_beside_1k", |n| Beside::new(1_000).start(n)),
    path("timer_restart_beside_1k", |n| Beside::new(1_000).restart(n)),
    path("timer_stop_beside_1k", |n| Beside::new(1_000).stop(n)),
    path("timer_start_beside_1m", |n| Beside::new(1_000_000).start(n)),
    path("timer_restart_beside_1m", |n| Beside::new(1_000_000).restart(n)),
    path("timer_stop_beside_1m", |n| Beside::new(1_000_000).stop(n)),
];

pub(crate) fn find(name: &str) -> Result<&'static Path, String> {
    PATHS.iter().find(|path| path.name == name).ok_or_else(|| {
        let all: Vec<_> = PATHS.iter().map(|path| path.name).collect();
        format!("there is no path '{name}'; these exist: {}", all.join(", "))
    })
}

// ---- signals

#[derive(Default)]
struct Counter {
    seen: u64,
}

fn home() -> EventLoop {
    EventLoop::new().expect("the thread's only loop")
}

fn connected(home: &EventLoop, slots: usize, delivery: Delivery) -> (Signal<u64>, Vec<Owner<Counter>>) {
    let signal = Signal::new();
    let receivers: Vec<_> = (0..slots).map(|_| home.insert(Counter::default())).collect();
    for receiver in &receivers {
        let connected = signal.with(delivery).connect(receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here");
    }
    (signal, receivers)
}

fn all_saw(receivers: &[Owner<Counter>], n: u64) {
    assert!(
        receivers.iter().all(|receiver| receiver.borrow().seen == n),
        "a slot was not called"
    );
}

fn emit(n: u64, slots: usize) {
    let (signal, receivers) = connected(&home(), slots, Delivery::Auto);
    (0..n).for_each(|i| drop(black_box(&signal).emit(i)));
    all_saw(&receivers, n);
}

fn emit_through_emitter(n: u64) {
    let (signal, receivers) = connected(&home(), 1, Delivery::Auto);
    let emitter = signal.emitter();
    (0..n).for_each(|i| drop(black_box(&emitter).emit(i)));
    all_saw(&receivers, n);
}

fn connect(n: u64) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let signal = Signal::<u64>::new();
    for _ in 0..n {
        let connected = black_box(&signal).connect(&receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here");
    }
    // Ends without freeing them one by one: that is another path.
    std::mem::forget(signal);
}

fn connect_disconnect(n: u64) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let signal = Signal::<u64>::new();
    for _ in 0..n {
        let connected = black_box(&signal).connect(&receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here").disconnect();
    }
    assert_eq!(signal.connections(), 0);
}

// ---- queues

const BURST: u64 = 100;

fn queued_at_home(n: u64) {
    let home = home();
    let (signal, receivers) = connected(&home, 1, Delivery::Queued);
    for _ in 0..n / BURST {
        (0..BURST).for_each(|i| drop(black_box(&signal).emit(i)));
        home.drain();
    }
    all_saw(&receivers, n);
}

/// Another thread sends all, and only then the loop delivers: so no run differs from another in who waits for whom.
fn from_afar(n: u64, send: impl FnOnce(&Owner<Counter>) -> Box<dyn FnOnce() + Send>) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let send = send(&receiver);
    thread::spawn(send).join().expect("the sender ends well");
    home.drain();
    all_saw(&[receiver], n);
}

fn queued_from_afar(n: u64) {
    from_afar(n, |receiver| {
        let to = receiver.handle();
        Box::new(move || {
            let signal = Signal::<u64>::new();
            let connected = signal.connect(&to, |counter, _| counter.seen += 1);
            connected.expect("the receiver is there");
            (0..n).for_each(|i| assert!(black_box(&signal).emit(i).is_complete()));
        })
    });
}

fn posted_from_afar(n: u64) {
    from_afar(n, |receiver| {
        let to = receiver.handle();
        Box::new(move || (0..n).for_each(|_| assert!(to.post(|counter| counter.seen += 1).is_ok())))
    });
}

// ---- pool

const LIMIT: Duration = Duration::from_mins(2);

/// A pool whose only thread is in a task until it is let go: so no run differs from another in who wakes whom.
fn busy_pool() -> (ThreadPool, mpsc::Sender<()>) {
    let pool = ThreadPool::builder().max_threads(1).expiry(None).build();
    let (let_go, held) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let long = move || {
        tell.send(()).expect("somebody waits");
        let _ = held.recv_timeout(LIMIT);
    };
    assert!(pool.spawn(long).is_ok());
    told.recv_timeout(LIMIT).expect("the thread is in the task");
    (pool, let_go)
}

static HITS: AtomicU64 = AtomicU64::new(0);

fn hit() -> u64 {
    HITS.fetch_add(1, Ordering::Relaxed)
}

fn in_busy_pool(n: u64, submit: impl Fn(&ThreadPool)) {
    let (pool, let_go) = busy_pool();
    (0..n).for_each(|_| submit(black_box(&pool)));
    drop(let_go);
    assert!(pool.wait_for_done(LIMIT), "a task never ran");
    assert_eq!(HITS.load(Ordering::Relaxed), n, "a task was lost, or ran twice");
}

fn pool_task(n: u64) {
    in_busy_pool(n, |pool| {
        let spawned = pool.spawn(|| {
            black_box(hit());
        });
        assert!(spawned.is_ok());
    });
}

fn pool_task_with_outcome(n: u64) {
    in_busy_pool(n, |pool| {
        pool.task(|_| Ok(hit())).spawn().expect("the pool is open").detach();
    });
}

fn pool_result_at_once(n: u64) {
    let (pool, let_go) = busy_pool();
    for i in 0..n {
        let job = pool.task(move |_| Ok(i)).spawn().expect("the pool is open");
        assert!(matches!(job.wait(), Outcome::Done(value) if value == i));
    }
    drop(let_go);
}

/// Runs `work` as a job of a pool, which has a token.
fn in_job(work: impl FnOnce(&JobContext) + Send + 'static) {
    let pool = ThreadPool::builder().max_threads(1).build();
    let work = |cx: &JobContext| {
        cx.token();
        work(cx);
        Ok(())
    };
    assert!(pool.task(work).spawn().expect("the pool is open").wait().is_done());
}

fn cancel_check(n: u64) {
    in_job(move |cx| (0..n).for_each(|_| assert!(!black_box(cx).is_cancelled())));
}

/// A window watches; it is told once, and looks when the job has ended.
fn progress_report(n: u64) {
    let home = home();
    let last = home.insert(Counter::default());
    let pool = ThreadPool::builder().max_threads(1).build();
    let work = move |cx: &JobContext| {
        (1..=n).for_each(|i| assert!(black_box(cx).progress(i, n).is_ok()));
        Ok(())
    };
    let job = pool
        .task(work)
        .on_progress(&last, |last: &mut Counter, event| last.seen = event.done);
    assert!(job.spawn().expect("the pool is open").wait().is_done());
    home.drain();
    assert_eq!(last.borrow().seen, n, "the last step was not shown");
}

// ---- timers

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
