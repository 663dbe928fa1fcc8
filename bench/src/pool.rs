//! A pool of two threads: tiny tasks, one hand-off, one result; asking for a cancel and reporting progress.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use homebound::{CancellationToken, EventLoop, Outcome, ProgressEvent, ThreadPool};

use crate::catalog::Bench;
use crate::emit::all;
use crate::harness::{LIMIT, elapsed, float, line, nanos, ops, per_op, repeat};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "pool_spawn",
        run: || spawn("pool_spawn", 1_000_000, plain),
    },
    Bench {
        name: "pool_spawn_future",
        run: || spawn("pool_spawn_future", 300_000, with_outcome),
    },
    Bench {
        name: "pool_spawn_prio8",
        run: || spawn("pool_spawn_prio8", 100_000, |pool, i| prioritised(pool, i, 8)),
    },
    Bench {
        name: "pool_spawn_prio1000",
        run: || spawn("pool_spawn_prio1000", 100_000, |pool, i| prioritised(pool, i, 1000)),
    },
    Bench {
        name: "pool_handoff",
        run: handoff,
    },
    Bench {
        name: "pool_future_result",
        run: result,
    },
    Bench {
        name: "pool_stranded",
        run: stranded,
    },
    Bench {
        name: "cancel_check",
        run: cancel,
    },
    Bench {
        name: "progress_report",
        run: progress,
    },
];

/// A task that is not stranded needs some microseconds; a machine with much else to do may need longer.
const PATIENCE: Duration = Duration::from_secs(30);

static HITS: AtomicU64 = AtomicU64::new(0);

fn hit() -> u64 {
    HITS.fetch_add(1, Ordering::Relaxed)
}

fn pool() -> ThreadPool {
    ThreadPool::builder().max_threads(2).expiry(None).build()
}

fn plain(pool: &ThreadPool, _i: u64) {
    assert!(
        pool.spawn(|| {
            black_box(hit());
        })
        .is_ok()
    );
}

fn with_outcome(pool: &ThreadPool, _i: u64) {
    let spawned = pool.task(|_| Ok(hit())).spawn();
    assert!(spawned.map(homebound::JoinHandle::detach).is_ok());
}

/// The priority of the `i`-th task is scattered over `levels`, by the same rule as in Qt's benchmark.
fn prioritised(pool: &ThreadPool, i: u64, levels: u64) {
    let scattered = (i.wrapping_mul(2_654_435_761) & u64::from(u32::MAX)) >> 16;
    let priority = i32::try_from(scattered % levels).unwrap_or(0);
    assert!(
        pool.spawn_with_priority(priority, || {
            black_box(hit());
        })
        .is_ok()
    );
}

/// Submits `n` tasks from this thread and waits until the last has run.
fn spawn(bench: &str, n: u64, submit: impl Fn(&ThreadPool, u64)) {
    let (pool, n) = (pool(), ops(n));
    let mut submitting = Vec::new();
    let reps = repeat(3, n, || {
        elapsed(|| {
            submitting.push(per_op(elapsed(|| (0..n).for_each(|i| submit(&pool, i))), n));
            assert!(pool.wait_for_done(LIMIT), "a task never ran");
        })
    });
    assert_eq!(HITS.load(Ordering::Relaxed), all(3, n), "a task was lost, or ran twice");
    submitting.sort_by(f64::total_cmp);
    line("", bench, n)
        .ns(reps)
        .field("submit_ns", submitting[submitting.len() / 2]);
}

/// Hands one task to an idle pool and waits until a thread of it has run it.
fn handoff() {
    let (pool, n) = (pool(), ops(30_000));
    let here = thread::current();
    let once = || {
        let done = Arc::new(AtomicBool::new(false));
        let (flag, waiter) = (Arc::clone(&done), here.clone());
        let time = elapsed(|| {
            let task = move || {
                assert_ne!(thread::current().id(), waiter.id());
                flag.store(true, Ordering::Release);
                waiter.unpark();
            };
            assert!(pool.spawn(task).is_ok());
            while !done.load(Ordering::Acquire) {
                thread::park();
            }
        });
        nanos(time)
    };
    (0..n / 10).for_each(|_| {
        black_box(once());
    });
    let mut times: Vec<_> = (0..n).map(|_| once()).collect();
    line("", "pool_handoff", n).latencies(&mut times);
}

