//! The pool's sleep and wake, and a task's outcome, under the interleavings of two or three threads.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering};

use super::cell::{Place, Series};
use super::{Crew, JoinHandle, Keep, Settings, ThreadPool};
use crate::clock::Clock;
use crate::job::JobContext;
use crate::outcome::Outcome;
use crate::spawner::{NewThread, StdSpawner, ThreadSpawner};

fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 20_000;
    builder.check(body);
}

/// A pool that takes no part in the program's shutdown, whose list outlives a model.
fn pool_with(max: usize, expiry: Option<Duration>) -> ThreadPool {
    pool_of(max, expiry, Box::new(StdSpawner))
}

fn pool_of(max: usize, expiry: Option<Duration>, spawner: Box<dyn ThreadSpawner>) -> ThreadPool {
    let settings = Settings {
        name: String::from("model"),
        stack_size: None,
        expiry,
        clock: Clock::new(),
        spawner,
    };
    ThreadPool {
        crew: Crew::new(settings, max),
    }
}

/// Starts a single thread, as one that stands for a worker's does.
struct Once(AtomicUsize);

impl ThreadSpawner for Once {
    fn spawn(&self, thread: NewThread) -> io::Result<()> {
        assert_eq!(self.0.fetch_add(1, Ordering::SeqCst), 0, "a second thread was wanted");
        StdSpawner.spawn(thread)
    }
}

fn pool(max: usize) -> ThreadPool {
    pool_with(max, None)
}

/// Waits until all is done: the pool's own wait, without its time limit.
fn wait_for_done(crew: &Arc<Crew>) {
    if let Some(latch) = crew.when_done() {
        latch.wait();
    }
}

