//! What becomes of an emission's arguments: each receiver has its own, and the last one gets what was emitted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use homebound::{Connection, Delivery, EventLoop, Owner, Refused, Signal};

/// Counts how often it was cloned and dropped.
struct Counted {
    name: &'static str,
    clones: Arc<AtomicUsize>,
    drops: Arc<AtomicUsize>,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        Self {
            name: self.name,
            clones: Arc::clone(&self.clones),
            drops: Arc::clone(&self.drops),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Counts {
    clones: Arc<AtomicUsize>,
    drops: Arc<AtomicUsize>,
}

impl Counts {
    fn one(&self, name: &'static str) -> Counted {
        let (clones, drops) = (Arc::clone(&self.clones), Arc::clone(&self.drops));
        Counted { name, clones, drops }
    }

    fn clones(&self) -> usize {
        self.clones.load(Ordering::Relaxed)
    }

    fn drops(&self) -> usize {
        self.drops.load(Ordering::Relaxed)
    }
}

type Log = Owner<Vec<(u8, &'static str)>>;

fn rig() -> (EventLoop, Signal<Counted>, Log, Counts) {
    let home = EventLoop::new().unwrap();
    let log = home.insert(Vec::new());
    (home, Signal::new(), log, Counts::default())
}

fn connect(signal: &Signal<Counted>, delivery: Delivery, log: &Log, number: u8) {
    let noted = signal
        .with(delivery)
        .connect(log, move |log, given| log.push((number, given.name)));
    noted.expect("the receiver is here");
}

#[test]
fn what_goes_to_one_receiver_later_is_never_cloned() {
    let (home, signal, log, counts) = rig();
    connect(&signal, Delivery::Queued, &log, 1);

    assert!(signal.emit(counts.one("here")).is_complete());
    let emitter = signal.emitter();
    let sent = counts.one("from afar");
    thread::spawn(move || assert!(emitter.emit(sent).is_complete()))
        .join()
        .unwrap();
    home.drain();

    assert_eq!(*log.borrow(), [(1, "here"), (1, "from afar")]);
    assert_eq!((counts.clones(), counts.drops()), (0, 2));
}

#[test]
fn of_several_receivers_the_last_one_gets_what_was_emitted_and_the_others_clones() {
    let (home, signal, log, counts) = rig();
    connect(&signal, Delivery::Queued, &log, 1);
    connect(&signal, Delivery::Auto, &log, 2);
    connect(&signal, Delivery::Queued, &log, 3);

    assert!(signal.emit(counts.one("it")).is_complete());
    home.drain();

    assert_eq!(*log.borrow(), [(2, "it"), (1, "it"), (3, "it")]);
    assert_eq!((counts.clones(), counts.drops()), (1, 2));
}

#[test]
fn receiver_that_is_called_at_once_is_lent_them() {
    let (_home, signal, log, counts) = rig();
    connect(&signal, Delivery::Auto, &log, 1);

    assert!(signal.emit(counts.one("it")).is_complete());

    assert_eq!(*log.borrow(), [(1, "it")]);
    assert_eq!((counts.clones(), counts.drops()), (0, 1));
}

#[test]
fn last_receiver_that_an_earlier_one_disconnects_gets_nothing_and_nothing_is_kept() {
    let (home, signal, log, counts) = rig();
    let last = Arc::new(Mutex::new(None));
    let to_cut = Arc::clone(&last);
    let cutting = signal.connect(&log, move |_, _: &Counted| {
        let connection = to_cut.lock().unwrap().take();
        connection.into_iter().for_each(Connection::disconnect);
    });
    cutting.unwrap();
    let queued = signal
        .with(Delivery::Queued)
        .connect(&log, |log, given| log.push((2, given.name)));
    *last.lock().unwrap() = Some(queued.unwrap());

    assert!(signal.emit(counts.one("it")).is_complete());
    home.drain();

    assert_eq!(*log.borrow(), []);
    assert_eq!((counts.clones(), counts.drops()), (0, 1));
}

#[test]
fn what_a_closed_loop_refuses_is_dropped_once() {
    let (signal, counts) = (Signal::new(), Counts::default());
    let emitter = signal.emitter();
    let home = EventLoop::new().unwrap();
    let log = home.insert(Vec::new());
    connect(&signal, Delivery::Queued, &log, 1);
    let left = thread::spawn(move || {
        let worker = EventLoop::new().unwrap();
        let late = worker.insert(0);
        emitter
            .with(Delivery::Queued)
            .connect(&late, |late, _: &Counted| *late += 1)
            .unwrap();
    });
    left.join().unwrap();

    let refused = signal.emit(counts.one("it")).into_refused();
    home.drain();

    assert_eq!(refused, [Refused::LoopClosed]);
    assert_eq!(*log.borrow(), [(1, "it")]);
    assert_eq!(counts.drops(), counts.clones() + 1);
}
