//! Latest delivery: the newest value, at most once in a time; the first and the last always arrive.

#[path = "support/threads.rs"]
mod support;
#[macro_use]
#[path = "support/delivery.rs"]
mod delivery;

use std::time::Duration;

use homebound::{Counters, Delivery, TestClock};
use support::heard;

const EVERY: Duration = Duration::from_millis(16);

claims_of_every_delivery!(Delivery::Latest { every: Duration::ZERO });

#[test]
fn first_and_last_value_of_a_burst_arrive_and_the_rest_is_counted() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    let connection = signal
        .with(Delivery::Latest { every: EVERY })
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    (0..100).for_each(|n| drop(signal.emit(n)));
    home.drain();
    assert_eq!(*object.borrow(), [0]);
    clock.advance(EVERY - Duration::from_nanos(1));
    home.drain();
    assert_eq!(*object.borrow(), [0], "never early");
    clock.advance(Duration::from_nanos(1));
    home.drain();
    assert_eq!(*object.borrow(), [0, 99]);
    assert_eq!(
        connection.counters(),
        Counters {
            coalesced: 98,
            dropped: 0
        }
    );
    clock.advance(EVERY * 10);
    home.drain();
    signal.emit(100);
    home.drain();
    assert_eq!(*object.borrow(), [0, 99, 100]);
}

#[test]
fn last_value_arrives_although_the_signal_ends_before_its_time() {
    for away in [false, true] {
        let clock = TestClock::new();
        let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
        let object = home.insert(Vec::new());
        let signal = Emitter::new();
        let alive = support::Count::new();
        let one = alive.one();
        signal
            .with(Delivery::Latest { every: EVERY })
            .connect(&object, move |list, n| {
                let _ = &one;
                list.push(*n);
            })
            .unwrap();
        let burst = move || (0..10).for_each(|n| drop(signal.emit(n)));
        if away {
            support::within_limit(burst);
        } else {
            burst();
            drop(burst);
        }
        home.drain();
        clock.advance(EVERY);
        home.drain();
        assert_eq!(*object.borrow(), [0, 9]);
        clock.advance(EVERY);
        home.drain();
        assert_eq!(alive.get(), 0);
    }
}

#[test]
fn flood_from_two_threads_ends_with_a_last_value_and_loses_no_count() {
    const EACH: u64 = 50_000;
    let home = EventLoop::new().unwrap();
    let object = home.insert((0_u64, 0_u64));
    let signal = Emitter::new();
    let connection = signal
        .with(options())
        .connect(&object, |(calls, last), n: &u64| {
            *calls += 1;
            *last = *n;
        })
        .unwrap();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (signal, proxy) = (signal.clone(), home.proxy());
            std::thread::spawn(move || {
                (1..=EACH).for_each(|n| drop(signal.emit(n)));
                proxy.quit();
            })
        })
        .collect();
    (0..2).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    assert_eq!(object.borrow().1, EACH);
    assert_eq!(object.borrow().0 + connection.counters().coalesced, 2 * EACH);
}

#[test]
fn values_for_a_running_object_are_coalesced_and_the_last_arrives() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    signal
        .with(options())
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    {
        let _running = object.borrow_mut();
        for n in 0..10 {
            signal.emit(n);
            home.drain();
        }
    }
    home.drain();
    assert_eq!(*object.borrow(), [0, 9]);
}

#[test]
fn loop_that_ends_counts_the_values_it_had_not_shown_and_no_empty_nudge() {
    let heard = heard();
    let clock = TestClock::new();
    let signal = Emitter::<u32>::new();
    for (name, emissions) in [("has shown all", 1), ("owes one", 2)] {
        let home = EventLoop::builder().name(name).clock(clock.clock()).build().unwrap();
        let shown = home.insert(Vec::new());
        let connection = signal
            .with(Delivery::LATEST)
            .connect(&shown, |shown, n| shown.push(*n))
            .unwrap();
        for n in 0..emissions {
            signal.emit(n);
            home.drain();
        }
        assert_eq!(*shown.borrow(), [0]);
        drop(home);
        connection.disconnect();
    }

    assert!(!heard.mentions("'has shown all'"));
    assert!(heard.mentions("'owes one' ended with 1 undelivered"));
}

#[test]
fn slot_that_panics_gets_the_next_value() {
    heard();
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    signal
        .with(Delivery::Latest { every: Duration::ZERO })
        .connect(&object, |list, n: &u32| {
            assert_ne!(*n, 1, "on purpose");
            list.push(*n);
        })
        .unwrap();
    for n in 0..4 {
        signal.emit(n);
        home.drain();
    }
    assert_eq!(*object.borrow(), [0, 2, 3]);
}