/// The result of one task, waited for at once.
fn result() {
    let (pool, n) = (pool(), ops(50_000));
    let once = |i: u64| {
        let time = elapsed(|| {
            let job = pool.task(move |_| Ok(i)).spawn().expect("the pool is open");
            assert!(matches!(job.wait(), Outcome::Done(value) if value == i));
        });
        nanos(time)
    };
    (0..n / 10).for_each(|i| {
        black_box(once(i));
    });
    let mut times: Vec<_> = (0..n).map(once).collect();
    line("", "pool_future_result", n).latencies(&mut times);
}

/// While one task holds its thread, all others run: none waits behind it.
fn stranded() {
    let (pool, n) = (pool(), ops(1_000));
    let mut waits = Vec::new();
    for _ in 0..n {
        let (let_go, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        // The long task lies amid the short ones, where a thread that takes several at once would take it along.
        let short = |tell: &mpsc::Sender<()>| {
            let tell = tell.clone();
            assert!(pool.spawn(move || tell.send(()).expect("somebody counts")).is_ok());
        };
        waits.push(nanos(elapsed(|| {
            (0..20).for_each(|_| short(&tell));
            assert!(
                pool.spawn(move || {
                    let _ = held.recv_timeout(LIMIT);
                })
                .is_ok()
            );
            (0..20).for_each(|_| short(&tell));
            (0..40).for_each(|_| {
                told.recv_timeout(PATIENCE)
                    .expect("a task was stranded behind a long one");
            });
        })));
        drop(let_go);
        assert!(pool.wait_for_done(LIMIT));
    }
    line("", "pool_stranded", n).latencies(&mut waits);
}

/// A job asks whether it is to stop; a holder of a token asks the same.
fn cancel() {
    let (pool, n) = (pool(), ops(10_000_000));
    let work = move |cx: &homebound::JobContext| {
        cx.token();
        let ask = || (0..n).for_each(|_| assert!(!black_box(cx).is_cancelled()));
        Ok(repeat(5, n, || elapsed(ask)))
    };
    let job = pool.task(work).spawn().expect("the pool is open");
    line("", "cancel_check", n).ns(job.wait().ok().expect("nobody cancelled the job"));

    let token = CancellationToken::new();
    let ask = || (0..n).for_each(|_| assert!(!black_box(&token).is_cancelled()));
    line("token", "cancel_check", n).ns(repeat(5, n, || elapsed(ask)));
    token.cancel();
    assert!(token.is_cancelled());
}

/// What a window sees of a job's progress.
#[derive(Default)]
struct Bar {
    deliveries: u64,
    last: u64,
    backwards: u64,
    took: Option<Duration>,
}

impl Bar {
    fn show(&mut self, event: &ProgressEvent) {
        self.deliveries += 1;
        self.backwards += u64::from(event.done < self.last);
        self.last = event.done;
    }
}

/// A job reports a million steps, and an object of this thread watches.
fn progress() {
    let n = ops(1_000_000);
    let home = EventLoop::new().expect("the program's first loop");
    let pool = pool();
    let mut deliveries = 0;
    let reps = repeat(3, n, || {
        let bar = home.insert(Bar::default());
        let work = move |cx: &homebound::JobContext| {
            let report = || (1..=n).for_each(|i| assert!(black_box(cx).progress(i, n).is_ok()));
            Ok(elapsed(report))
        };
        let job = pool
            .task(work)
            .on_progress(&bar, |bar: &mut Bar, event| bar.show(&event))
            .on_outcome(&bar, |bar, outcome| {
                bar.took = outcome.ok();
                EventLoop::current().expect("slots run on a loop").quit();
            })
            .spawn()
            .expect("the pool is open");
        home.run();
        drop(job);
        home.drain();
        let bar = bar.borrow();
        assert_eq!(
            (bar.last, bar.backwards),
            (n, 0),
            "the last step was not shown, or progress went backwards"
        );
        deliveries = bar.deliveries;
        bar.took.expect("the job has ended well")
    });
    line("", "progress_report", n)
        .ns(reps)
        .field("delivered", float(deliveries));
}
