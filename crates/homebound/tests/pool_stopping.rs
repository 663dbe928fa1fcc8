//! What stops a task: a token above it, a deadline, a timeout.

#[path = "support/pool.rs"]
mod support;

use std::sync::{Arc, Barrier};
use std::time::Duration;

use homebound::{CancelReason, CancellationToken, Outcome, TestClock, ThreadPool};
use support::{Gate, LONG, pool};

#[test]
fn parent_token_cancels_what_waits_at_once_and_what_runs_at_its_next_cancel_point() {
    let pool = pool(1);
    let parent = CancellationToken::new();
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let running = pool
        .task(move |cx| {
            inside.wait();
            loop {
                cx.check()?;
            }
            #[expect(unreachable_code, reason = "says what the task would return")]
            Ok(())
        })
        .token(&parent)
        .spawn()
        .unwrap();
    let waiting = pool.task(|_| Ok(())).token(&parent).spawn().unwrap();
    entered.wait();
    assert_eq!(pool.queued(), 1);

    parent.cancel_with(CancelReason::OwnerGone);

    assert!(waiting.is_finished());
    assert!(matches!(waiting.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    assert!(matches!(running.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    let late = pool.task(|_| Ok(())).token(&parent).spawn().unwrap();
    assert!(late.is_finished());
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.queued(), 0);
}

#[test]
fn deadline_passes_for_what_waits_and_for_what_runs() {
    let clock = TestClock::new();
    let pool = ThreadPool::builder().max_threads(1).clock(clock.clock()).build();
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let running = pool
        .task(move |cx| {
            inside.wait();
            cx.token().wait();
            Ok(cx.check()?)
        })
        .deadline(Duration::from_secs(5))
        .spawn()
        .unwrap();
    let waiting = pool.task(|_| Ok(())).deadline(Duration::from_secs(3)).spawn().unwrap();
    entered.wait();

    clock.advance(Duration::from_secs(3));
    assert!(waiting.is_finished() && !running.is_finished());
    assert!(matches!(waiting.wait(), Outcome::TimedOut));
    clock.advance(Duration::from_secs(2));
    assert!(matches!(running.wait(), Outcome::TimedOut));
}

#[test]
fn timeout_counts_from_the_start_of_the_work() {
    let clock = TestClock::new();
    let pool = ThreadPool::builder().max_threads(1).clock(clock.clock()).build();
    let gate = Gate::close(&pool);
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let job = pool
        .task(move |cx| {
            inside.wait();
            cx.token().wait();
            Ok(cx.check()?)
        })
        .timeout(Duration::from_secs(5))
        .spawn()
        .unwrap();
    clock.advance(LONG);
    assert!(!job.is_finished());
    drop(gate);
    entered.wait();

    clock.advance(Duration::from_secs(5));

    assert!(matches!(job.wait(), Outcome::TimedOut));
}
