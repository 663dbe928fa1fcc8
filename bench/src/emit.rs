//! Calling slots at once, on the emitting thread: from the signal, and through an emitter that could cross threads.

use std::hint::black_box;

use homebound::{Delivery, EventLoop, Owner, Signal};

use crate::catalog::Bench;
use crate::harness::{elapsed, line, ops, repeat, value};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "emit_unconnected",
        run: || direct("emit_unconnected", 0, 10_000_000),
    },
    Bench {
        name: "emit_direct_1",
        run: || direct("emit_direct_1", 1, 3_000_000),
    },
    Bench {
        name: "emit_direct_10",
        run: || direct("emit_direct_10", 10, 500_000),
    },
    Bench {
        name: "emit_auto_1",
        run: || auto("emit_auto_1", 1, 3_000_000),
    },
    Bench {
        name: "emit_lambda_1",
        run: lambda,
    },
    Bench {
        name: "emit_emitter_0",
        run: || emitter("emit_unconnected", 0, 10_000_000),
    },
    Bench {
        name: "emit_emitter_1",
        run: || emitter("emit_direct_1", 1, 3_000_000),
    },
    Bench {
        name: "emit_emitter_10",
        run: || emitter("emit_direct_10", 10, 500_000),
    },
    Bench {
        name: "connect_disconnect",
        run: || connect_disconnect(""),
    },
    Bench {
        name: "connect_disconnect_shared",
        run: || connect_disconnect("with an emitter"),
    },
];

/// As long as Qt's few repetitions take, or nearly: with as few of its own, a moment in which the host gave the core's other thread to somebody else would be all that is measured.
const REPS: usize = 25;

#[derive(Default)]
pub(crate) struct Counter {
    pub(crate) seen: u64,
}

/// A signal and its receivers, each connected once.
pub(crate) struct Connected {
    pub(crate) signal: Signal<i32>,
    receivers: Vec<Owner<Counter>>,
}

impl Connected {
    pub(crate) fn new(home: &EventLoop, slots: usize, delivery: Delivery) -> Self {
        let signal = Signal::new();
        let connect = || {
            let receiver = home.insert(Counter::default());
            let connected = signal.with(delivery).connect(&receiver, |counter, _| counter.seen += 1);
            connected.expect("the receiver is here");
            receiver
        };
        let receivers = (0..slots).map(|_| connect()).collect();
        Self { signal, receivers }
    }

    /// Each receiver must have seen each emission.
    pub(crate) fn check(&self, emissions: u64) {
        for receiver in &self.receivers {
            assert_eq!(receiver.borrow().seen, emissions, "a slot missed an emission");
        }
    }
}

fn home() -> EventLoop {
    EventLoop::new().expect("the program's first loop")
}

/// All emissions of `repeat`, the warm-up included.
pub(crate) fn all(reps: usize, n: u64) -> u64 {
    (reps as u64 + 1) * n
}

fn direct(bench: &str, slots: usize, n: u64) {
    at_home(bench, slots, n, Delivery::Direct);
}

fn auto(bench: &str, slots: usize, n: u64) {
    at_home(bench, slots, n, Delivery::Auto);
}

fn at_home(bench: &str, slots: usize, n: u64, delivery: Delivery) {
    let (home, n) = (home(), ops(n));
    let connected = Connected::new(&home, slots, delivery);
    let signal = &connected.signal;
    let emit = || (0..n).for_each(|i| drop(black_box(signal).emit(value(i))));
    line("", bench, n).ns(repeat(REPS, n, || elapsed(emit)));
    connected.check(all(REPS, n));
}

fn emitter(bench: &str, slots: usize, n: u64) {
    let (home, n) = (home(), ops(n));
    let connected = Connected::new(&home, slots, Delivery::Auto);
    let emitter = connected.signal.emitter();
    let emit = || (0..n).for_each(|i| drop(black_box(&emitter).emit(value(i))));
    line("Emitter", bench, n).ns(repeat(REPS, n, || elapsed(emit)));
    connected.check(all(REPS, n));
}

fn lambda() {
    let (home, n) = (home(), ops(3_000_000));
    let seen = std::rc::Rc::new(std::cell::Cell::new(0));
    let signal = Signal::<i32>::new();
    let count = std::rc::Rc::clone(&seen);
    let connected = signal.connect_fn(move |_| count.set(count.get() + 1));
    connected.expect("this thread has a loop");
    let emit = || (0..n).for_each(|i| drop(black_box(&signal).emit(value(i))));
    line("", "emit_lambda_1", n).ns(repeat(REPS, n, || elapsed(emit)));
    assert_eq!(seen.get(), all(REPS, n), "the closure missed an emission");
    drop(home);
}

fn connect_disconnect(variant: &str) {
    let (home, n) = (home(), ops(200_000));
    let signal = Signal::<i32>::new();
    let receiver = home.insert(Counter::default());
    let _emitter = (!variant.is_empty()).then(|| signal.emitter());
    let once = || {
        let connected = signal.connect(&receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here").disconnect();
    };
    line(variant, "connect_disconnect", n).ns(repeat(REPS, n, || elapsed(|| (0..n).for_each(|_| once()))));
    signal.emit(1);
    assert_eq!(
        (signal.connections(), receiver.borrow().seen),
        (0, 0),
        "a disconnected slot was called"
    );
}
