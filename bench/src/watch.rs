//! What receives on a loop of another thread, checks what comes, and tells when all of it is there.

use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::ThreadId;
use std::time::Instant;

use homebound::{Handle, RemoteOwner, Worker};

use crate::harness::{LIMIT, maybe_pin, value};

/// Counts the values of each producer and checks their order.
pub(crate) struct Watcher {
    seen: u64,
    expected: u64,
    next: Vec<i32>,
    /// Values that came out of turn.
    strays: u64,
    done: Sender<Report>,
    home: ThreadId,
    /// Keeps the type from crossing threads: only its home can build, call and drop it.
    _at_home: Rc<()>,
}

/// What a watcher has to say at the end.
pub(crate) struct Report {
    at: Instant,
    strays: u64,
    at_home: bool,
}

impl Watcher {
    fn new(producers: usize, expected: u64, done: Sender<Report>) -> Self {
        Self {
            seen: 0,
            expected,
            next: vec![0; producers],
            strays: 0,
            done,
            home: std::thread::current().id(),
            _at_home: Rc::new(()),
        }
    }

    #[inline]
    pub(crate) fn accept(&mut self, producer: usize, value: i32) {
        let next = &mut self.next[producer];
        self.strays += u64::from(*next != value);
        *next = value.wrapping_add(1);
        self.seen += 1;
        if self.seen == self.expected {
            self.tell();
        }
    }

    #[cold]
    fn tell(&self) {
        let at_home = std::thread::current().id() == self.home;
        let report = Report {
            at: Instant::now(),
            strays: self.strays,
            at_home,
        };
        self.done.send(report).expect("the benchmark waits for the end");
    }
}

/// A loop on a thread of its own, with a watcher on it.
pub(crate) struct Watched {
    worker: Worker,
    watcher: RemoteOwner<Watcher>,
    done: Receiver<Report>,
}

impl Watched {
    /// Expects `expected` values of `producers` together; the loop runs on processor `cpu` if threads are pinned.
    pub(crate) fn new(producers: usize, expected: u64, cpu: usize) -> Self {
        let worker = Worker::builder("receiver").start().expect("a thread for the receiver");
        worker.proxy().post(move || maybe_pin(cpu)).expect("the loop runs");
        let (tell, done) = channel();
        let watcher = worker.insert_with(move |_| Watcher::new(producers, expected, tell));
        watcher.handle().ask(|_| ()).wait().expect("the loop answers");
        Self { worker, watcher, done }
    }

    pub(crate) fn handle(&self) -> Handle<Watcher> {
        self.watcher.handle()
    }

    /// Waits until all is there; returns when the last has come. All must have come in order, at home.
    pub(crate) fn wait(&self) -> Instant {
        let report = self.done.recv_timeout(LIMIT).expect("an event was lost");
        assert_eq!(report.strays, 0, "events came out of order");
        assert!(report.at_home, "the slot ran on another thread than its object's");
        report.at
    }

    /// Ends the loop; whatever came after the last expected event is one too many.
    pub(crate) fn end(self) {
        let counts = self.handle().ask(|watcher| (watcher.seen, watcher.expected));
        let (seen, expected) = { counts }.wait().expect("the loop answers");
        assert_eq!(seen, expected, "an event was delivered twice");
        self.worker.stop();
        assert!(self.worker.wait().is_done(), "the receiver's loop ends well");
    }
}

/// Sends `n` values of one producer through `send`.
pub(crate) fn produce(n: u64, mut send: impl FnMut(i32)) {
    (0..n).for_each(|i| send(value(i)));
}
