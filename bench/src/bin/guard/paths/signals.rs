//! Emission at home, connecting and disconnecting.

use std::hint::black_box;

use homebound::{Delivery, Signal};

use super::{Counter, Path, all_saw, connected, home, path, short};

pub(super) const PATHS: &[Path] = &[
    short("emit_no_slot", |n| emit(n, 0)),
    path("emit_1_slot", |n| emit(n, 1)),
    path("emit_10_slots", |n| emit(n, 10)),
    path("emit_emitter_at_home", emit_through_emitter),
    path("connect", connect),
    path("connect_disconnect", connect_disconnect),
];

fn emit(n: u64, slots: usize) {
    let home = home();
    let (signal, receivers) = connected(&home, slots, Delivery::Auto);
    (0..n).for_each(|i| drop(black_box(&signal).emit(i)));
    all_saw(&receivers, n);
}

fn emit_through_emitter(n: u64) {
    let home = home();
    let (signal, receivers) = connected(&home, 1, Delivery::Auto);
    let emitter = signal.emitter();
    (0..n).for_each(|i| drop(black_box(&emitter).emit(i)));
    all_saw(&receivers, n);
}

fn connect(n: u64) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let signal = Signal::<u64>::new();
    for _ in 0..n {
        let connected = black_box(&signal).connect(&receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here");
    }
    // Ends without freeing them one by one: that is another path.
    std::mem::forget(signal);
}

fn connect_disconnect(n: u64) {
    let home = home();
    let receiver = home.insert(Counter::default());
    let signal = Signal::<u64>::new();
    for _ in 0..n {
        let connected = black_box(&signal).connect(&receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here").disconnect();
    }
    assert_eq!(signal.connections(), 0);
}
