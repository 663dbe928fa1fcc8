//! Tasks, from the submission to their end; what a task asks and reports.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use homebound::{JobContext, Outcome, ThreadPool};

use super::{Counter, Path, home, path, short};

pub(super) const PATHS: &[Path] = &[
    path("pool_task", pool_task),
    path("pool_task_with_outcome", pool_task_with_outcome),
    path("pool_result_at_once", pool_result_at_once),
    short("cancel_check", cancel_check),
    short("progress_report", progress_report),
];

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
