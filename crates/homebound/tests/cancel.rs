//! The tree of cancellation.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use homebound::{CancelReason, CancellationToken, Clock, TestClock, ThreadPool};

const LONG: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.add();
    }
}

#[test]
fn cancelling_reaches_all_below_and_nothing_above() {
    let root = CancellationToken::new();
    let (left, right) = (root.child(), root.child());
    let below = left.child();

    left.cancel();

    assert!(left.is_cancelled() && below.is_cancelled());
    assert!(!root.is_cancelled() && !right.is_cancelled());
    assert!(right.check().is_ok());
}

#[test]
fn first_reason_stays() {
    let token = CancellationToken::new();
    let child = token.child();

    child.cancel_with(CancelReason::Superseded);
    token.cancel_with(CancelReason::Shutdown);
    token.cancel();

    assert_eq!(child.reason(), Some(CancelReason::Superseded));
    assert_eq!(token.check().unwrap_err().reason(), CancelReason::Shutdown);
}

#[test]
fn child_of_a_cancelled_token_is_born_cancelled() {
    let token = CancellationToken::new();
    token.cancel_with(CancelReason::Because("the moon is full"));

    let child = token.child().child();

    assert_eq!(child.reason(), Some(CancelReason::Because("the moon is full")));
}

#[test]
fn callbacks_run_once_on_the_cancelling_thread_with_the_whole_tree_marked() {
    let token = CancellationToken::new();
    let child = token.child();
    let seen = Arc::new(Count::default());
    let here = thread::current().id();
    token
        .on_cancel({
            let (seen, child) = (Arc::clone(&seen), child.clone());
            move || {
                assert!(child.is_cancelled());
                assert_eq!(thread::current().id(), here);
                seen.add();
            }
        })
        .detach();

    token.cancel();
    token.cancel();

    assert_eq!(seen.get(), 1);
}

#[test]
fn callback_of_a_cancelled_token_runs_at_once_and_a_dropped_guard_takes_it_back() {
    let token = CancellationToken::new();
    let seen = Arc::new(Count::default());
    let note = |seen: &Arc<Count>| {
        let seen = Arc::clone(seen);
        move || seen.add()
    };

    drop(token.on_cancel(note(&seen)));
    token.cancel();
    assert_eq!(seen.get(), 0);
    let _late = token.on_cancel(note(&seen));
    assert_eq!(seen.get(), 1);
}

#[test]
fn callback_may_use_the_tree_and_a_panicking_one_does_not_stop_the_others() {
    let token = CancellationToken::new();
    let seen = Arc::new(Count::default());
    token.on_cancel(|| panic!("a bad listener")).detach();
    token
        .on_cancel({
            let (token, seen) = (token.clone(), Arc::clone(&seen));
            move || {
                let _ = token.child();
                token.cancel();
                token.on_cancel(|| {}).detach();
                seen.add();
            }
        })
        .detach();

    token.cancel();

    assert_eq!(seen.get(), 1);
}

#[test]
fn destructor_of_a_callback_may_use_the_token() {
    struct Uses(CancellationToken);
    impl Drop for Uses {
        fn drop(&mut self) {
            let _ = self.0.child().reason();
        }
    }
    let token = CancellationToken::new();
    let uses = Uses(token.child());
    let guard = token.on_cancel(move || drop(uses));

    drop(guard);

    assert!(!token.is_cancelled());
}

#[test]
fn future_is_woken_by_cancelling_and_leaves_nothing_when_dropped() {
    let token = CancellationToken::new();
    let wakes = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    {
        let mut future = pin!(token.cancelled());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3, "one waker is kept, not one per poll");
        token.cancel();
        assert_eq!(wakes.get(), 1);
        assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(CancelReason::Requested));
    }
    drop(CancellationToken::new().cancelled());
    assert_eq!(Arc::strong_count(&wakes), 2);
}

#[test]
fn waiting_thread_is_woken_by_cancelling() {
    let token = CancellationToken::new();
    let waiting = start({
        let token = token.child();
        move || (token.wait(), token.wait_timeout(LONG))
    });

    token.cancel_with(CancelReason::Shutdown);

    assert_eq!(waiting.join().unwrap(), (CancelReason::Shutdown, true));
    assert!(!CancellationToken::new().wait_timeout(Duration::from_millis(1)));
}

#[test]
fn deadline_cancels_on_its_clock_and_not_before() {
    let clock = TestClock::new();
    let root = CancellationToken::new();
    let token = root.with_deadline(&clock.clock(), Duration::from_secs(5));

    clock.advance(Duration::from_millis(4999));
    assert!(!token.is_cancelled());
    clock.advance(Duration::from_millis(1));

    assert_eq!(token.reason(), Some(CancelReason::Deadline));
    assert!(!root.is_cancelled());
    assert_eq!(
        root.with_deadline(&clock.clock(), Duration::ZERO).reason(),
        Some(CancelReason::Deadline)
    );
}

