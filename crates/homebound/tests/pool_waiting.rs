//! Waiting for a task's outcome.

#[path = "support/pool.rs"]
mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use homebound::{CancelReason, CancellationToken, Failure, ThreadPool};
use support::{Gate, LONG, ROUNDS, pool};

#[test]
fn waiting_thread_runs_the_task_itself_if_nobody_has_begun() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let job = pool.task(|_| Ok(thread::current().id())).spawn().unwrap();

    assert_eq!(job.wait().ok(), Some(thread::current().id()));
    assert_eq!(pool.queued(), 0);
}

#[test]
fn chain_of_tasks_that_wait_for_each_other_ends_in_a_pool_of_one() {
    fn link(pool: &Arc<ThreadPool>, depth: u32) -> Result<u32, Failure> {
        if depth == 0 {
            return Ok(0);
        }
        let next = Arc::clone(pool);
        let below = pool.task(move |_| link(&next, depth - 1)).spawn()?;
        Ok(below.wait().into_result()? + 1)
    }
    let pool = Arc::new(pool(1));
    let first = Arc::clone(&pool);

    let job = pool.task(move |_| link(&first, 1000)).spawn().unwrap();

    assert_eq!(job.wait_timeout(LONG).unwrap().ok(), Some(1000));
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.max_threads(), 1);
}

#[test]
fn thread_that_waits_for_a_task_that_runs_elsewhere_lends_its_place() {
    let pool = Arc::new(pool(2));
    let (go, gone) = sync_channel::<()>(0);
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let slow = pool
        .task(move |_| {
            inside.wait();
            gone.recv()?;
            Ok(1)
        })
        .spawn()
        .unwrap();
    entered.wait();
    // The second place waits for the first; what lets the first go on has no place left but the lent one.
    let waiting = pool.task(move |_| slow.wait().into_result()).spawn().unwrap();
    while pool.queued() > 0 {
        thread::yield_now();
    }
    pool.spawn(move || go.send(()).unwrap()).unwrap();

    assert_eq!(waiting.wait_timeout(LONG).unwrap().ok(), Some(1));
    assert!(pool.wait_for_done(LONG));
}

#[test]
fn outcome_is_a_future_under_any_executor() {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let pool = pool(1);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    for number in 0..ROUNDS {
        let mut job = pin!(pool.task(move |_| Ok(number)).spawn().unwrap());
        let outcome = loop {
            match job.as_mut().poll(&mut cx) {
                std::task::Poll::Ready(outcome) => break outcome,
                std::task::Poll::Pending => thread::park(),
            }
        };
        assert_eq!(outcome.ok(), Some(number));
    }
}

#[test]
fn dropped_handle_asks_its_task_to_stop_and_a_detached_one_does_not() {
    let pool = pool(2);
    let (tell, told) = sync_channel(2);
    let also = tell.clone();
    let entered = Arc::new(Barrier::new(3));
    let (a, b) = (Arc::clone(&entered), Arc::clone(&entered));
    let dropped = pool
        .task(move |cx| {
            a.wait();
            tell.send(cx.token().wait())?;
            Ok(())
        })
        .spawn()
        .unwrap();
    let stop = CancellationToken::new();
    let detached = pool
        .task(move |cx| {
            b.wait();
            cx.token().wait_timeout(Duration::from_millis(20));
            also.send(cx.token().reason().unwrap_or(CancelReason::Because("not stopped")))?;
            Ok(())
        })
        .token(&stop)
        .spawn()
        .unwrap();
    entered.wait();

    drop(dropped);
    assert_eq!(told.recv().unwrap(), CancelReason::Dropped);
    detached.detach();
    assert_eq!(told.recv().unwrap(), CancelReason::Because("not stopped"));
}
