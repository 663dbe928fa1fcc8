//! The end of an object: what still reaches it, where it is dropped, what its destructor may do.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;

use homebound::{Delivery, Emitter, EventLoop, Owner, RemoteOwner, Signal};
use support::{Count, LIMIT, Log, NotSend, PanicsInDrop, Remote, TellsThread, heard, within_limit};

#[test]
fn owner_dropped_in_its_own_slot_ends_the_object_when_the_slot_returns() {
    let home = EventLoop::new().unwrap();
    let alive = Count::new();
    type Kept = Rc<RefCell<Option<Owner<(support::Alive, u32)>>>>;
    let owner = Kept::default();
    *owner.borrow_mut() = Some(home.insert((alive.one(), 7)));
    let signal = Signal::<()>::new();
    let (own, count, log) = (Rc::clone(&owner), alive.clone(), Log::new());
    let seen = log.clone();
    signal
        .with(Delivery::Auto)
        .connect_local(owner.borrow().as_ref().unwrap(), move |object, ()| {
            own.borrow_mut().take();
            seen.add((object.1, count.get()));
        })
        .unwrap();
    signal.emit(());
    assert_eq!(alive.get(), 0);
    signal.emit(());
    assert_eq!(log.take(), [(7, 1)]);
    assert_eq!(signal.connections(), 0);
}

#[test]
fn call_that_waits_for_an_object_that_is_to_end_is_not_made_and_keeps_nothing() {
    let home = EventLoop::new().unwrap();
    let alive = Count::new();
    let owner = Rc::new(RefCell::new(Some(home.insert(alive.one()))));
    let (signal, log) = (Rc::new(Signal::<u32>::new()), Log::new());
    let (own, seen, again) = (Rc::downgrade(&owner), log.clone(), Rc::downgrade(&signal));
    let call = move |_: &mut support::Alive, depth: &u32| {
        seen.add(*depth);
        // Nobody has addressed the object yet: the call below is the first that has to wait for it.
        drop(own.upgrade().and_then(|owner| owner.borrow_mut().take()));
        if let Some(signal) = again.upgrade() {
            signal.emit(depth + 1);
        }
    };
    signal
        .with(Delivery::Auto)
        .connect_local(owner.borrow().as_ref().unwrap(), call)
        .unwrap();

    signal.emit(0);
    home.drain();

    assert_eq!(log.take(), [0]);
    assert_eq!((alive.get(), signal.connections()), (0, 0));
}

#[test]
fn what_waits_for_an_object_that_ends_is_counted_and_its_connections_hear_of_it() {
    let home = EventLoop::new().unwrap();
    let object = Rc::new(RefCell::new(Some(home.insert(()))));
    let handle = object.borrow().as_ref().unwrap().handle();
    let signal = Signal::<u32>::new();
    let connection = signal
        .with(Delivery::Queued)
        .connect(&handle, |(), _| panic!("called after its object's end"))
        .unwrap();
    let emitter = signal.emitter();
    let (own, nested, again) = (Rc::clone(&object), EventLoop::current().unwrap(), handle.clone());
    let first = Signal::<()>::new();
    first
        .with(Delivery::Auto)
        .connect_local(object.borrow().as_ref().unwrap(), move |(), ()| {
            again.post(|()| panic!("called after its object's end")).unwrap();
            emitter.emit(1);
            nested.drain();
            own.borrow_mut().take();
        })
        .unwrap();
    first.emit(());
    home.drain();
    assert_eq!(home.undelivered(), 1);
    assert!(!connection.is_connected());
}

#[test]
fn delete_comes_after_what_was_sent_before_also_to_a_running_object() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let object = home.insert(());
    let (handle, slot, nested) = (object.handle(), log.clone(), EventLoop::current().unwrap());
    let signal = Signal::<()>::new();
    signal
        .with(Delivery::Auto)
        .connect_local(&object, move |(), ()| {
            let log = slot.clone();
            handle.post(move |()| log.add("sent before")).unwrap();
            handle.delete();
            let log = slot.clone();
            handle.post(move |()| log.add("sent after")).unwrap();
            nested.drain();
            slot.add("slot ends");
        })
        .unwrap();
    let handle = object.leave();
    signal.emit(());
    home.drain();
    assert_eq!(log.take(), ["slot ends", "sent before"]);
    assert!(!handle.is_alive());
    assert_eq!(home.undelivered(), 1);
    assert!(handle.post(|()| {}).is_err());
}

