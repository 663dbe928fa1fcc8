//! Blocking delivery: a post to the receiver's home, and the emission waits until the slot has returned.

#[path = "support/threads.rs"]
mod support;
#[macro_use]
#[path = "support/delivery.rs"]
mod delivery;

use homebound::{Delivery, Refused};

claims_of_every_delivery!(Delivery::Blocking);

#[test]
fn blocking_emission_returns_after_the_slot() {
    let remote = support::Remote::new("home");
    let log = support::Log::new();
    let object = remote.proxy.insert_with(|_| ());
    let signal = Emitter::new();
    let slot = log.clone();
    signal
        .with(options())
        .connect(&object, move |(), n| slot.add(*n))
        .unwrap();
    for n in 0..100 {
        assert!(signal.emit(n).is_complete());
        log.add(1000 + n);
    }
    assert_eq!(log.take(), (0..100).flat_map(|n| [n, 1000 + n]).collect::<Vec<u32>>());
}

#[test]
fn blocking_emission_to_ones_own_loop_is_refused() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let signal = Signal::<u32>::new();
    signal
        .with(options())
        .connect(&object, |(), _| panic!("called"))
        .unwrap();
    assert_eq!(signal.emit(1).into_refused(), [Refused::WouldBlockItself]);
    assert_eq!(signal.emitter().emit(1).into_refused(), [Refused::WouldBlockItself]);
    home.drain();
}

#[test]
fn blocking_emission_is_told_if_its_slot_panics() {
    support::heard();
    let remote = support::Remote::new("home");
    let object = remote.proxy.insert_with(|_| ());
    let signal = Emitter::<u32>::new();
    signal
        .with(options())
        .connect(&object, |(), _| panic!("on purpose"))
        .unwrap();
    assert_eq!(signal.emit(1).into_refused(), [Refused::Lost]);
}

#[test]
fn blocking_emission_returns_when_the_loop_closes() {
    support::heard();
    let mut remote = support::Remote::new("closes");
    let object = remote.proxy.insert_with(|_| ());
    let signal = Emitter::<u32>::new();
    signal.with(options()).connect(&object, |(), _| {}).unwrap();
    let release = remote.hold();
    let away = signal.clone();
    let sender = std::thread::spawn(move || away.emit(1).into_refused());
    remote.proxy.quit_now();
    release.send(()).unwrap();
    remote.end();
    let refused = support::within_limit(move || sender.join().unwrap());
    assert!(
        refused == [Refused::Lost] || refused == [Refused::LoopClosed] || refused.is_empty(),
        "{refused:?}"
    );
}
