//! Queued delivery: a post to the receiver's home, also from there.

#[path = "support/threads.rs"]
mod support;
#[macro_use]
#[path = "support/delivery.rs"]
mod delivery;

use homebound::{Delivery, Refused};

claims_of_every_delivery!(Delivery::Queued);

#[test]
fn queued_slot_is_called_in_a_later_turn() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(Vec::new());
    let signal = Signal::new();
    signal
        .with(options())
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    signal.emit(1_u32);
    assert_eq!(*object.borrow(), [0; 0]);
    home.drain();
    assert_eq!(*object.borrow(), [1]);
}

#[test]
fn queued_emission_to_a_closed_loop_is_refused_once() {
    let mut remote = support::Remote::new("ends");
    let object = remote.proxy.insert_with(|_| ());
    let signal = Emitter::<u32>::new();
    let connection = signal.with(options()).connect(&object, |(), _| {}).unwrap();
    remote.end();
    assert_eq!(signal.emit(1).into_refused(), [Refused::LoopClosed]);
    assert!(signal.emit(2).is_complete());
    assert!(!connection.is_connected());
}

#[test]
fn arguments_of_any_size_arrive_as_they_were() {
    let home = EventLoop::new().unwrap();
    let object = home.insert((Vec::new(), Vec::new(), 0));
    let (text, float, unit) = (
        Emitter::<String>::new(),
        Emitter::<(f64, f64)>::new(),
        Emitter::<()>::new(),
    );
    text.with(options())
        .connect(&object, |all, text| all.0.push(text.clone()))
        .unwrap();
    float
        .with(options())
        .connect(&object, |all, pair| all.1.push(*pair))
        .unwrap();
    unit.with(options()).connect(&object, |all, ()| all.2 += 1).unwrap();
    for n in 0..2000 {
        text.emit(n.to_string());
        float.emit((f64::from(n), -0.5));
        unit.emit(());
        if n % 100 == 0 {
            home.drain();
        }
    }
    home.drain();
    let all = object.borrow();
    assert_eq!(all.0, (0..2000).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(all.1, (0..2000).map(|n| (f64::from(n), -0.5)).collect::<Vec<_>>());
    assert_eq!(all.2, 2000);
}