#[test]
fn remote_owner_dropped_anywhere_drops_the_object_at_its_home() {
    let remote = Remote::new("home");
    let at_home = remote.call(|| std::thread::current().id());
    let (tell, told) = mpsc::channel();
    let owner: RemoteOwner<(TellsThread, NotSend)> =
        remote.proxy.insert_with(move |_| (TellsThread(tell), Rc::default()));
    within_limit(move || drop(owner));
    assert_eq!(told.recv_timeout(LIMIT).unwrap(), at_home);
}

#[test]
fn object_left_to_its_loop_is_dropped_at_home_with_it() {
    let mut remote = Remote::new("home");
    let at_home = remote.call(|| std::thread::current().id());
    let (tell, told) = mpsc::channel();
    let handle = remote.proxy.insert_with(move |_| TellsThread(tell)).leave();
    handle.ask(|_| ()).wait_timeout(LIMIT).unwrap();
    assert!(handle.is_alive());
    remote.end();
    assert_eq!(told.recv_timeout(LIMIT).unwrap(), at_home);
    assert!(!handle.is_alive());
}

#[test]
fn post_that_arrives_after_the_objects_end_is_dropped_at_home_and_counted() {
    let home = EventLoop::new().unwrap();
    let alive = Count::new();
    let object = home.insert(());
    let one = alive.one();
    object.handle().post(move |()| drop(one)).unwrap();
    drop(object);
    home.drain();
    assert_eq!((alive.get(), home.undelivered()), (0, 1));
}

#[test]
fn destructor_that_panics_is_reported_and_the_loop_goes_on() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let handle = home.insert(PanicsInDrop("an object's destructor on purpose")).leave();
    handle.delete();
    // Ends while its own slot unwinds: a second panic, which must not abort.
    let owner = Rc::new(RefCell::new(Some(
        home.insert(PanicsInDrop("an object's destructor on purpose")),
    )));
    let own = Rc::clone(&owner);
    let signal = Signal::<()>::new();
    signal
        .with(Delivery::Auto)
        .connect_local(owner.borrow().as_ref().unwrap(), move |_, ()| {
            let gone = own.borrow_mut().take();
            drop(gone);
            panic!("a slot on purpose");
        })
        .unwrap();
    signal.emit(());
    let ran = Rc::new(Cell::new(false));
    let seen = Rc::clone(&ran);
    home.post(move || seen.set(true)).unwrap();
    home.drain();
    assert!(ran.get());
    assert!(heard.mentions("an object's destructor on purpose"));
    assert!(heard.mentions("a slot on purpose"));
}

#[test]
fn object_that_holds_a_signal_connected_to_itself_is_not_kept_alive_by_it() {
    struct Own {
        changed: Signal<u32>,
        _alive: support::Alive,
    }
    let home = EventLoop::new().unwrap();
    let alive = Count::new();
    let object = home.insert(Own {
        changed: Signal::new(),
        _alive: alive.one(),
    });
    let handle = object.handle();
    let one = alive.one();
    object
        .borrow()
        .changed
        .connect(&handle, move |_, _| {
            let _ = &one;
        })
        .unwrap();
    let emitter = object.borrow().changed.emitter();
    emitter.emit(1);
    home.drain();
    drop(object);
    home.drain();
    assert_eq!(alive.get(), 0);
}

#[test]
fn object_ends_with_all_of_its_slots_though_destructors_of_both_panic() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let object = home.proxy().insert_movable(PanicsInDrop("on purpose"));
    let (signal, alive) = (Emitter::<u32>::new(), Count::new());
    let (explodes, one) = (PanicsInDrop("on purpose"), alive.one());
    let explodes = move |_: &mut PanicsInDrop, _: &u32| {
        let _ = &explodes;
    };
    let counts = move |_: &mut PanicsInDrop, _: &u32| {
        let _ = &one;
    };
    signal.connect(&object, explodes).unwrap();
    signal.connect(&object, counts).unwrap();

    object.handle().delete();
    home.drain();

    assert_eq!(alive.get(), 0);
    assert!(heard.mentions("the destructor of a slot"));
}
