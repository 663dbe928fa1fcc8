//! Bounded delivery: at most so many values wait; what happens to one more is the connection's policy.

#[path = "support/threads.rs"]
mod support;
#[macro_use]
#[path = "support/delivery.rs"]
mod delivery;

use homebound::{Delivery, Overflow, Refused};

claims_of_every_delivery!(bounded(16, Overflow::Wait));

fn bounded(capacity: usize, overflow: Overflow) -> Delivery {
    Delivery::Bounded { capacity, overflow }
}

fn overflowing(overflow: Overflow) -> (Vec<u32>, u64, Vec<Refused>) {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    let connection = signal
        .with(bounded(3, overflow))
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    let refused = (0..5).flat_map(|n| signal.emit(n).into_refused()).collect();
    home.drain();
    let list = object.borrow().clone();
    (list, connection.counters().dropped, refused)
}

#[test]
fn drop_oldest_keeps_the_newest_and_counts() {
    assert_eq!(overflowing(Overflow::DropOldest), (vec![2, 3, 4], 2, vec![]));
}

#[test]
fn drop_newest_keeps_the_oldest_and_counts() {
    assert_eq!(overflowing(Overflow::DropNewest), (vec![0, 1, 2], 2, vec![]));
}

#[test]
fn waiting_for_room_on_ones_own_thread_is_refused() {
    assert_eq!(
        overflowing(Overflow::Wait),
        (vec![0, 1, 2], 0, vec![Refused::Full, Refused::Full])
    );
}

#[test]
fn waiting_senders_lose_nothing() {
    const EACH: u32 = 20_000;
    let home = EventLoop::new().unwrap();
    let object = home.insert((0_u64, 0_u32));
    let signal = Emitter::new();
    signal
        .with(bounded(4, Overflow::Wait))
        .connect(&object, |(sum, count), n| {
            *sum += u64::from(*n);
            *count += 1;
        })
        .unwrap();
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (signal, proxy) = (signal.clone(), home.proxy());
            std::thread::spawn(move || {
                (0..EACH).for_each(|n| assert!(signal.emit(n).is_complete()));
                proxy.quit();
            })
        })
        .collect();
    (0..3).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*object.borrow(), (3 * (0..EACH).map(u64::from).sum::<u64>(), 3 * EACH));
}

/// Starts a sender that waits for room in a connection of capacity 1, runs `act`, and returns what the sender was told.
fn sender_waits(act: impl FnOnce(&mut support::Remote, Connection, homebound::RemoteOwner<()>)) -> Vec<Refused> {
    support::heard();
    let mut remote = support::Remote::new("home");
    let object = remote.proxy.insert_with(|_| ());
    let signal = Emitter::<u32>::new();
    let connection = signal
        .with(bounded(1, Overflow::Wait))
        .connect(&object, |(), _| {})
        .unwrap();
    let release = remote.hold();
    signal.emit(1);
    let away = signal.clone();
    let sender = std::thread::spawn(move || away.emit(2).into_refused());
    let end = std::thread::spawn(move || {
        // Whether the sender waits by now or not must not matter.
        std::thread::yield_now();
        drop(release);
    });
    act(&mut remote, connection, object);
    end.join().unwrap();
    support::within_limit(move || sender.join().unwrap())
}

#[test]
fn waiting_sender_goes_on_when_the_connection_ends() {
    assert_eq!(sender_waits(|_, connection, _| connection.disconnect()), []);
}

#[test]
fn waiting_sender_goes_on_when_the_receiver_ends() {
    assert_eq!(sender_waits(|_, _, object| drop(object)), []);
}

#[test]
fn waiting_sender_goes_on_when_the_loop_closes() {
    for _ in 0..50 {
        let refused = sender_waits(|remote, _, _| {
            remote.proxy.quit_now();
            remote.end();
        });
        assert!(refused.is_empty() || refused == [Refused::LoopClosed], "{refused:?}");
    }
}

#[test]
fn waiting_sender_goes_on_when_the_slot_never_arrives() {
    support::heard();
    let mut remote = support::Remote::new("home");
    let object = remote.proxy.insert_with(|_| ());
    let release = remote.hold();
    remote.proxy.quit_now();
    let signal = Emitter::<u32>::new();
    signal
        .with(bounded(1, Overflow::Wait))
        .connect(&object, |(), _| {})
        .unwrap();
    signal.emit(1);
    let away = signal.clone();
    let sender = std::thread::spawn(move || away.emit(2).into_refused());
    release.send(()).unwrap();
    remote.end();
    assert_eq!(
        support::within_limit(move || sender.join().unwrap()),
        [Refused::LoopClosed]
    );
}

/// A value whose destructor panics.
#[derive(Clone)]
struct Explodes;

impl Drop for Explodes {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("exploded");
        }
        // A second panic while the first unwinds ends the process: whoever drops several drops them one by one.
        eprintln!("dropped while another one unwinds");
        std::process::abort();
    }
}

#[test]
fn values_that_are_left_are_dropped_one_by_one_though_their_destructors_panic() {
    let heard = support::heard();
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let signal = Signal::new();
    let connection = signal
        .with(bounded(4, Overflow::Wait))
        .connect(&object, |(), _: &Explodes| {})
        .unwrap();
    for _ in 0..3 {
        std::mem::forget(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            signal.emit(Explodes)
        })));
    }
    connection.disconnect();

    assert!(heard.mentions("exploded"));
}
