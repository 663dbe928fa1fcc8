//! Signals: order, chaining, blocking, whoever holds them.

#[path = "support/threads.rs"]
mod support;

use std::cell::Cell;
use std::rc::Rc;

use homebound::{ConnectError, ConnectOptions, Delivery, Emitter, EventLoop, Signal};
use support::{Count, Log, within_limit};

#[test]
fn slots_are_called_in_the_order_of_connecting_whoever_connects() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let object = home.insert(());
    let signal = Signal::<()>::new();
    let slot = |n: u32| {
        let log = log.clone();
        move |(): &mut (), (): &()| log.add(n)
    };
    signal.connect(&object, slot(1)).unwrap();
    let (emitter, handle, afar) = (signal.emitter(), object.handle(), slot(2));
    within_limit(move || drop(emitter.connect(&handle, afar).unwrap()));
    signal.connect(&object, slot(3)).unwrap();
    signal
        .with(Delivery::Direct)
        .connect_direct({
            let log = log.clone();
            move |()| log.add(4)
        })
        .unwrap();
    signal.emit(());
    home.drain();
    // Also the second, whose slot came here from another thread, is called at once by the second emission.
    log.take();
    signal.emit(());
    assert_eq!(log.take(), [1, 2, 3, 4]);
}

#[test]
fn signal_may_be_emitted_by_a_signal() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let (first, second) = (Signal::<u32>::new(), Signal::<u32>::new());
    let slot = log.clone();
    second.connect_fn(move |n| slot.add(*n)).unwrap();
    let connection = first
        .with(ConnectOptions::new().unique())
        .connect_signal(&second.emitter())
        .unwrap();
    assert_eq!(
        first
            .with(ConnectOptions::new().unique())
            .connect_signal(&second.emitter())
            .unwrap_err(),
        ConnectError::Exists
    );
    first.emit(1);
    let away = first.emitter();
    within_limit(move || drop(away.emit(2)));
    home.drain();
    connection.disconnect();
    first.emit(3);
    assert_eq!(log.take(), [1, 2]);
}

#[test]
fn signals_that_emit_each_other_are_freed() {
    let alive = Count::new();
    let (a, b) = (Signal::<u32>::new(), Signal::<u32>::new());
    for signal in [&a, &b] {
        let one = alive.one();
        signal
            .with(Delivery::Direct)
            .connect_direct(move |_| {
                let _ = &one;
            })
            .unwrap();
    }
    a.with(ConnectOptions::new()).connect_signal(&b.emitter()).unwrap();
    b.with(ConnectOptions::new()).connect_signal(&a.emitter()).unwrap();
    drop((a, b));
    assert_eq!(alive.get(), 0);
}

#[test]
fn blocked_signal_holds_back_and_counts() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Signal::<u32>::new();
    let slot = log.clone();
    signal.with(Delivery::Queued).connect_fn(move |n| slot.add(*n)).unwrap();
    signal.emit(1);
    let (outer, inner) = (signal.block(), signal.block());
    signal.emit(2);
    drop(outer);
    signal.emitter().emit(3);
    drop(inner);
    signal.emit(4);
    home.drain();
    assert_eq!(log.take(), [1, 4]);
    assert_eq!(signal.suppressed(), 2);
}

#[test]
fn slot_is_told_which_signal_and_which_object_has_sent() {
    let home = EventLoop::new().unwrap();
    let (sender, receiver) = (home.insert(()), home.insert(Vec::new()));
    let signal = Signal::<()>::new();
    signal.set_sender(&sender);
    signal
        .with(ConnectOptions::new())
        .connect_with_info(&receiver, |list, (), info| list.push(info))
        .unwrap();
    signal.emit(());
    let info = receiver.borrow()[0];
    assert_eq!(info.signal, signal.id());
    assert_eq!(info.sender, Some(sender.handle().id()));
}

#[test]
fn emitters_of_other_threads_reach_all_slots_in_order_per_sender() {
    const EACH: usize = 5_000;
    let home = EventLoop::new().unwrap();
    let object = home.insert([0; 4]);
    let signal = Signal::<(usize, usize)>::new();
    signal
        .connect(&object, |next, (sender, n)| {
            assert_eq!(*n, next[*sender]);
            next[*sender] += 1;
        })
        .unwrap();
    let bare = Rc::new(Cell::new(0));
    let count = Rc::clone(&bare);
    signal.connect_fn(move |_| count.set(count.get() + 1)).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (emitter, proxy) = (signal.emitter(), home.proxy());
            std::thread::spawn(move || {
                (0..EACH).for_each(|n| assert!(emitter.emit((sender, n)).is_complete()));
                proxy.quit();
            })
        })
        .collect();
    (0..4).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    assert_eq!(*object.borrow(), [EACH; 4]);
    assert_eq!(bare.get(), 4 * EACH);
}

#[test]
fn emitter_without_a_home_ends_with_its_last_clone_also_if_connections_are_kept() {
    let home = EventLoop::new().unwrap();
    let (alive, object) = (Count::new(), home.insert(()));
    let signal = Emitter::<u32>::new();
    let one = alive.one();
    let connection = signal
        .connect(&object, move |(), _| {
            let _ = &one;
        })
        .unwrap();
    let clone = signal.clone();
    drop(signal);
    clone.emit(1);
    assert!(connection.is_connected());
    drop(clone);
    home.drain();
    assert!(!connection.is_connected());
    assert_eq!(alive.get(), 0);
}

#[test]
fn guard_ends_its_connection_and_a_released_one_does_not() {
    let _home = EventLoop::new().unwrap();
    let signal = Signal::<()>::new();
    let guard = signal.connect_fn(|()| {}).unwrap().guard();
    let released = signal.connect_fn(|()| {}).unwrap().guard().release();
    assert_eq!(signal.connections(), 2);
    drop(guard);
    assert_eq!(signal.connections(), 1);
    drop(released);
    assert_eq!(signal.connections(), 1);
}

#[test]
fn bare_closure_without_a_loop_and_a_mode_that_does_not_fit_are_refused() {
    let signal = Signal::<()>::new();
    assert_eq!(signal.connect_fn(|()| {}).unwrap_err(), ConnectError::NoLoop);
    assert_eq!(
        signal.with(Delivery::Queued).connect_direct(|()| {}).unwrap_err(),
        ConnectError::ModeDoesNotFit
    );
}
