//! Jobs that end with something.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use homebound::{CancelReason, CancellationToken, EventLoop, Outcome, Scope, ThreadPool};

const LONG: Duration = Duration::from_mins(1);

fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).build()
}

#[test]
fn dropped_scope_cancels_its_jobs_and_no_others() {
    let pool = pool(2);
    let scope = Scope::new();
    let begun = Arc::new(Barrier::new(3));
    let job = |begun: &Arc<Barrier>| {
        let begun = Arc::clone(begun);
        pool.task(move |cx| {
            begun.wait();
            Ok(cx.sleep(LONG)?)
        })
    };
    let inside = job(&begun).scope(&scope).spawn().unwrap();
    let outside = job(&begun).spawn().unwrap();
    begun.wait();
    let waiting = pool.task(|_| Ok(())).scope(&scope).spawn().unwrap();
    assert_eq!(scope.jobs(), 2);

    drop(scope);

    assert!(matches!(waiting.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    assert!(matches!(inside.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    assert!(!outside.is_finished());
}

#[test]
fn scope_of_an_object_ends_with_it_wherever_it_ends() {
    let worker = homebound::Worker::builder("home of the object").start().unwrap();
    let object = worker.insert_with(|_| 1);
    let scope = Scope::of(&object);
    let pool = pool(1);
    let job = pool.task(|cx| Ok(cx.sleep(LONG)?)).scope(&scope).spawn().unwrap();

    drop(object);

    assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    let late = pool.task(|_| Ok(())).scope(&scope).spawn().unwrap();
    assert!(matches!(late.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
}

#[test]
fn scope_of_an_object_that_is_gone_is_over() {
    let home = EventLoop::new().unwrap();
    let handle = home.insert(1).handle();

    let scope = Scope::of(&handle);

    assert!(scope.token().is_cancelled());
}

#[test]
fn jobs_of_a_window_end_with_it_and_none_reports_to_it_any_more() {
    struct Window {
        jobs: Scope,
        reports: Arc<()>,
    }
    let home = EventLoop::new().unwrap();
    let reports = Arc::new(());
    let window = home.insert(Window {
        jobs: Scope::new(),
        reports: Arc::clone(&reports),
    });
    let pool = pool(1);
    let begun = Arc::new(Barrier::new(2));
    let entered = Arc::clone(&begun);
    let task = pool.task(move |cx| {
        entered.wait();
        loop {
            cx.progress(1, 2)?;
        }
        #[expect(unreachable_code, reason = "says what the task would return")]
        Ok(())
    });
    let job = task
        .scope(&window.borrow().jobs)
        .on_progress(&window, |window, _| drop(Arc::clone(&window.reports)))
        .on_outcome(&window, |_, _| panic!("the window is gone"))
        .spawn()
        .unwrap();
    begun.wait();

    drop(window);
    home.drain();

    assert_eq!(Arc::strong_count(&reports), 1);
    assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    home.drain();
}

#[test]
fn wait_returns_when_the_last_job_has_ended_in_whichever_way() {
    let pool = pool(2);
    let scope = Scope::new();
    assert!(scope.wait_timeout(Duration::ZERO));
    let open = Arc::new(Barrier::new(2));
    let opened = Arc::clone(&open);
    pool.task(move |_| {
        opened.wait();
        Ok(())
    })
    .scope(&scope)
    .spawn()
    .unwrap()
    .detach();
    let _panics = pool
        .task::<(), _>(|_| panic!("on purpose"))
        .scope(&scope)
        .spawn()
        .unwrap();
    drop(pool.task(|_| Ok(())).scope(&scope).spawn().unwrap());
    assert!(!scope.wait_timeout(Duration::from_millis(5)));

    open.wait();

    scope.wait();
    assert_eq!(scope.jobs(), 0);
}

#[test]
fn cancelled_scope_cancels_what_comes_later() {
    let pool = pool(1);
    let above = CancellationToken::new();
    let scope = Scope::below(&above);
    above.cancel();

    let late = pool.task(|_| Ok(())).scope(&scope).spawn().unwrap();

    assert!(late.is_finished() && late.wait().is_cancelled());
    assert_eq!(scope.jobs(), 0);
}

#[test]
fn refused_job_is_not_counted() {
    let pool = pool(1);
    let scope = Scope::new();
    pool.close();

    assert!(pool.task(|_| Ok(())).scope(&scope).spawn().is_err());

    assert_eq!(scope.jobs(), 0);
}
