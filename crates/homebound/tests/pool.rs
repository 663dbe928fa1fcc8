//! The thread pool: what runs, in which order, on which thread.

#[path = "support/pool.rs"]
mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::thread;

use support::{Gate, LONG, Log, pool, start};

#[test]
fn task_runs_on_a_named_thread_of_the_pool() {
    let pool = pool(1);
    let (tell, told) = sync_channel(1);

    pool.spawn(move || {
        tell.send((thread::current().id(), thread::current().name().map(str::to_owned)))
            .unwrap();
    })
    .unwrap();

    let (id, name) = told.recv().unwrap();
    assert_ne!(id, thread::current().id());
    assert_eq!(name.as_deref(), Some("test-1"));
}

#[test]
fn one_thread_runs_first_in_first_out_inside_a_priority_and_the_higher_first() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let log = Log::default();
    for (number, priority) in [0, 0, 5, -3, 5, 2000, 0, -2000].into_iter().enumerate() {
        let log = log.clone();
        pool.task(move |_| {
            let _: () = log.note(number);
            Ok(())
        })
        .priority(priority)
        .spawn()
        .unwrap()
        .detach();
    }

    drop(gate);

    assert!(pool.wait_for_done(LONG));
    assert_eq!(log.taken(), [5, 2, 4, 0, 1, 6, 3, 7]);
}

#[test]
fn urgent_work_overtakes_short_work_that_a_thread_has_already_taken() {
    let pool = Arc::new(pool(1));
    let log = Log::default();
    let gate = Gate::close(&pool);
    // Enough of them that the thread takes several at once, whatever its pace is.
    for number in 0..20 {
        let (log, urgent) = (log.clone(), Arc::clone(&pool));
        pool.spawn(move || {
            log.note(number);
            if number == 7 {
                urgent.spawn_with_priority(1, move || log.note(99)).unwrap();
            }
        })
        .unwrap();
    }

    drop(gate);

    assert!(pool.wait_for_done(LONG));
    let taken = log.taken();
    assert_eq!(taken.iter().position(|number| *number == 99), Some(8), "{taken:?}");
}

#[test]
fn panic_in_a_closure_leaves_the_pool_alive() {
    let pool = pool(1);
    for _ in 0..10 {
        pool.spawn(|| panic!("on purpose")).unwrap();
    }

    let after = pool.task(|_| Ok(1)).spawn().unwrap();

    assert!(after.wait().is_done());
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.threads(), 1);
}

#[test]
fn task_is_never_stranded_behind_a_long_one() {
    let pool = pool(2);
    let gate = Arc::new(AtomicBool::new(false));
    let short = Arc::new(AtomicUsize::new(0));
    // Short tasks teach the threads to take many at once.
    for _ in 0..10_000 {
        pool.spawn(|| {}).unwrap();
    }
    for number in 0..500 {
        let (gate, short) = (Arc::clone(&gate), Arc::clone(&short));
        if number == 100 {
            pool.spawn(move || {
                while !gate.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            })
            .unwrap();
        } else {
            pool.spawn(move || {
                short.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
        }
    }

    while short.load(Ordering::SeqCst) < 499 {
        assert!(!gate.load(Ordering::SeqCst));
        thread::yield_now();
    }

    gate.store(true, Ordering::SeqCst);
    assert!(pool.wait_for_done(LONG));
}

#[test]
fn work_that_blocks_starts_all_the_threads_there_may_be() {
    for _ in 0..50 {
        let pool = pool(4);
        let all = Arc::new(Barrier::new(5));
        for _ in 0..4 {
            let all = Arc::clone(&all);
            pool.spawn(move || {
                all.wait();
            })
            .unwrap();
        }
        all.wait();
        assert!(pool.wait_for_done(LONG));
        assert_eq!((pool.threads(), pool.active(), pool.queued()), (4, 0, 0));
    }
}

#[test]
fn nothing_is_lost_and_nothing_runs_twice_with_many_spawners() {
    const EACH: usize = 20_000;
    let pool = Arc::new(pool(3));
    let ran: Arc<Vec<AtomicUsize>> = Arc::new((0..4 * EACH).map(|_| AtomicUsize::new(0)).collect());
    let spawners: Vec<_> = (0..4)
        .map(|spawner| {
            let (pool, ran) = (Arc::clone(&pool), Arc::clone(&ran));
            start(move || {
                let mut cancelled = 0;
                for number in 0..EACH {
                    let (at, ran) = (spawner * EACH + number, Arc::clone(&ran));
                    let note = move || ran[at].fetch_add(1, Ordering::Relaxed);
                    match number % 5 {
                        0 => pool
                            .spawn(move || {
                                note();
                            })
                            .unwrap(),
                        1 => pool.task(move |_| Ok(note())).spawn().unwrap().detach(),
                        2 => assert!(pool.task(move |_| Ok(note())).spawn().unwrap().wait().is_done()),
                        3 => drop(
                            pool.task(move |_| Ok(note()))
                                .priority(1)
                                .spawn()
                                .unwrap()
                                .take_back()
                                .map(|outcome| {
                                    assert!(outcome.is_cancelled());
                                    cancelled += 1;
                                })
                                .map_err(homebound::JoinHandle::detach),
                        ),
                        _ => pool
                            .spawn_with_priority(3, move || {
                                note();
                            })
                            .unwrap(),
                    }
                }
                cancelled
            })
        })
        .collect();
    let cancelled: usize = spawners.into_iter().map(|spawner| spawner.join().unwrap()).sum();

    assert!(pool.wait_for_done(LONG));
    assert!(ran.iter().all(|count| count.load(Ordering::Relaxed) <= 1));
    assert_eq!(
        ran.iter().filter(|count| count.load(Ordering::Relaxed) == 1).count() + cancelled,
        4 * EACH
    );
    assert_eq!((pool.queued(), pool.active()), (0, 0));
}
