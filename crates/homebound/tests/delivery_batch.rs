//! Batches: a slot that gets all that waits at once.

#[path = "support/threads.rs"]
mod support;

use homebound::{ConnectOptions, Counters, Delivery, Emitter, EventLoop, Overflow, Signal};

#[test]
fn slot_runs_on_its_home_thread() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Emitter::<u32>::new();
    signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |list, _| list.push(std::thread::current().id()))
        .unwrap();
    let away = signal.clone();
    support::within_limit(move || drop(away.emit(1)));
    home.drain();
    assert_eq!(*object.borrow(), [std::thread::current().id()]);
}

#[test]
fn values_arrive_in_order() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::<u32>::new();
    signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |list, values| list.push(values.to_vec()))
        .unwrap();
    (0..5).for_each(|n| drop(signal.emit(n)));
    home.drain();
    (5..7).for_each(|n| drop(signal.emit(n)));
    home.drain();
    assert_eq!(*object.borrow(), [vec![0, 1, 2, 3, 4], vec![5, 6]]);
}

#[test]
fn nothing_arrives_after_disconnect_also_not_what_was_queued() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let signal = Signal::<u32>::new();
    let connection = signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |(), _| panic!("disconnected"))
        .unwrap();
    signal.emit(1);
    connection.disconnect();
    home.drain();
}

#[test]
fn what_overflows_is_dropped_by_the_policy_and_counted() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::<u32>::new();
    let connection = signal
        .with(Delivery::Bounded {
            capacity: 3,
            overflow: Overflow::DropOldest,
        })
        .connect_batch(&object, |list, values| list.extend_from_slice(values))
        .unwrap();
    (0..10).for_each(|n| drop(signal.emit(n)));
    home.drain();
    assert_eq!(*object.borrow(), [7, 8, 9]);
    assert_eq!(
        connection.counters(),
        Counters {
            coalesced: 0,
            dropped: 7
        }
    );
}

#[test]
fn a_slot_that_panics_does_not_stop_the_others() {
    support::heard();
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::<u32>::new();
    signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |_, _| panic!("on purpose"))
        .unwrap();
    signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |list, values| list.extend_from_slice(values))
        .unwrap();
    for n in 0..3 {
        signal.emit(n);
        home.drain();
    }
    assert_eq!(*object.borrow(), [0, 1, 2]);
}

#[test]
fn single_shot_arrives_once() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::<u32>::new();
    signal
        .with(ConnectOptions::new().single_shot())
        .connect_batch(&object, |list, values| list.extend_from_slice(values))
        .unwrap();
    signal.emit(1);
    signal.emit(2);
    home.drain();
    assert_eq!(*object.borrow(), [1]);
}

#[test]
fn batches_of_four_threads_lose_nothing_and_keep_order_per_sender() {
    const EACH: usize = 20_000;
    let home = EventLoop::new().unwrap();
    let object = home.insert([0; 4]);
    let signal = Emitter::<(usize, usize)>::new();
    signal
        .with(ConnectOptions::new())
        .connect_batch(&object, |next, values| {
            for (sender, n) in values {
                assert_eq!(*n, next[*sender]);
                next[*sender] += 1;
            }
        })
        .unwrap();
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (signal, proxy) = (signal.clone(), home.proxy());
            std::thread::spawn(move || {
                (0..EACH).for_each(|n| assert!(signal.emit((sender, n)).is_complete()));
                proxy.quit();
            })
        })
        .collect();
    (0..4).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    assert_eq!(*object.borrow(), [EACH; 4]);
}
