//! How many threads of a pool work at once, and where they come from.

#[path = "support/pool.rs"]
mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::thread::ThreadId;
use std::time::Duration;

use homebound::{NewThread, RejectReason, ThreadPool, ThreadSpawner};
use support::{Gate, LONG, ROUNDS, pool, start};

#[test]
fn reserved_places_stay_empty_and_released_ones_are_filled() {
    let pool = pool(1);
    let ran = Arc::new(AtomicBool::new(false));
    pool.reserve();
    let flag = Arc::clone(&ran);
    pool.spawn(move || flag.store(true, Ordering::SeqCst)).unwrap();
    assert!(!pool.wait_for_done(Duration::from_millis(20)));
    assert!(!ran.load(Ordering::SeqCst));

    pool.release();

    assert!(pool.wait_for_done(LONG));
    assert!(ran.load(Ordering::SeqCst));
}

#[test]
fn task_that_blocks_may_lend_its_place() {
    let pool = Arc::new(pool(1));
    let (tell, told) = sync_channel::<()>(0);
    let lender = Arc::clone(&pool);
    pool.spawn(move || {
        lender.release();
        told.recv().unwrap();
        lender.reserve();
    })
    .unwrap();
    pool.spawn(move || tell.send(()).unwrap()).unwrap();

    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.max_threads(), 1);
}

#[test]
fn more_threads_may_be_allowed_while_work_waits() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let job = pool.task(|_| Ok(())).spawn().unwrap();
    let Err(job) = job.wait_timeout(Duration::from_millis(10)) else {
        panic!("there was no place")
    };

    pool.set_max_threads(2);

    assert!(job.wait_timeout(LONG).unwrap().is_done());
}

#[test]
fn try_spawn_hands_the_closure_back_when_no_thread_is_free() {
    let pool = pool(1);
    let gate = Gate::close(&pool);

    let refused = pool.try_spawn(|| {}).unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Busy);
    drop(gate);
    assert!(pool.wait_for_done(LONG));
    pool.try_spawn(refused.into_inner()).unwrap();

    assert!(pool.wait_for_done(LONG));
}

#[test]
fn idle_threads_end_and_work_after_that_starts_new_ones() {
    let pool = ThreadPool::builder()
        .max_threads(2)
        .expiry(Duration::from_millis(1))
        .build();
    for _ in 0..20 {
        assert!(
            pool.task(|_| Ok(()))
                .spawn()
                .unwrap()
                .wait_timeout(LONG)
                .unwrap()
                .is_done()
        );
        while pool.threads() > 0 {
            thread::yield_now();
        }
    }
}

#[test]
fn work_that_comes_while_the_last_thread_ends_is_not_stranded() {
    let pool = ThreadPool::builder().max_threads(1).expiry(Duration::ZERO).build();
    for number in 0..ROUNDS * 20 {
        let job = pool.task(move |_| Ok(number)).spawn().unwrap();
        assert_eq!(job.wait_timeout(LONG).expect("it is run").ok(), Some(number));
    }
}

#[test]
fn threads_come_from_the_given_spawner() {
    struct Counting(Arc<AtomicUsize>);
    impl ThreadSpawner for Counting {
        fn spawn(&self, thread: NewThread) -> std::io::Result<()> {
            self.0.fetch_add(1, Ordering::SeqCst);
            start(move || thread.run());
            Ok(())
        }
    }
    let started = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::builder()
        .max_threads(3)
        .spawner(Counting(Arc::clone(&started)))
        .build();
    let all = Arc::new(Barrier::new(3));
    let (tell, told) = sync_channel(3);
    for _ in 0..3 {
        let (all, tell) = (Arc::clone(&all), tell.clone());
        pool.spawn(move || {
            all.wait();
            tell.send(thread::current().id()).unwrap();
        })
        .unwrap();
    }

    let ids: HashSet<ThreadId> = (0..3).map(|_| told.recv().unwrap()).collect();

    assert_eq!((ids.len(), started.load(Ordering::SeqCst)), (3, 3));
}
