//! Many tasks of one kind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use homebound::{BatchSummary, EventLoop, Failure, Outcome, ThreadPool};

const LONG: Duration = Duration::from_mins(1);
/// Items of the long batches.
const MANY: usize = 100_000;

fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).build()
}

#[derive(Default)]
struct Window {
    results: Vec<(usize, Outcome<usize>)>,
    finished: Vec<BatchSummary>,
    progress: Vec<(u64, u64)>,
}

#[test]
fn results_come_in_order_if_asked_for() {
    let pool = pool(3);
    let results = pool.batch(0..MANY, |_, n| Ok(n * 2)).in_order().results();

    let mut count = 0;
    for (number, outcome) in results {
        assert_eq!((number, outcome.ok()), (count, Some(count * 2)));
        count += 1;
    }

    assert_eq!(count, MANY);
}

#[test]
fn results_come_as_they_come_each_once() {
    let pool = pool(3);
    let mut seen = vec![false; MANY];

    for (number, outcome) in pool.batch(0..MANY, |_, n| Ok(n)).results() {
        assert_eq!(outcome.ok(), Some(number));
        assert!(!std::mem::replace(&mut seen[number], true));
    }

    assert!(seen.into_iter().all(|seen| seen));
}

#[test]
fn only_a_few_items_and_results_are_alive_at_a_time() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Counted {
        fn new() -> Self {
            MOST.fetch_max(ALIVE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Self
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let pool = pool(2);
    let items = (0..MANY).map(|_| Counted::new());
    let results = pool.batch(items, |_, item| Ok(item)).at_once(5).in_order().results();

    assert_eq!(
        results.inspect(|_| assert!(ALIVE.load(Ordering::SeqCst) <= 7)).count(),
        MANY
    );

    assert!(
        MOST.load(Ordering::SeqCst) <= 7,
        "five places, one at the consumer, one just leaving"
    );
    assert!(pool.wait_for_done(LONG));
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
}

#[test]
fn end_is_told_once_also_for_no_items_at_all() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(1);
    let batch = pool
        .batch(std::iter::empty::<usize>(), |_, n| Ok(n))
        .on_finished(&window, |window, summary| window.finished.push(summary))
        .spawn();

    assert!(batch.is_finished());
    home.drain();

    assert_eq!(window.borrow().finished, [batch.wait()]);
    assert_eq!(batch.wait(), BatchSummary::default());
}

#[test]
fn end_is_told_once_after_all_results_also_when_some_fail_and_panic() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(2);
    let batch = pool
        .batch(0..300_usize, |_, n| match n % 3 {
            0 => Ok(n),
            1 => Err(Failure::msg("on purpose")),
            _ => panic!("on purpose"),
        })
        .on_finished(&window, |window, summary| {
            assert_eq!(window.results.len(), 300);
            window.finished.push(summary);
        })
        .spawn_to(&window, |window, number, outcome| {
            window.results.push((number, outcome));
        });

    while window.borrow().finished.is_empty() {
        home.dispatch(Some(LONG));
    }
    home.drain();

    let window = window.borrow();
    let summary = window.finished[0];
    assert_eq!(window.finished.len(), 1);
    assert_eq!(
        (summary.items, summary.done, summary.failed, summary.panicked),
        (300, 100, 100, 100)
    );
    assert!(!summary.is_cut_short && batch.is_finished());
    assert!(
        window
            .results
            .iter()
            .all(|(number, outcome)| outcome.is_done() == (number % 3 == 0))
    );
}

#[test]
fn cancelled_batch_ends_everything_and_takes_no_more_items() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(2);
    let begun = Arc::new(Barrier::new(3));
    let entered = Arc::clone(&begun);
    let batch = pool
        .batch(0.., move |cx, _: usize| {
            entered.wait();
            cx.sleep(LONG)?;
            Ok(0)
        })
        .at_once(5)
        .on_finished(&window, |window, summary| window.finished.push(summary))
        .spawn_to(&window, |window, number, outcome| {
            window.results.push((number, outcome));
        });
    begun.wait();

    batch.cancel_all();

    let summary = batch.wait_timeout(LONG).unwrap();
    home.drain();
    assert!(summary.is_cut_short);
    assert_eq!((summary.items, summary.cancelled), (5, 5));
    assert_eq!((window.borrow().results.len(), window.borrow().finished.len()), (5, 1));
}

#[test]
fn dropping_the_results_cancels_the_rest() {
    let pool = pool(2);
    let mut results = pool.batch(0.., |_, n: usize| Ok(n)).results();
    assert!(results.next().is_some());

    drop(results);

    assert!(pool.wait_for_done(LONG));
}

#[test]
fn batch_whose_receiver_goes_is_cancelled() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(2);
    let batch = pool
        .batch(0.., |_, n: usize| Ok(n))
        .spawn_to(&window, |window, number, outcome| {
            window.results.push((number, outcome));
        });
    while window.borrow().results.len() < 10 {
        home.dispatch(Some(LONG));
    }

    drop(window);
    home.drain();

    assert!(batch.wait_timeout(LONG).unwrap().is_cut_short);
}

#[test]
fn slow_receiver_holds_the_batch_back() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(2);
    let started = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&started);
    let batch = pool
        .batch(0..1000, move |_, n: usize| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(n)
        })
        .at_once(8)
        .spawn_to(&window, |window, number, outcome| {
            window.results.push((number, outcome));
        });
    assert!(pool.wait_for_done(LONG));
    assert_eq!(started.load(Ordering::SeqCst), 8);

    while window.borrow().results.len() < 1000 {
        home.dispatch(Some(LONG));
    }

    assert_eq!(batch.wait().done, 1000);
}

#[test]
fn iterator_that_panics_ends_the_batch() {
    let pool = pool(1);
    let items = (0..10).inspect(|n| assert!(*n < 5, "on purpose"));

    let summary = pool.batch(items, |_, n: usize| Ok(n)).spawn().wait();

    assert_eq!((summary.items, summary.done, summary.is_cut_short), (5, 5, true));
}

#[test]
fn long_batch_that_is_refused_item_by_item_needs_no_stack() {
    let pool = pool(1);
    pool.close();

    let summary = pool.batch(0..MANY, |_, n| Ok(n)).spawn().wait();

    assert_eq!((summary.items, summary.cancelled), (MANY, MANY));
}

#[test]
fn progress_of_the_batch_ends_with_all_before_the_end_is_told() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Window::default());
    let pool = pool(2);
    let _batch = pool
        .batch(0..1000_usize, |_, n| Ok(n))
        .on_progress(&window, |window, event| window.progress.push((event.done, event.total)))
        .on_finished(&window, |window, summary| {
            assert_eq!(window.progress.last(), Some(&(1000, 1000)));
            window.finished.push(summary);
        })
        .spawn();

    while window.borrow().finished.is_empty() {
        home.dispatch(Some(LONG));
    }
}

#[test]
fn batch_may_run_inside_a_task_of_its_own_full_pool() {
    let pool = Arc::new(pool(1));
    let own = Arc::clone(&pool);
    let job = pool.task(move |_| {
        Ok(own
            .batch(0..1000_usize, |_, n| Ok(n))
            .results()
            .filter_map(|(_, n)| n.ok())
            .sum::<usize>())
    });

    assert_eq!(job.spawn().unwrap().wait_timeout(LONG).unwrap().ok(), Some(499_500));
}
