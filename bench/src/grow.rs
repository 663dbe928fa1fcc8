//! How cost grows: the same with one, a hundred and ten thousand connections, objects, loops and waiting events.

use std::hint::black_box;
use std::time::Duration;

use homebound::{Delivery, EventLoop, Owner, Worker};

use crate::catalog::Bench;
use crate::emit::{Connected, Counter};
use crate::harness::{Rng, elapsed, index, is_smoke, line, nanos, ops, per_op, percentile, repeat, value};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "grow_connections",
        run: || SIZES.iter().copied().for_each(connections),
    },
    Bench {
        name: "grow_objects",
        run: || SIZES.iter().copied().for_each(objects),
    },
    Bench {
        name: "grow_queue",
        run: || [SIZES, &[1_000_000]].concat().into_iter().for_each(queue),
    },
    Bench {
        name: "grow_loops_1",
        run: || loops(1),
    },
    Bench {
        name: "grow_loops_100",
        run: || loops(100),
    },
    Bench {
        name: "grow_loops_10k",
        run: || loops(10_000),
    },
];

const SIZES: &[u64] = &[1, 100, 10_000];

fn home() -> EventLoop {
    EventLoop::new().expect("one loop at a time")
}

/// One emission to `n` slots, for each slot; and one more connection beside `n`.
fn connections(n: u64) {
    let home = home();
    let connected = Connected::new(&home, index(n), Delivery::Auto);
    let signal = &connected.signal;
    let rounds = (ops(1_000_000) / n).max(1);
    let emit = || (0..rounds).for_each(|i| drop(black_box(signal).emit(value(i))));
    line("", "grow_emit", n).ns(repeat(3, rounds * n, || elapsed(emit)));
    connected.check(4 * rounds);

    let receiver = home.insert(Counter::default());
    let pairs = ops(10_000);
    let once = || {
        let one = signal.connect(&receiver, |counter, _| counter.seen += 1);
        one.expect("the receiver is here").disconnect();
    };
    line("", "grow_connect_disconnect", n).ns(repeat(3, pairs, || elapsed(|| (0..pairs).for_each(|_| once()))));
    assert_eq!(index(n), signal.connections(), "a connection was lost, or stayed");
}

/// One more object beside `n`; and a closure to each of `n` objects in a scattered order.
fn objects(n: u64) {
    let home = home();
    let objects: Vec<Owner<Counter>> = (0..n).map(|_| home.insert(Counter::default())).collect();
    let pairs = ops(100_000);
    let once = |i: u64| drop(black_box(home.insert([i, i])));
    line("", "grow_object", n).ns(repeat(3, pairs, || elapsed(|| (0..pairs).for_each(once))));

    let mut handles: Vec<_> = objects.iter().map(Owner::handle).collect();
    Rng(7).shuffle(&mut handles);
    let rounds = (ops(100_000) / n).max(1);
    let round = || {
        for to in &handles {
            assert!(to.post(|counter| counter.seen += 1).is_ok());
        }
        assert_eq!(home.drain(), handles.len());
    };
    line("", "grow_post", n).ns(repeat(3, rounds * n, || elapsed(|| (0..rounds).for_each(|_| round()))));
    let all_seen = objects.iter().all(|object| object.borrow().seen == 4 * rounds);
    assert!(all_seen, "an object missed a post");
}

/// `n` events are posted, then all are delivered.
fn queue(n: u64) {
    let n = if is_smoke() { n.min(10_000) } else { n };
    let home = home();
    let receiver = home.insert(Counter::default());
    let signal = homebound::Signal::new();
    let connected = signal
        .with(Delivery::Queued)
        .connect(&receiver, |counter, _| counter.seen += 1);
    connected.expect("the receiver is here");
    let rounds = (ops(1_000_000) / n).max(1);
    let round = || {
        (0..n).for_each(|i| drop(black_box(&signal).emit(value(i))));
        assert_eq!(home.drain(), index(n));
    };
    line("", "grow_queue", n).ns(repeat(3, rounds * n, || elapsed(|| (0..rounds).for_each(|_| round()))));
    assert_eq!(receiver.borrow().seen, 4 * rounds * n, "an event was lost");
}

/// A question to one loop while `n` are there, and what starting and ending them costs.
fn loops(n: u64) {
    let n = if is_smoke() { n.min(100) } else { n };
    let mut workers = Vec::new();
    let start = elapsed(|| {
        for _ in 0..n {
            workers.push(Worker::builder("one of many").start().expect("a thread"));
        }
        // All of them are there when the last answers.
        for worker in &workers {
            assert_eq!(worker.insert_with(|_| ()).handle().ask(|()| 1).wait(), Ok(1));
        }
    });
    let asked = workers[0].insert_with(|_| Counter::default());
    let question = || {
        asked
            .handle()
            .ask(|counter| counter.seen += 1)
            .wait()
            .expect("the loop answers");
    };
    let rounds = ops(10_000);
    (0..rounds / 10).for_each(|_| question());
    let mut times: Vec<_> = (0..rounds).map(|_| nanos(elapsed(question))).collect();
    assert_eq!(
        asked.handle().ask(|counter| counter.seen).wait(),
        Ok(rounds + rounds / 10)
    );
    let end = elapsed(|| {
        workers.iter().for_each(Worker::stop);
        for worker in &workers {
            assert!(
                worker
                    .wait_timeout(Duration::from_mins(1))
                    .is_some_and(|outcome| outcome.is_done())
            );
        }
    });
    line("", "grow_loops", n)
        .field("ns_per_op", percentile(&mut times, 0.5))
        .field("start_ns", per_op(start, n))
        .field("end_ns", per_op(end, n));
}
