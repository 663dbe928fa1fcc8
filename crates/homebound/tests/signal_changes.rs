//! Signals that are changed in the middle of an emission: by their slots, by other threads, by destructors.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use homebound::{ConnectError, Connection, EventLoop, Refused, Signal};
use support::{Count, Log, PanicsInDrop, heard, within_limit};

#[test]
fn connection_made_in_a_slot_counts_from_the_next_emission_nested_ones_included() {
    let _home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Rc::new(Signal::<u32>::new());
    let (own, slot) = (Rc::clone(&signal), log.clone());
    let connected = Cell::new(false);
    signal
        .connect_fn(move |n| {
            slot.add(("first", *n));
            if !connected.replace(true) {
                let slot = slot.clone();
                own.connect_fn(move |n| slot.add(("added", *n))).unwrap();
            }
        })
        .unwrap();
    let (own, slot) = (Rc::clone(&signal), log.clone());
    signal
        .connect_fn(move |n| {
            slot.add(("second", *n));
            if *n == 1 {
                own.emit(2);
            }
        })
        .unwrap();
    signal.emit(1);
    // The first slot and the second are closures of their own, and the second one runs: its call waits for its end.
    assert_eq!(log.take(), [("first", 1), ("second", 1), ("first", 2), ("added", 2)]);
    EventLoop::current().unwrap().drain();
    assert_eq!(log.take(), [("second", 2)]);
    signal.emit(3);
    assert_eq!(log.take(), [("first", 3), ("second", 3), ("added", 3)]);
}

#[test]
fn slot_that_is_disconnected_during_an_emission_is_not_called_any_more() {
    let _home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Signal::<()>::new();
    let later: Rc<RefCell<Option<Connection>>> = Rc::default();
    let (cut, slot) = (Rc::clone(&later), log.clone());
    signal
        .connect_fn(move |()| {
            slot.add("first");
            if let Some(later) = cut.borrow_mut().take() {
                later.disconnect();
            }
        })
        .unwrap();
    let slot = log.clone();
    *later.borrow_mut() = Some(signal.connect_fn(move |()| slot.add("second")).unwrap());
    let slot = log.clone();
    signal.connect_fn(move |()| slot.add("third")).unwrap();
    signal.emit(());
    signal.emit(());
    assert_eq!(log.take(), ["first", "third", "first", "third"]);
    assert_eq!(signal.connections(), 2);
}

#[test]
fn disconnected_slot_stays_so_whatever_is_changed_or_emitted_in_the_same_emission() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Rc::new(Signal::<u32>::new());
    let (emitter, object) = (signal.emitter(), home.insert(()));
    let later: Rc<RefCell<Option<Connection>>> = Rc::default();
    let (cut, again, handle) = (Rc::clone(&later), Rc::clone(&signal), object.handle());
    let (slot, afar) = (log.clone(), log.clone());
    signal
        .connect_fn(move |n| {
            slot.add(format!("first {n}"));
            let Some(later) = cut.borrow_mut().take() else { return };
            later.disconnect();
            let (emitter, handle, afar) = (emitter.clone(), handle.clone(), afar.clone());
            let slot = move |(): &mut (), n: &u32| afar.add(format!("from afar {n}"));
            within_limit(move || drop(emitter.connect(&handle, slot).unwrap()));
            again.emit(2);
        })
        .unwrap();
    let slot = log.clone();
    signal.connect_fn(move |n| slot.add(format!("second {n}"))).unwrap();
    let slot = log.clone();
    *later.borrow_mut() = Some(signal.connect_fn(move |_| slot.add("ended".to_owned())).unwrap());
    signal.emit(1);
    signal.emit(3);
    // The first is running while it emits: its calls wait, and later ones behind them.
    assert_eq!(log.take(), ["first 1", "second 2", "second 1", "second 3"]);
    home.drain();
    assert!(log.mentions("first 2") && log.mentions("first 3") && log.mentions("from afar 3"));
    assert!(!log.mentions("ended"));
    assert_eq!(signal.connections(), 3);
}

#[test]
fn slot_that_another_thread_has_disconnected_is_not_called_once_this_one_knows() {
    let home = EventLoop::new().unwrap();
    let calls = home.insert(0_u32);
    for _ in 0..2_000 {
        // Nobody has an emitter: what other threads need of the signal is made by this very disconnection.
        let signal = Signal::<()>::new();
        let connection = signal.connect(&calls, |calls, ()| *calls += 1).unwrap();
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                connection.disconnect();
                ended.store(true, Ordering::Release);
            });
            while !ended.load(Ordering::Acquire) {
                signal.emit(());
            }
        });

        let before = *calls.borrow();
        signal.emit(());

        assert_eq!(*calls.borrow(), before);
        assert_eq!(signal.connections(), 0);
    }
}

#[test]
fn slot_may_disconnect_itself_and_is_dropped_after_its_call() {
    let _home = EventLoop::new().unwrap();
    let alive = Count::new();
    let signal = Signal::<()>::new();
    let own: Rc<RefCell<Option<Connection>>> = Rc::default();
    let (cut, one, count) = (Rc::clone(&own), alive.one(), alive.clone());
    *own.borrow_mut() = Some(
        signal
            .connect_fn(move |()| {
                let _ = &one;
                if let Some(connection) = cut.borrow_mut().take() {
                    connection.disconnect();
                }
                assert_eq!(count.get(), 1, "dropped while it runs");
            })
            .unwrap(),
    );
    signal.emit(());
    assert_eq!(alive.get(), 0);
    signal.emit(());
}

#[test]
fn destructor_of_a_slot_may_use_the_signal() {
    struct Uses(Rc<Signal<u32>>);
    impl Drop for Uses {
        fn drop(&mut self) {
            self.0.emit(100);
            self.0.connect_fn(|_| {}).unwrap();
        }
    }
    let _home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Rc::new(Signal::<u32>::new());
    let slot = log.clone();
    signal.connect_fn(move |n| slot.add(*n)).unwrap();
    let uses = Uses(Rc::clone(&signal));
    let connection = signal
        .connect_fn(move |_| {
            let _ = &uses;
        })
        .unwrap();
    connection.disconnect();
    assert_eq!(log.take(), [100]);
    assert_eq!(signal.connections(), 2);
}

#[test]
fn signal_dropped_in_its_own_slot_has_sent_to_all() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Rc::new(RefCell::new(Some(Signal::<u32>::new())));
    let emitter = signal.borrow().as_ref().unwrap().emitter();
    for n in 0..3 {
        let (gone, slot) = (Rc::clone(&signal), log.clone());
        signal
            .borrow()
            .as_ref()
            .unwrap()
            .connect_fn(move |_| {
                gone.borrow_mut().take();
                slot.add(n);
            })
            .unwrap();
    }
    emitter.emit(1);
    assert_eq!(log.take(), [0, 1, 2]);
    assert_eq!(emitter.emit(2).into_refused(), [Refused::SignalGone]);
    assert!(emitter.emit(3).is_complete(), "said once");
    assert_eq!(
        emitter.connect(&home.insert(()), |(), _| {}).unwrap_err(),
        ConnectError::SignalGone
    );
}

#[test]
fn destructors_of_slots_that_panic_are_reported() {
    let heard = heard();
    let _home = EventLoop::new().unwrap();
    let signal = Signal::<()>::new();
    for _ in 0..3 {
        let panics = PanicsInDrop("a slot's destructor on purpose");
        signal
            .connect_fn(move |()| {
                let _ = &panics;
            })
            .unwrap();
    }
    drop(signal);
    assert!(heard.mentions("a slot's destructor on purpose"));
}
