//! Destructors of what tasks hold, which may use the pool or panic.

#[path = "support/pool.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use homebound::{EventLoop, ThreadPool};
use support::{Gate, LONG, pool};

#[test]
fn destructors_of_closures_and_values_may_use_the_pool() {
    struct Uses(Arc<ThreadPool>);
    impl Drop for Uses {
        fn drop(&mut self) {
            let _ = self.0.spawn(|| {});
            let _ = self.0.queued();
        }
    }
    let pool = Arc::new(pool(1));
    let gate = Gate::close(&pool);
    let uses = || Uses(Arc::clone(&pool));
    let (first, second) = (uses(), uses());
    drop(
        pool.task(move |_| {
            let _: () = drop(first);
            Ok(())
        })
        .spawn()
        .unwrap(),
    );
    let _ = pool
        .task(move |_| {
            let _: () = drop(second);
            Ok(())
        })
        .spawn()
        .unwrap()
        .take_back();
    pool.spawn({
        let in_closure = uses();
        move || drop(in_closure)
    })
    .unwrap();
    pool.clear();
    drop(gate);
    let result = uses();
    drop(pool.task(move |_| Ok(result)).spawn().unwrap().wait());
    pool.task({
        let unclaimed = uses();
        move |_| Ok(unclaimed)
    })
    .spawn()
    .unwrap()
    .detach();

    assert!(pool.wait_for_done(LONG));
}

#[test]
fn destructor_that_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(thread::panicking(), "a destructor on purpose");
        }
    }
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let bomb = Bomb;
    drop(
        pool.task(move |_| {
            drop(bomb);
            Ok(())
        })
        .spawn()
        .unwrap(),
    );
    let bomb = Bomb;
    pool.spawn(move || drop(bomb)).unwrap();
    let bomb = Bomb;
    pool.task(move |_| Ok(bomb)).spawn().unwrap().detach();
    drop(gate);

    assert!(pool.wait_for_done(LONG));
    assert!(pool.task(|_| Ok(())).spawn().unwrap().wait().is_done());
}

/// Panics when it is dropped, once, and not while something else panics already.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a bomb");
    }
}

#[test]
fn destructors_that_panic_in_a_batch_cost_the_pool_no_thread() {
    for _ in 0..100 {
        let pool = ThreadPool::builder().max_threads(2).build();
        let bomb = Bomb;
        let batch = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let batch = pool.batch(0..10, move |_, _| {
                let _held = &bomb;
                Ok(Bomb)
            });
            batch.spawn()
        }));
        drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(batch))));

        assert!(pool.wait_for_done(Duration::from_secs(20)));
        assert_eq!(pool.active(), 0);
    }
}

#[test]
fn an_error_that_panics_when_it_is_shown_costs_the_pool_no_thread() {
    #[derive(Debug)]
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("not a word")
        }
    }
    impl std::error::Error for Unspeakable {}
    let pool = ThreadPool::builder().max_threads(1).build();

    pool.task::<(), _>(|_| Err(Unspeakable)?).spawn().unwrap().detach();

    assert!(pool.wait_for_done(Duration::from_secs(20)));
    assert_eq!(pool.task(|_| Ok(1)).spawn().unwrap().wait().ok(), Some(1));
}

#[test]
fn what_the_last_task_held_is_gone_when_the_pool_is_done_and_when_it_has_ended() {
    /// Takes its time, so that who does not wait for it is seen to be early.
    struct Slow(Arc<AtomicBool>);
    impl Drop for Slow {
        fn drop(&mut self) {
            (0..20_000).for_each(|_| thread::yield_now());
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let run = |pool: &ThreadPool| {
        let is_gone = Arc::new(AtomicBool::new(false));
        let held = Slow(Arc::clone(&is_gone));
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let work = move |cx: &homebound::JobContext| {
            // A callback of the task's own token ends with the task.
            cx.token()
                .on_cancel(move || {
                    let _ = &held;
                })
                .detach();
            // Until the handle is gone.
            let _ = told.recv();
            Ok(())
        };
        let job = pool.task(work).on_outcome(&object, |(), _| {}).spawn().unwrap();
        job.detach();
        drop(tell);
        is_gone
    };

    let pool = pool(1);
    let is_gone = run(&pool);
    assert!(pool.wait_for_done(LONG));
    assert!(is_gone.load(Ordering::SeqCst), "done");

    let is_gone = run(&pool);
    drop(pool);
    assert!(is_gone.load(Ordering::SeqCst), "ended");
}