#[test]
fn loom_a_thread_that_ends_when_idle_waits_for_the_work_that_started_it() {
    model(|| {
        let pool = pool_of(1, Some(Duration::ZERO), Box::new(Once(AtomicUsize::new(0))));
        let ran = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&ran);
        pool.spawn(move || {
            counts.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
        wait_for_done(&pool.crew);
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_no_wake_is_lost_between_a_push_and_a_worker_that_falls_asleep() {
    model(|| {
        let pool = pool(1);
        let ran = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let ran = Arc::clone(&ran);
            pool.spawn(move || {
                ran.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
        }
        wait_for_done(&pool.crew);
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        // Dropping the pool joins the worker: a model that ends with a parked thread is a deadlock.
    });
}

#[test]
fn loom_worker_that_searches_finds_what_comes_and_counts_as_done() {
    model(|| {
        crate::linger::pays_in_this_model();
        let pool = pool(1);
        let ran = Arc::new(AtomicUsize::new(0));
        for expected in 1..=2 {
            let ran_here = Arc::clone(&ran);
            pool.spawn(move || {
                ran_here.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
            wait_for_done(&pool.crew);
            assert_eq!(ran.load(Ordering::SeqCst), expected);
        }
    });
}

#[test]
fn loom_second_worker_comes_for_what_the_first_leaves() {
    model(|| {
        let pool = pool(2);
        let met = Arc::new(crate::latch::Latch::new());
        // The first can only end when the second runs beside it.
        let (waits, sets) = (Arc::clone(&met), met);
        pool.spawn(move || waits.wait()).unwrap();
        pool.spawn(move || sets.set()).unwrap();
        wait_for_done(&pool.crew);
    });
}

#[test]
fn loom_push_that_gives_way_calls_another_for_what_is_left() {
    model(|| {
        let pool = pool(2);
        let met = Arc::new(crate::latch::Latch::new());
        let (waits, sets) = (Arc::clone(&met), met);
        pool.spawn(move || waits.wait()).unwrap();
        pool.crew.gives_way_in_this_model();
        pool.spawn(move || sets.set()).unwrap();
        wait_for_done(&pool.crew);
    });
}

#[test]
fn loom_pushes_that_give_way_reach_a_worker_that_searches_sleeps_or_ends() {
    for expiry in [None, Some(Duration::ZERO)] {
        model(move || {
            crate::linger::pays_in_this_model();
            let pool = pool_with(1, expiry);
            let ran = Arc::new(AtomicUsize::new(0));
            let push = |crew: &Arc<Crew>| {
                let ran = Arc::clone(&ran);
                crew.gives_way_in_this_model();
                let count = move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                };
                assert!(crew.push_closure(0, count).is_ok());
            };
            push(&pool.crew);
            push(&pool.crew);
            wait_for_done(&pool.crew);
            assert_eq!(ran.load(Ordering::SeqCst), 2);
        });
    }
}

#[test]
fn loom_what_comes_while_another_push_gives_way_is_seen_to() {
    model(|| {
        let pool = pool(2);
        let met = Arc::new(crate::latch::Latch::new());
        let (waits, sets) = (Arc::clone(&met), met);
        pool.crew.gives_way_in_this_model();
        let crew = Arc::clone(&pool.crew);
        let other = loom::thread::spawn(move || assert!(crew.push_closure(0, move || waits.wait()).is_ok()));
        pool.crew.gives_way_in_this_model();
        pool.spawn(move || sets.set()).unwrap();
        other.join().unwrap();
        wait_for_done(&pool.crew);
    });
}

#[test]
fn loom_outcome_is_waited_for_run_here_or_elsewhere() {
    model(|| {
        let pool = pool(1);
        let job = pool.task(|_| Ok(7)).spawn().unwrap();
        assert_eq!(job.wait().ok(), Some(7));
    });
}

#[test]
fn loom_outcome_that_is_polled_for_arrives() {
    model(|| {
        let pool = pool(1);
        let job = pool.task(|_| Ok(7)).spawn().unwrap();
        assert_eq!(loom::future::block_on(job).ok(), Some(7));
    });
}

#[test]
fn loom_task_is_taken_back_or_runs_never_both() {
    model(|| {
        let pool = pool(1);
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        let job = pool
            .task(move |_| Ok(count.fetch_add(1, Ordering::SeqCst)))
            .spawn()
            .unwrap();
        match job.take_back() {
            Ok(outcome) => {
                assert!(outcome.is_cancelled());
                wait_for_done(&pool.crew);
                assert_eq!(ran.load(Ordering::SeqCst), 0);
            }
            Err(job) => {
                let latched = job.wait_timeout(Duration::from_secs(1));
                assert!(matches!(latched, Ok(Outcome::Done(0))));
                assert_eq!(ran.load(Ordering::SeqCst), 1);
            }
        }
    });
}

#[test]
fn loom_work_that_comes_while_a_worker_ends_is_not_stranded() {
    model(|| {
        let pool = pool_with(1, Some(Duration::ZERO));
        for _ in 0..2 {
            let done = Arc::new(crate::latch::Latch::new());
            let sets = Arc::clone(&done);
            pool.spawn(move || sets.set()).unwrap();
            done.wait();
        }
    });
}

/// Two tasks of one series, which is their row as well: one worker may have both in hand.
fn two_of_a_series(pool: &ThreadPool, work: impl Fn(usize) + Clone + Send + 'static) -> [JoinHandle<usize>; 2] {
    let series = Series::alone(&pool.crew);
    [0, 1].map(|at| {
        let work = work.clone();
        let work = move |_: &JobContext| {
            work(at);
            Ok(at)
        };
        let pushed = pool.crew.push_one_of(0, &series, at, (work, Keep));
        let row = pushed.map_err(|_| "the pool is open").unwrap();
        let place = Place { at, priority: 0, row };
        JoinHandle::new(Arc::clone(&series) as _, place)
    })
}

#[test]
fn loom_second_worker_takes_one_of_a_series_out_of_the_hand_of_the_first() {
    model(|| {
        let pool = pool(2);
        let met = Arc::new(crate::latch::Latch::new());
        let jobs = two_of_a_series(&pool, move |at| if at == 0 { met.wait() } else { met.set() });
        jobs.into_iter().for_each(JoinHandle::detach);
        wait_for_done(&pool.crew);
    });
}

#[test]
fn loom_tasks_of_a_series_run_here_or_elsewhere_each_once() {
    model(|| {
        let pool = pool(1);
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        let [first, second] = two_of_a_series(&pool, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(second.wait().ok(), Some(1));
        // Let go of, not dropped: that would ask it to stop before it begins.
        let taken_back = first.take_back().map_err(JoinHandle::detach).is_ok();
        wait_for_done(&pool.crew);
        assert_eq!(ran.load(Ordering::SeqCst) + usize::from(taken_back), 2);
    });
}
