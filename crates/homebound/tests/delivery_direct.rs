//! Direct delivery: a call on the emitting thread, which has to be the receiver's home.

#[path = "support/threads.rs"]
mod support;
#[macro_use]
#[path = "support/delivery.rs"]
mod delivery;

use homebound::{Delivery, Refused};

claims_of_every_delivery!(Delivery::Direct);

#[test]
fn direct_slot_is_called_inside_the_emission() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    signal
        .with(options())
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    signal.emit(1_u32);
    assert_eq!(*object.borrow(), [1]);
}

#[test]
fn direct_emission_away_from_home_is_refused_and_does_not_use_up_a_single_shot() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Emitter::new();
    let connection = signal
        .with(options().single_shot())
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    let away = signal.clone();
    let refused = support::within_limit(move || away.emit(1).into_refused());
    assert_eq!(refused, [Refused::AwayFromHome]);
    assert!(connection.is_connected());
    signal.emit(2);
    assert_eq!(*object.borrow(), [2]);
}

#[test]
fn closure_that_is_called_anywhere_goes_with_its_signal() {
    let alive = support::Count::new();
    let signal = Emitter::<u32>::new();
    let one = alive.one();
    let connection = signal
        .with(Delivery::Direct)
        .connect_direct(move |_| {
            let _ = &one;
        })
        .unwrap();
    signal.emit(1);
    drop(signal);
    assert_eq!(alive.get(), 0);
    assert!(!connection.is_connected());
}

#[test]
fn single_shot_whose_slot_panics_leaves_no_slot_behind() {
    support::heard();
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let signal = Signal::new();
    let alive = support::Count::new();
    let one = alive.one();
    signal
        .with(options().single_shot())
        .connect(&object, move |(), _: &u32| {
            let _ = &one;
            panic!("on purpose");
        })
        .unwrap();
    signal.emit(1);
    signal.emit(2);
    home.drain();
    assert_eq!(alive.get(), 0);
    assert_eq!(signal.connections(), 0);
}
