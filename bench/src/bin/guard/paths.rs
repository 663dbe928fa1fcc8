//! The hot paths, each as a function that takes it so many times. Each is made so that only its own work grows with the number, that no thread waits for
//! another while it is counted, and it checks that the work was done.

mod pool;
mod queues;
mod signals;
mod timers;

use homebound::{Delivery, EventLoop, Owner, Signal};

pub(crate) struct Path {
    pub(crate) name: &'static str,
    /// Once this many, and once twice as many.
    pub(crate) operations: u64,
    pub(crate) run: fn(u64),
}

/// For paths of a few instructions: what two runs differ by, in waiting for a thread to start say, must vanish beside them.
const fn short(name: &'static str, run: fn(u64)) -> Path {
    Path {
        name,
        operations: 1_000_000,
        run,
    }
}

const fn path(name: &'static str, run: fn(u64)) -> Path {
    Path {
        name,
        operations: 50_000,
        run,
    }
}

/// All of them, in the order in which they are shown.
pub(crate) fn all() -> impl Iterator<Item = &'static Path> {
    [signals::PATHS, queues::PATHS, pool::PATHS, timers::PATHS]
        .into_iter()
        .flatten()
}

pub(crate) fn find(name: &str) -> Result<&'static Path, String> {
    all().find(|path| path.name == name).ok_or_else(|| {
        let names: Vec<_> = all().map(|path| path.name).collect();
        format!("there is no path '{name}'; these exist: {}", names.join(", "))
    })
}

#[derive(Default)]
pub(super) struct Counter {
    pub(super) seen: u64,
}

pub(super) fn home() -> EventLoop {
    EventLoop::new().expect("the thread's only loop")
}

pub(super) fn connected(home: &EventLoop, slots: usize, delivery: Delivery) -> (Signal<u64>, Vec<Owner<Counter>>) {
    let signal = Signal::new();
    let receivers: Vec<_> = (0..slots).map(|_| home.insert(Counter::default())).collect();
    for receiver in &receivers {
        let connected = signal.with(delivery).connect(receiver, |counter, _| counter.seen += 1);
        connected.expect("the receiver is here");
    }
    (signal, receivers)
}

pub(super) fn all_saw(receivers: &[Owner<Counter>], n: u64) {
    assert!(
        receivers.iter().all(|receiver| receiver.borrow().seen == n),
        "a slot was not called"
    );
}
