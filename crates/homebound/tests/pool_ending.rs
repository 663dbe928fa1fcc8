//! What becomes of work that is taken back, cleared, or left in a pool that ends.

#[path = "support/pool.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};

use homebound::{CancelReason, NewThread, Outcome, RejectReason, ThreadPool, ThreadSpawner};
use support::{Gate, LONG, ROUNDS, pool};

#[test]
fn what_has_not_started_can_be_taken_back_and_never_runs() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let ran = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ran);
    let job = pool
        .task(move |_| {
            flag.store(true, Ordering::SeqCst);
            Ok(())
        })
        .spawn()
        .unwrap();
    assert_eq!(pool.queued(), 1);

    assert!(matches!(
        job.take_back().unwrap(),
        Outcome::Cancelled(CancelReason::Requested)
    ));

    assert_eq!(
        (pool.queued(), Arc::strong_count(&ran)),
        (0, 1),
        "the closure is dropped at once"
    );
    drop(gate);
    assert!(pool.wait_for_done(LONG));
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn what_has_started_cannot_be_taken_back() {
    let pool = pool(1);
    let inside = Arc::new(Barrier::new(2));
    let entered = Arc::clone(&inside);
    let job = pool
        .task(move |_| {
            entered.wait();
            entered.wait();
            Ok(5)
        })
        .spawn()
        .unwrap();
    inside.wait();

    let job = job.take_back().unwrap_err();

    inside.wait();
    assert_eq!(job.wait().ok(), Some(5));
}

#[test]
fn million_tasks_that_are_cancelled_while_the_pool_is_busy_do_not_pile_up() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let mut kept = Vec::new();
    for number in 0..100_000 {
        let job = pool.task(move |_| Ok(number)).spawn().unwrap();
        // Another behind it, so that the cancelled one is not the newest.
        let behind = pool.task(move |_| Ok(number)).spawn().unwrap();
        drop(job);
        if number % 10_000 == 0 {
            kept.push(behind);
        } else {
            drop(behind);
        }
    }

    assert_eq!(pool.queued(), kept.len());
    assert_eq!(pool.clear(), kept.len());
    assert!(kept.into_iter().all(|job| job.wait().is_cancelled()));
}

#[test]
fn clear_gives_everything_that_waits_its_outcome_at_once() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let jobs: Vec<_> = (0..10)
        .map(|number| pool.task(move |_| Ok(number)).priority(number % 3).spawn().unwrap())
        .collect();
    pool.spawn(|| {}).unwrap();

    assert_eq!(pool.clear(), 11);

    assert_eq!(pool.queued(), 0);
    for job in jobs {
        assert!(job.is_finished());
        assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::Requested)));
    }
}

#[test]
fn dropped_pool_cancels_what_waits_stops_what_runs_and_joins() {
    for _ in 0..ROUNDS / 4 {
        let pool = pool(2);
        let entered = Arc::new(Barrier::new(3));
        let running: Vec<_> = (0..2)
            .map(|_| {
                let entered = Arc::clone(&entered);
                pool.task(move |cx| {
                    entered.wait();
                    Ok(cx.sleep(LONG)?)
                })
                .spawn()
                .unwrap()
            })
            .collect();
        let waiting: Vec<_> = (0..20).map(|_| pool.task(|_| Ok(())).spawn().unwrap()).collect();
        entered.wait();

        drop(pool);

        for (number, job) in running.into_iter().chain(waiting).enumerate() {
            assert!(job.is_finished());
            let outcome = job.wait();
            assert!(
                matches!(outcome, Outcome::Cancelled(CancelReason::Shutdown)),
                "{number}: {outcome:?}"
            );
        }
    }
}

#[test]
fn pool_that_is_dropped_by_its_own_thread_does_not_hang() {
    for _ in 0..ROUNDS / 4 {
        let pool = Arc::new(pool(2));
        let (tell, told) = sync_channel(0);
        let own = Arc::clone(&pool);
        let (let_go, gate) = sync_channel::<()>(0);
        pool.spawn(move || {
            gate.recv().unwrap_err();
            drop(own);
            tell.send(()).unwrap();
        })
        .unwrap();
        let waiting = pool.task(|cx| Ok(cx.sleep(LONG)?)).spawn().unwrap();
        drop(pool);
        drop(let_go);

        told.recv().unwrap();
        assert!(waiting.wait().is_cancelled());
    }
}

#[test]
fn closed_pool_refuses_and_hands_the_work_back() {
    let pool = pool(1);
    pool.close();

    let refused = pool.spawn(|| {}).unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Closed);
    refused.into_inner()();
    let refused = pool.task(|_| Ok(())).spawn().unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Closed);
}

#[test]
fn pool_without_threads_refuses_and_hands_the_work_back() {
    struct NoThreads;
    impl ThreadSpawner for NoThreads {
        fn spawn(&self, _thread: NewThread) -> std::io::Result<()> {
            Err(std::io::ErrorKind::WouldBlock.into())
        }
    }
    let pool = ThreadPool::builder().spawner(NoThreads).build();

    assert_eq!(pool.spawn(|| {}).unwrap_err().reason(), RejectReason::NoThread);

    assert_eq!((pool.threads(), pool.queued()), (0, 0));
    assert!(pool.wait_for_done(LONG));
}

#[test]
fn pool_whose_spawner_panics_refuses_the_work_and_ends() {
    struct Panics;
    impl ThreadSpawner for Panics {
        fn spawn(&self, _thread: NewThread) -> std::io::Result<()> {
            panic!("no interpreter")
        }
    }
    let pool = ThreadPool::builder().spawner(Panics).build();

    assert_eq!(pool.spawn(|| {}).unwrap_err().reason(), RejectReason::NoThread);

    assert_eq!((pool.threads(), pool.queued()), (0, 0));
    assert!(pool.wait_for_done(LONG));
}
