//! What an object and a connection take, in resident memory and in time: as for the peers.

use homebound::{EventLoop, Owner, Signal};

use crate::catalog::Bench;
use crate::emit::Counter;
use crate::harness::{elapsed, float, index, line, ops, per_op, rss_kb};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "object",
        run: object,
    },
    Bench {
        name: "object_addressed",
        run: addressed,
    },
    Bench {
        name: "connection_shared_pair",
        run: shared_pair,
    },
    Bench {
        name: "connection_own_pair",
        run: own_pair,
    },
];

fn home() -> EventLoop {
    EventLoop::new().expect("the program's first loop")
}

/// Bytes and time for each of `n` that are made; their places in the list are there before, and touched.
fn each<T>(variant: &str, bench: &str, n: u64, mut make: impl FnMut(u64) -> T) {
    let mut all: Vec<Option<T>> = Vec::new();
    all.resize_with(index(n), || None);
    let before = rss_kb();
    let mut i = 0;
    let took = elapsed(|| {
        for place in &mut all {
            *place = Some(make(i));
            i += 1;
        }
    });
    let bytes = float((rss_kb() - before) * 1024) / float(n);
    assert!(all.iter().all(Option::is_some));
    let delete = elapsed(|| drop(all));
    line(variant, bench, n)
        .field("bytes", bytes)
        .field("ns_per_op", per_op(took, n))
        .field("delete_ns", per_op(delete, n));
}

fn object() {
    let home = home();
    each("", "object", ops(1_000_000), |i| home.insert([i, i]));
}

/// An object that others can send to.
fn addressed() {
    let home = home();
    each("addressed", "object", ops(1_000_000), |i| {
        let object = home.insert([i, i]);
        assert!(object.handle().is_alive());
        object
    });
}

fn connect(signal: &Signal<i32>, receiver: &Owner<Counter>) {
    let connected = signal.connect(receiver, |counter, _| counter.seen += 1);
    connected.expect("the receiver is here");
}

fn shared_pair() {
    let (home, n) = (home(), ops(100_000));
    let (signal, receiver) = (Signal::new(), home.insert(Counter::default()));
    each("", "connection_shared_pair", n, |_| connect(&signal, &receiver));
    signal.emit(1);
    assert_eq!(receiver.borrow().seen, n, "a slot was not called");
}

/// The first connection of each pair of objects, which exist before.
fn own_pair() {
    let (home, n) = (home(), ops(100_000));
    let pair = |_| (Signal::new(), home.insert(Counter::default()));
    let pairs: Vec<_> = (0..n).map(pair).collect();
    each("", "connection_own_pair", n, |i| {
        let (signal, receiver) = &pairs[index(i)];
        connect(signal, receiver);
    });
    for (signal, receiver) in &pairs {
        signal.emit(1);
        assert_eq!(receiver.borrow().seen, 1, "a slot was not called");
    }
}
