//! Threads from start to end: with a loop, and for one job.

use homebound::{Outcome, Worker};

use crate::catalog::Bench;
use crate::harness::{elapsed, line, ops, repeat};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "thread_start_stop",
        run: start_stop,
    },
    Bench {
        name: "thread_spawn_join",
        run: spawn_join,
    },
];

fn start_stop() {
    let n = ops(3000);
    let once = || {
        let worker = Worker::builder("worker").start().expect("a thread");
        worker.stop();
        assert!(worker.wait().is_done(), "a worker did not end well");
    };
    line("", "thread_start_stop", n).ns(repeat(3, n, || elapsed(|| (0..n).for_each(|_| once()))));
}

fn spawn_join() {
    let n = ops(3000);
    let once = |i: u64| {
        let job = Worker::spawn("worker", move |_| Ok(i)).expect("a thread");
        assert!(
            matches!(job.wait(), Outcome::Done(value) if value == i),
            "a job was lost"
        );
    };
    line("", "thread_spawn_join", n).ns(repeat(3, n, || elapsed(|| (0..n).for_each(once))));
}
