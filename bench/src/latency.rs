//! Round trips between two loops that sleep while they wait, and calls that wait for their slot.
//!
//! Where the scheduler puts the two threads decides most of it, so these run on one processor (`taskset -c 0`), or on one each (`BENCH_PIN=split`).

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use homebound::{Delivery, Handle, RemoteOwner, Signal, Worker};

use crate::catalog::Bench;
use crate::harness::{LIMIT, cpu_time, elapsed, line, maybe_pin, nanos, ops, per_op, value, wakes_other_cpu};
use crate::watch::{Watched, Watcher};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "pingpong",
        run: pingpong,
    },
    Bench {
        name: "blocking_call",
        run: || blocking("", signal),
    },
    Bench {
        name: "ask_and_wait",
        run: || blocking("ask", ask),
    },
];

/// Emits the next value when the last has come back.
struct Ping {
    sent: Signal<i32>,
    rounds: i32,
    sent_at: Instant,
    times: Vec<u64>,
    done: Sender<Vec<u64>>,
}

impl Ping {
    fn new(rounds: u64, done: Sender<Vec<u64>>) -> Self {
        Self {
            sent: Signal::new(),
            rounds: value(rounds),
            sent_at: Instant::now(),
            times: Vec::new(),
            done,
        }
    }

    fn start(&mut self) {
        self.sent_at = Instant::now();
        assert!(self.sent.emit(0).is_complete());
    }

    fn back(&mut self, came: i32) {
        let now = Instant::now();
        assert_eq!(
            usize::try_from(came),
            Ok(self.times.len()),
            "an answer came out of turn"
        );
        self.times.push(nanos(now - self.sent_at));
        if came + 1 == self.rounds {
            let times = std::mem::take(&mut self.times);
            self.done.send(times).expect("the benchmark waits for the end");
            return;
        }
        self.sent_at = now;
        assert!(self.sent.emit(came + 1).is_complete());
    }
}

/// Emits what it gets.
struct Pong(Signal<i32>);

fn pinned_worker(name: &str, cpu: usize) -> Worker {
    let worker = Worker::builder(name).start().expect("a thread for the loop");
    worker.proxy().post(move || maybe_pin(cpu)).expect("the loop runs");
    worker
}

fn pingpong() {
    let rounds = ops(if wakes_other_cpu() { 20_000 } else { 100_000 });
    play(rounds / 10);
    let before = cpu_time();
    let mut times = play(rounds);
    let cpu = per_op(cpu_time().checked_sub(before).unwrap(), rounds);
    line("", "pingpong", rounds)
        .latencies(&mut times)
        .field("cpu_ns_per_op", cpu);
}

fn play(rounds: u64) -> Vec<u64> {
    let workers = [pinned_worker("asks", 0), pinned_worker("answers", 1)];
    let (tell, done) = channel();
    let asking = workers[0].insert_with(move |_| Ping::new(rounds, tell));
    let answering = workers[1].insert_with(|_| Pong(Signal::new()));
    join(&asking, &answering);
    assert!(asking.handle().post(Ping::start).is_ok());
    let times = done.recv_timeout(LIMIT).expect("an event was lost");
    for worker in workers {
        worker.stop();
        assert!(worker.wait().is_done());
    }
    times
}

fn join(asking: &RemoteOwner<Ping>, answering: &RemoteOwner<Pong>) {
    let (to, from) = (answering.handle(), asking.handle());
    let there = to.clone();
    let forth = from.ask(move |ping| {
        let connecting = ping.sent.with(Delivery::Queued);
        connecting.connect(&there, |pong, v| drop(pong.0.emit(*v))).is_ok()
    });
    let back = to.ask(move |pong| {
        let connecting = pong.0.with(Delivery::Queued);
        connecting.connect(&from, |ping, v| ping.back(*v)).is_ok()
    });
    for mut connected in [forth, back] {
        assert_eq!(connected.wait(), Ok(true));
    }
}

fn signal(to: &Handle<Watcher>) -> impl FnMut(i32) + use<> {
    let signal = Signal::new();
    let connecting = signal.with(Delivery::Blocking);
    let connected = connecting.connect(to, |watcher, v| watcher.accept(0, *v));
    connected.expect("the receiver is there");
    move |v| assert!(signal.emit(v).is_complete())
}

fn ask(to: &Handle<Watcher>) -> impl FnMut(i32) + use<> {
    let to = to.clone();
    move |v| assert!(to.ask(move |watcher| watcher.accept(0, v)).wait().is_ok())
}

/// A thread calls a slot of another thread, and waits each time until it has run.
fn blocking<S: FnMut(i32)>(variant: &str, make: fn(&Handle<Watcher>) -> S) {
    let n = ops(if wakes_other_cpu() { 20_000 } else { 50_000 });
    let warm = n / 10;
    let watched = Watched::new(1, warm + n, 1);
    let to = watched.handle();
    let mut times = thread::scope(|scope| {
        let caller = scope.spawn(|| {
            maybe_pin(0);
            let mut call = make(&to);
            (0..warm).for_each(|i| call(value(i)));
            let timed = |i| nanos(elapsed(|| call(value(i))));
            (warm..warm + n).map(timed).collect::<Vec<_>>()
        });
        caller.join().expect("the caller ends well")
    });
    watched.wait();
    watched.end();
    line(variant, "blocking_call", n).latencies(&mut times);
}
