//! Running, quitting and nesting.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::support::{Log, heard, within_limit};
use homebound::EventLoop;

#[test]
fn a_thread_has_one_loop_at_a_time() {
    let first = EventLoop::builder().name("first").build().unwrap();
    let error = EventLoop::new().unwrap_err();
    assert!(error.to_string().contains("first"), "{error}");
    assert_eq!(EventLoop::current().unwrap().name(), "first");
    drop(first);
    assert!(EventLoop::current().is_none());
    EventLoop::new().unwrap();
}

#[test]
fn quit_before_the_run_ends_it_at_once_and_is_used_up() {
    let home = EventLoop::new().unwrap();
    home.quit();
    assert!(home.is_quitting());
    home.run();
    assert!(!home.is_quitting());

    let ran = Rc::new(Cell::new(false));
    let (seen, quits) = (Rc::clone(&ran), EventLoop::current().unwrap());
    home.post(move || {
        seen.set(true);
        quits.quit();
    })
    .unwrap();
    home.run();
    assert!(ran.get());
}

#[test]
fn quit_from_afar_comes_after_what_was_posted_and_quit_now_before() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    for (name, now) in [("after", false), ("before", true)] {
        let (posted, proxy) = (log.clone(), home.proxy());
        within_limit(move || {
            proxy.post(move || posted.add(name)).unwrap();
            if now { proxy.quit_now() } else { proxy.quit() }
        });
        home.run();
        if now {
            assert_eq!(log.take(), [""; 0]);
            home.drain();
            assert_eq!(log.take(), ["before"]);
        } else {
            assert_eq!(log.take(), ["after"]);
        }
    }
}

#[test]
fn quit_ends_all_nested_runs() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let (handle, outer) = (EventLoop::current().unwrap(), log.clone());
    home.post(move || {
        outer.add("outer begins");
        let (inner, quits) = (outer.clone(), handle.clone());
        handle
            .post(move || {
                inner.add("inner");
                quits.quit();
            })
            .unwrap();
        handle.run();
        outer.add("outer ends");
    })
    .unwrap();
    home.run();
    assert_eq!(log.take(), ["outer begins", "inner", "outer ends"]);
    assert!(!home.is_quitting());
}

#[test]
fn run_until_returns_the_output_and_leaves_a_quit_to_the_next_run() {
    let home = EventLoop::new().unwrap();
    assert_eq!(home.run_until(async { 7 }), Some(7));

    let quits = EventLoop::current().unwrap();
    assert_eq!(
        home.run_until(async move {
            quits.quit();
            8
        }),
        Some(8)
    );
    assert!(home.is_quitting(), "the request was not for that run");
    home.run();
    assert!(!home.is_quitting());

    home.quit();
    assert_eq!(home.run_until(std::future::pending::<()>()), None);
    assert!(!home.is_quitting());
}

#[test]
fn run_until_of_a_future_that_panics_returns_none() {
    heard();
    let home = EventLoop::new().unwrap();
    let output: Option<()> = home.run_until(async { panic!("on purpose") });
    assert_eq!(output, None);
}

#[test]
fn nested_run_until_waits_for_its_own_future() {
    let home = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    let output = home.run_until(async move {
        let sleep = handle.proxy().sleep(Duration::from_millis(1));
        handle.run_until(sleep)
    });
    assert_eq!(output, Some(Some(true)));
}
