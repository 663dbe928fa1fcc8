//! Emissions that are posted: to the loop of another thread, and to the own loop.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use homebound::{Delivery, Emitter, EventLoop, Handle, Owner, Signal};

use crate::catalog::Bench;
use crate::emit::all;
use crate::harness::{
    elapsed, float, index, line, maybe_pin, ops, peak_rss_kb, per_op, repeat, reset_peak_rss, rss_kb, value,
};
use crate::watch::{Watched, Watcher, produce};

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "queued_1p",
        run: || across_threads("", "queued_1p", 1, signal),
    },
    Bench {
        name: "queued_2p",
        run: || across_threads("", "queued_2p", 2, signal),
    },
    Bench {
        name: "emitter_1p",
        run: || across_threads("Emitter", "queued_1p", 1, emitter),
    },
    Bench {
        name: "emitter_2p",
        run: || across_threads("Emitter", "queued_2p", 2, emitter),
    },
    Bench {
        name: "posted_1p",
        run: || across_threads("closure", "queued_1p", 1, closure),
    },
    Bench {
        name: "posted_2p",
        run: || across_threads("closure", "queued_2p", 2, closure),
    },
    Bench {
        name: "queued_same_thread",
        run: same_thread,
    },
    Bench {
        name: "queued_burst_1k",
        run: burst,
    },
    Bench {
        name: "posted_burst_1k",
        run: posted_burst,
    },
];

/// How a producer sends; made on the producer's own thread.
fn signal(to: &Handle<Watcher>, producer: usize) -> impl FnMut(i32) + use<> {
    let signal = Signal::new();
    let connected = signal
        .with(Delivery::Queued)
        .connect(to, move |watcher, v| watcher.accept(producer, *v));
    connected.expect("the receiver is there");
    move |v| assert!(signal.emit(v).is_complete())
}

fn emitter(to: &Handle<Watcher>, producer: usize) -> impl FnMut(i32) + use<> {
    let emitter = Emitter::new();
    let connected = emitter
        .with(Delivery::Queued)
        .connect(to, move |watcher, v| watcher.accept(producer, *v));
    connected.expect("the receiver is there");
    move |v| assert!(emitter.emit(v).is_complete())
}

fn closure(to: &Handle<Watcher>, producer: usize) -> impl FnMut(i32) + use<> {
    let to = to.clone();
    move |v| assert!(to.post(move |watcher| watcher.accept(producer, v)).is_ok())
}

/// Threads send a million values together to an object on another thread.
fn across_threads<S: FnMut(i32)>(
    variant: &str,
    bench: &str,
    producers: usize,
    make: impl Fn(&Handle<Watcher>, usize) -> S + Sync,
) {
    let n = ops(1_000_000);
    let mut grown = None;
    let reps = repeat(3, n, || {
        let watched = Watched::new(producers, n, 1);
        let to = watched.handle();
        let begin = Barrier::new(producers + 1);
        reset_peak_rss();
        let before = rss_kb();
        let took = thread::scope(|scope| {
            for producer in 0..producers {
                let (to, begin, make) = (&to, &begin, &make);
                scope.spawn(move || {
                    maybe_pin(0);
                    let send = make(to, producer);
                    begin.wait();
                    produce(n / producers as u64, send);
                });
            }
            begin.wait();
            let start = Instant::now();
            watched.wait() - start
        });
        grown.get_or_insert(peak_rss_kb() - before);
        watched.end();
        took
    });
    line(variant, bench, n)
        .ns(reps)
        .field("rss_growth_kb", float(grown.unwrap_or(0)));
}

/// Counts, and checks the order, of what comes on the own loop.
#[derive(Default)]
struct Inbox {
    next: i32,
    seen: u64,
    strays: u64,
    _at_home: Rc<()>,
}

impl Inbox {
    #[inline]
    fn accept(&mut self, value: i32) {
        self.strays += u64::from(self.next != value);
        self.next = value + 1;
        self.seen += 1;
    }

    /// Another series begins.
    fn restart(&mut self) {
        self.next = 0;
    }
}

fn check(inbox: &Owner<Inbox>, seen: u64) {
    let inbox = inbox.borrow();
    assert_eq!(
        (inbox.seen, inbox.strays),
        (seen, 0),
        "events were lost, or came out of order"
    );
}

fn home_with_inbox() -> (EventLoop, Owner<Inbox>, Signal<i32>) {
    let home = EventLoop::new().expect("the program's first loop");
    let inbox = home.insert(Inbox::default());
    let signal = Signal::new();
    let connected = signal
        .with(Delivery::Queued)
        .connect(&inbox, |inbox, v| inbox.accept(*v));
    connected.expect("the receiver is here");
    (home, inbox, signal)
}

/// Fills the queue of this thread's own loop, then drains it: posting, delivering, and bytes for each that waits.
fn same_thread() {
    let n = ops(1_000_000);
    let (home, inbox, signal) = home_with_inbox();
    let (mut post, mut drain, mut bytes) = (Vec::new(), Vec::new(), 0_f64);
    let total = repeat(3, n, || {
        inbox.borrow_mut().restart();
        let before = rss_kb();
        let posting = elapsed(|| (0..n).for_each(|i| drop(black_box(&signal).emit(value(i)))));
        bytes = bytes.max(float((rss_kb() - before) * 1024) / float(n));
        let draining = elapsed(|| assert_eq!(home.drain(), index(n)));
        post.push(per_op(posting, n));
        drain.push(per_op(draining, n));
        posting + draining
    });
    check(&inbox, all(3, n));
    line("", "queued_same_thread", n)
        .ns(total)
        .field("bytes_per_event", bytes);
    line("", "queued_post", n).ns(post);
    line("", "queued_drain", n).ns(drain);
}

/// The steady state: bursts of a thousand, so that memory is warm.
fn burst() {
    let (home, inbox, signal) = home_with_inbox();
    in_bursts("", &home, &inbox, |v| drop(black_box(&signal).emit(v)));
}

fn posted_burst() {
    let (home, inbox, _signal) = home_with_inbox();
    let to = inbox.handle();
    in_bursts("closure", &home, &inbox, |v| {
        assert!(to.post(move |inbox: &mut Inbox| inbox.accept(v)).is_ok());
    });
}

fn in_bursts(variant: &str, home: &EventLoop, inbox: &Owner<Inbox>, mut send: impl FnMut(i32)) {
    let n = ops(1_000_000);
    let mut once = || {
        inbox.borrow_mut().restart();
        (0..1000).for_each(&mut send);
        assert_eq!(home.drain(), 1000);
    };
    let bursts = |once: &mut dyn FnMut()| -> Duration { elapsed(|| (0..n / 1000).for_each(|_| once())) };
    let reps = repeat(5, n, || bursts(&mut once));
    check(inbox, all(5, n));
    line(variant, "queued_burst_1k", n).ns(reps);
}