#[test]
fn deadlines_of_the_machine_pass_in_their_order() {
    let clock = Clock::new();
    let now = clock.now();
    let root = CancellationToken::new();
    let far = root.with_deadline(&clock, now + LONG);
    let later = root.with_deadline(&clock, now + Duration::from_millis(20));
    let sooner = root.with_deadline(&clock, now + Duration::from_millis(10));

    assert_eq!(later.wait(), CancelReason::Deadline);

    assert!(clock.now() >= now + Duration::from_millis(20));
    assert!(sooner.is_cancelled());
    assert!(!far.is_cancelled());
}

#[test]
fn token_that_was_cancelled_before_its_deadline_keeps_its_reason() {
    let clock = TestClock::new();
    let token = CancellationToken::new().with_deadline(&clock.clock(), LONG);
    let child = token.child();
    let on_the_machine = CancellationToken::new().with_timeout(LONG);

    token.cancel();
    on_the_machine.cancel();
    clock.advance(LONG);

    assert_eq!(token.reason(), Some(CancelReason::Requested));
    assert_eq!(child.reason(), Some(CancelReason::Requested));
    assert_eq!(on_the_machine.reason(), Some(CancelReason::Requested));
}

#[test]
fn sleep_of_a_job_ends_when_it_is_cancelled() {
    let pool = ThreadPool::builder().max_threads(1).build();
    let begun = Arc::new(Barrier::new(2));
    let job = pool
        .task({
            let begun = Arc::clone(&begun);
            move |cx| {
                begun.wait();
                Ok(cx.sleep(LONG)?)
            }
        })
        .spawn()
        .unwrap();
    begun.wait();

    job.cancel();

    assert!(job.wait().is_cancelled());
}

#[test]
fn sleep_of_a_job_follows_the_pools_clock() {
    let clock = TestClock::new();
    let pool = ThreadPool::builder().max_threads(1).clock(clock.clock()).build();
    let begun = Arc::new(Barrier::new(2));
    let job = pool
        .task({
            let begun = Arc::clone(&begun);
            move |cx| {
                begun.wait();
                Ok(cx.sleep(LONG)?)
            }
        })
        .spawn()
        .unwrap();
    begun.wait();
    let Err(job) = job.wait_timeout(Duration::from_millis(5)) else {
        panic!("it slept too short")
    };

    // The sleep may begin after the first of these moves; it is over after the second.
    clock.advance(LONG);
    let outcome = job.wait_timeout(Duration::from_millis(5)).or_else(|job| {
        clock.advance(LONG);
        job.wait_timeout(LONG)
    });

    assert!(outcome.unwrap().is_done());
}

#[test]
fn million_short_lived_children_leave_nothing_in_a_long_lived_root() {
    let root = CancellationToken::new();
    let count = Arc::new(Count::default());
    for _ in 0..1_000_000 {
        let child = root.child();
        let _guard = child.on_cancel({
            let count = Arc::clone(&count);
            move || count.add()
        });
    }

    root.cancel();

    assert_eq!((count.get(), Arc::strong_count(&count)), (0, 1));
}

#[test]
fn chain_of_a_hundred_thousand_is_cancelled_and_dropped_without_a_stack() {
    let chain = |length: usize| {
        let mut chain = vec![CancellationToken::new()];
        for depth in 1..length {
            chain.push(chain[depth - 1].child());
        }
        chain
    };
    let cancelled = chain(100_000);
    cancelled[0].cancel();
    assert!(cancelled.iter().all(CancellationToken::is_cancelled));

    // Only the last one is held: dropping it drops the whole chain.
    let last = chain(100_000).pop();
    drop(last);
}

#[test]
fn no_child_and_no_callback_is_missed_while_threads_race_with_cancel() {
    for _ in 0..300 {
        let root = CancellationToken::new();
        let called = Arc::new(Count::default());
        let barrier = Arc::new(Barrier::new(3));
        let adders: Vec<_> = (0..2)
            .map(|_| {
                let (root, called, barrier) = (root.clone(), Arc::clone(&called), Arc::clone(&barrier));
                start(move || {
                    barrier.wait();
                    let mut tokens = Vec::new();
                    for _ in 0..50 {
                        let token = root.child();
                        let called = Arc::clone(&called);
                        token.on_cancel(move || called.add()).detach();
                        tokens.push(token.child());
                        drop(root.child());
                    }
                    tokens
                })
            })
            .collect();
        barrier.wait();
        root.cancel();
        let tokens: Vec<_> = adders.into_iter().flat_map(|adder| adder.join().unwrap()).collect();

        assert!(tokens.iter().all(CancellationToken::is_cancelled));
        assert_eq!(called.get(), 100);
    }
}

/// Starts a thread of the test's own, that is not one of the library's.
fn start<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> thread::JoinHandle<R> {
    thread::Builder::new().spawn(f).expect("the system gives threads")
}
