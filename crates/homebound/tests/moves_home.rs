//! Homes that move from loop to loop.

#[path = "support/threads.rs"]
mod support;

use homebound::{Delivery, Emitter, EventLoop, Home, Signal};
use support::{Count, Log, Remote, thread_name};

#[test]
fn home_keeps_the_order_of_what_is_sent_when_it_moves() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let log = Log::new();
    let home = Home::new(&a.proxy);
    let signal = Emitter::<u32>::new();
    let slot = log.clone();
    signal
        .with(Delivery::Queued)
        .connect_home(&home, move |n| slot.add((*n, thread_name())))
        .unwrap();
    let post = |n| {
        let log = log.clone();
        home.post(move || log.add((n, thread_name()))).unwrap();
    };
    let release = a.hold();
    signal.emit(1);
    post(2);
    home.move_to(&b.proxy);
    signal.emit(3);
    post(4);
    release.send(()).unwrap();
    a.settle();
    b.settle();
    let at = |n, home: &str| (n, home.to_owned());
    assert_eq!(log.take(), [at(1, "a"), at(2, "a"), at(3, "b"), at(4, "b")]);
    assert!(!home.is_here());
}

#[test]
fn slots_of_a_home_are_called_also_while_one_of_them_runs() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let widget = Home::new(&home.proxy());
    let signal = Emitter::<u32>::new();
    let (slot, again) = (log.clone(), signal.clone());
    signal
        .with(Delivery::Auto)
        .connect_home(&widget, move |n| {
            slot.add(*n);
            if *n < 3 {
                again.emit(n + 1);
            }
            slot.add(10 + n);
        })
        .unwrap();
    signal.emit(1);
    assert_eq!(log.take(), [1, 2, 3, 13, 12, 11]);
    drop(widget);
}

#[test]
fn dropped_home_ends_what_is_connected_to_it() {
    let home = EventLoop::new().unwrap();
    let (log, alive) = (Log::new(), Count::new());
    let widget = Home::new(&home.proxy());
    let signal = Signal::<u32>::new();
    let (slot, one) = (log.clone(), alive.one());
    let connection = signal
        .with(Delivery::Auto)
        .connect_home(&widget, move |n| {
            let _ = &one;
            slot.add(*n);
        })
        .unwrap();
    signal.emit(1);
    drop(widget);
    home.drain();
    signal.emit(2);
    home.drain();
    assert_eq!(log.take(), [1]);
    assert!(!connection.is_connected());
    assert_eq!(alive.get(), 0);
}

#[test]
fn home_that_cannot_move_to_a_closed_loop_goes_on_where_it_is() {
    let mut gone = Remote::new("gone");
    let to = gone.proxy.clone();
    gone.end();
    let ui = EventLoop::new().unwrap();
    let home = Home::new(&ui.proxy());
    home.move_to(&to);
    ui.drain();

    let log = Log::new();
    let ran = log.clone();
    assert!(home.post(move || ran.add("posted")).is_ok());
    ui.drain();
    assert_eq!(log.take(), ["posted"]);
}
