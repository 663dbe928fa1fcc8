//! A loop that a toolkit's own loop calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::NOW;
use crate::support::{LIMIT, within_limit};
use homebound::{EventLoop, TestClock, Timer, TurnBudget};

fn hosted() -> (EventLoop, Arc<AtomicUsize>) {
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let waker = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    (EventLoop::builder().waker(waker).build().unwrap(), wakes)
}

#[test]
fn hosted_loop_wakes_its_host_once_per_need() {
    let (home, wakes) = hosted();
    let taken = || wakes.swap(0, Ordering::SeqCst);
    let post_from_afar = || {
        let proxy = home.proxy();
        within_limit(move || proxy.post(|| {}).unwrap());
    };

    post_from_afar();
    assert_eq!(taken(), 1, "before the first dispatch");
    post_from_afar();
    home.post(|| {}).unwrap();
    assert_eq!(taken(), 0, "it was asked already");
    assert_eq!(home.dispatch(NOW).events, 3);
    assert_eq!(taken(), 0);

    home.post(|| {}).unwrap();
    post_from_afar();
    assert_eq!(taken(), 1, "both sides, one need");
    let proxy = home.proxy();
    home.post(move || within_limit(move || proxy.post(|| {}).unwrap()))
        .unwrap();
    while home.dispatch(NOW).more {}
    assert_eq!(home.undelivered(), 0);
    taken();

    home.quit();
    assert_eq!(taken(), 1, "a request to quit is a need");
}

#[test]
fn hosted_loop_says_that_more_is_left_and_asks_again() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let home = EventLoop::builder()
        .waker(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .budget(TurnBudget { events: 1, time: LIMIT })
        .build()
        .unwrap();
    (0..3).for_each(|_| home.post(|| {}).unwrap());
    wakes.store(0, Ordering::SeqCst);
    assert!(home.dispatch(NOW).more);
    assert!(home.dispatch(NOW).more);
    assert!(!home.dispatch(NOW).more);
    assert_eq!(wakes.load(Ordering::SeqCst), 2);
}

#[test]
fn hosted_loop_says_when_its_next_timer_is_due_and_when_that_changes() {
    let clock = TestClock::new();
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let home = EventLoop::builder()
        .clock(clock.clock())
        .waker(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    assert_eq!(home.dispatch(NOW).next_timer, None);
    wakes.store(0, Ordering::SeqCst);
    let timer = Timer::repeating(&home, Duration::from_millis(30));
    timer.start();
    assert_eq!(wakes.load(Ordering::SeqCst), 1, "the host has to ask anew");
    assert_eq!(home.dispatch(NOW).next_timer, Some(Duration::from_millis(30)));
    clock.advance(Duration::from_millis(10));
    assert_eq!(home.dispatch(NOW).next_timer, Some(Duration::from_millis(20)));
}

#[test]
fn waker_that_panics_fails_nobody_who_posts() {
    let heard = crate::support::heard();
    let home = EventLoop::builder().waker(|| panic!("no window")).build().unwrap();
    let (proxy, ran) = (home.proxy(), Arc::new(AtomicUsize::new(0)));
    for _ in 0..2 {
        let (proxy, ran) = (proxy.clone(), Arc::clone(&ran));
        let count = move || {
            ran.fetch_add(1, Ordering::SeqCst);
        };
        within_limit(move || proxy.post(count).unwrap());
    }
    home.post(|| {}).unwrap();

    assert_eq!(home.dispatch(NOW).events, 3);
    assert_eq!(ran.load(Ordering::SeqCst), 2);
    assert!(heard.mentions("no window"));
}

#[test]
fn closed_hosted_loop_has_nothing_more_to_do() {
    let events = within_limit(|| {
        let (home, _wakes) = hosted();
        let handle = EventLoop::current().unwrap();
        drop(home);
        assert!(!handle.dispatch(NOW).more);
        handle.drain()
    });
    assert_eq!(events, 0);
}
