//! Emitters on threads that are not their signals' homes: what these threads keep, and what they must not keep.

#[path = "support/threads.rs"]
mod support;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc;

use homebound::{Delivery, Emitter, EventLoop, LoopWaker, Signal};
use support::{Count, LIMIT, Log, Remote};

/// A thread that runs what it is sent, and lives until the sender is dropped.
fn thread() -> mpsc::Sender<Box<dyn FnOnce() + Send>> {
    let (jobs, inbox) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
    std::thread::spawn(move || inbox.into_iter().for_each(|job| job()));
    jobs
}

fn on(thread: &mpsc::Sender<Box<dyn FnOnce() + Send>>, job: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel();
    thread
        .send(Box::new(move || {
            job();
            tell.send(()).unwrap();
        }))
        .unwrap();
    told.recv_timeout(LIMIT).expect("the thread comes to it");
}

#[test]
fn closure_goes_with_its_disconnection_though_a_thread_that_emitted_lives_on() {
    let (thread, signal, held) = (thread(), Emitter::<u32>::new(), Count::new());
    let one = held.one();
    let connection = signal.with(Delivery::Auto).connect_direct(move |_| {
        let _one = &one;
    });
    let emits = signal.clone();
    on(&thread, move || (0..10).for_each(|n| drop(emits.emit(n))));

    connection.unwrap().disconnect();
    assert_eq!(held.get(), 0);
}

#[test]
fn value_goes_with_its_disconnection_though_the_thread_that_emitted_it_lives_on() {
    let (thread, held) = (thread(), Count::new());
    for delivery in [Delivery::LATEST, Delivery::BOUNDED] {
        let home = EventLoop::new().unwrap();
        let receiver = home.insert(());
        let signal = Emitter::<Arc<support::Alive>>::new();
        let connection = signal.with(delivery).connect(&receiver, |(), _| {}).unwrap();
        let (emits, value) = (signal.clone(), Arc::new(held.one()));
        on(&thread, move || {
            (0..10).for_each(|_| drop(emits.emit(Arc::clone(&value))))
        });

        assert_eq!(held.get(), 1);
        connection.disconnect();
        assert_eq!(held.get(), 0, "{delivery:?}");
    }
}

struct Asks(#[expect(dead_code, reason = "it counts while it lives")] support::Alive);

impl LoopWaker for Asks {
    fn wake(&self) {}
}

#[test]
fn waker_of_a_host_goes_with_its_loop_though_a_thread_that_emitted_to_it_lives_on() {
    let (thread, held) = (thread(), Count::new());
    let home = EventLoop::builder().waker(Asks(held.one())).build().unwrap();
    let receiver = home.insert(0);
    let signal = Emitter::<u32>::new();
    signal.connect(&receiver, |sum, n| *sum += n).unwrap();
    let emits = signal.clone();
    on(&thread, move || drop(emits.emit(5)));
    home.drain();
    assert_eq!(*receiver.borrow(), 5);

    let proxy = home.proxy();
    drop(receiver);
    drop(home);
    assert_eq!(held.get(), 0);
    assert!(proxy.post(|| {}).is_err());
}

#[test]
fn slot_goes_with_its_signal_though_a_thread_that_emitted_lives_on() {
    let (thread, held) = (thread(), Count::new());
    let home = EventLoop::new().unwrap();
    let receiver = home.insert(0);
    let signal = Signal::<u32>::new();
    let one = held.one();
    let slot = move |sum: &mut u32, n: &u32| {
        let _one = &one;
        *sum += n;
    };
    signal.connect(&receiver, slot).unwrap();
    let emits = signal.emitter();
    on(&thread, move || drop(emits.emit(5)));

    drop(signal);
    home.drain();
    assert_eq!(*receiver.borrow(), 5, "what was sent arrives");
    assert_eq!(held.get(), 0);
}

#[test]
fn thread_that_emits_hundreds_of_signals_in_turn_reaches_the_slots_of_each() {
    let remote = Remote::new("home");
    let log = Log::new();
    let signals: Vec<_> = (0..500)
        .map(|which| {
            let (signal, log) = (Emitter::<usize>::new(), log.clone());
            let slot = move |n: &usize| log.add((which, *n));
            signal.with(Delivery::Queued).connect_on(&remote.proxy, slot).unwrap();
            signal
        })
        .collect();
    for n in 0..3 {
        for signal in &signals {
            assert!(signal.emit(n).is_complete());
        }
    }
    remote.settle();
    let expected = (0..3).flat_map(|n| (0..500).map(move |which| (which, n)));
    assert!(log.take().into_iter().eq(expected));
}

#[test]
fn slot_may_emit_connect_and_disconnect_on_the_thread_that_emits() {
    let (signal, log) = (Emitter::<u32>::new(), Log::new());
    let (again, log_first) = (signal.clone(), log.clone());
    let own = Arc::new(std::sync::Mutex::new(None));
    let to_cut = Arc::clone(&own);
    let first = signal.with(Delivery::Auto).connect_direct(move |n| {
        log_first.add(format!("first {n}"));
        if *n < 2 {
            drop(again.emit(n + 1));
        }
        let connection: Option<homebound::Connection> = to_cut.lock().unwrap().take();
        if let Some(connection) = connection {
            connection.disconnect();
            let log = log_first.clone();
            let late = again
                .with(Delivery::Auto)
                .connect_direct(move |n| log.add(format!("late {n}")));
            late.unwrap();
        }
    });
    *own.lock().unwrap() = Some(first.unwrap());

    drop(signal.emit(0));
    assert_eq!(log.take(), ["first 0", "first 1", "first 2"]);
    drop(signal.emit(7));
    assert_eq!(log.take(), ["late 7"]);
}

/// Emits when its thread ends, after what the thread keeps may have gone.
struct Farewell(RefCell<Option<Emitter<u32>>>);

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(signal) = self.0.take() {
            assert!(signal.emit(2).is_complete());
        }
    }
}

thread_local! {
    static FAREWELL: Farewell = const { Farewell(RefCell::new(None)) };
}

#[test]
fn thread_that_ends_may_still_emit() {
    let (remote, log) = (Remote::new("home"), Log::new());
    let (signal, slot) = (Emitter::<u32>::new(), log.clone());
    signal
        .with(Delivery::Queued)
        .connect_on(&remote.proxy, move |n| slot.add(*n))
        .unwrap();
    let emits = signal.clone();
    std::thread::spawn(move || {
        FAREWELL.with(|farewell| *farewell.0.borrow_mut() = Some(emits.clone()));
        assert!(emits.emit(1).is_complete());
    })
    .join()
    .unwrap();
    remote.settle();
    assert_eq!(log.take(), [1, 2]);
}
