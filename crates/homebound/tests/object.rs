//! Objects: their owners, handles, one at a time, their end.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use homebound::{Delivery, Emitter, EventLoop, Owner, Receiver, RemoteOwner, ReplyError, Signal};
use support::{Count, LIMIT, Log, NotSend, Remote, TellsThread, heard, within_limit};

type Names = Vec<&'static str>;

#[test]
fn post_runs_with_the_object_on_its_home_thread() {
    let remote = Remote::new("home of the object");
    let object = remote.proxy.insert_with(|_| Vec::new());
    object
        .handle()
        .post(|list| list.push(std::thread::current().name().unwrap().to_owned()))
        .unwrap();
    let list = object.handle().ask(|list| list.clone()).wait_timeout(LIMIT).unwrap();
    assert_eq!(list, ["home of the object"]);
}

#[test]
fn object_and_local_closures_need_not_be_send() {
    let home = EventLoop::new().unwrap();
    let shared: NotSend = Rc::new(Cell::new(0));
    let object = home.insert(Rc::clone(&shared));
    object.handle().post(|n| n.set(n.get() + 1)).unwrap();
    let local = Rc::clone(&shared);
    home.post(move || local.set(local.get() + 10)).unwrap();
    home.drain();
    assert_eq!(shared.get(), 11);
}

#[test]
fn what_is_sent_to_a_running_object_waits_its_turn_in_order() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let object = home.insert(());
    let signal = Rc::new(Signal::<u32>::new());
    let slot = log.clone();
    signal.connect(&object, move |(), n| slot.add(*n)).unwrap();
    let queued = Rc::new(Signal::<u32>::new());
    let slot = log.clone();
    queued
        .with(Delivery::Queued)
        .connect(&object, move |(), n| slot.add(*n))
        .unwrap();

    let outer = Signal::<()>::new();
    let (inner, handle, posted, nested, later) = (
        Rc::clone(&signal),
        object.handle(),
        log.clone(),
        EventLoop::current().unwrap(),
        Rc::clone(&queued),
    );
    outer
        .with(Delivery::Auto)
        .connect_local(&object, move |(), ()| {
            inner.emit(1);
            let log = posted.clone();
            handle.post(move |()| log.add(2)).unwrap();
            later.emit(3);
            nested.drain();
            inner.emit(4);
            posted.add(0);
        })
        .unwrap();
    outer.emit(());
    // The slot has returned, the loop has not turned: what waits is not overtaken.
    signal.emit(5);
    let after = log.clone();
    object.handle().post(move |()| after.add(6)).unwrap();
    home.drain();
    assert_eq!(log.take(), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn other_objects_go_on_while_a_slot_runs_a_nested_loop() {
    let home = EventLoop::new().unwrap();
    let log = Log::<&str>::new();
    let (busy, other) = (home.insert(()), home.insert(()));
    let (own, others, nested, end) = (
        busy.handle(),
        other.handle(),
        EventLoop::current().unwrap(),
        log.clone(),
    );
    busy.handle()
        .post({
            let log = log.clone();
            let proxy = home.proxy();
            move |()| {
                let (a, b) = (log.clone(), log.clone());
                own.post(move |()| a.add("own")).unwrap();
                others.post(move |()| b.add("other")).unwrap();
                proxy.quit();
                EventLoop::current().unwrap().run();
                log.add("slot ends");
            }
        })
        .unwrap();
    nested.run();
    home.drain();
    assert_eq!(end.take(), ["other", "slot ends", "own"]);
}

#[test]
fn borrowed_object_keeps_what_is_sent_waiting_until_the_borrow_ends() {
    let home = EventLoop::new().unwrap();
    let list = home.insert(Names::new());
    let signal = Signal::<u32>::new();
    signal.connect(&list, |list, _| list.push("emitted")).unwrap();
    {
        let mut borrowed = list.borrow_mut();
        list.handle().post(|list| list.push("posted")).unwrap();
        signal.emit(1);
        home.drain();
        assert!(list.try_borrow_mut().is_none());
        borrowed.push("borrowed");
    }
    home.drain();
    assert_eq!(*list.borrow(), ["borrowed", "emitted", "posted"]);
    {
        let (first, second) = (list.borrow(), list.borrow());
        signal.emit(2);
        home.drain();
        drop(first);
        home.drain();
        assert_eq!(second.len(), 3);
    }
    home.drain();
    assert_eq!(list.borrow().len(), 4);
}

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
fn insert_with_that_panics_leaves_no_object() {
    let heard = heard();
    let remote = Remote::new("home");
    let object: RemoteOwner<u32> = remote.proxy.insert_with(|_| panic!("insert_with on purpose"));
    let mut asked = object.handle().ask(|n| *n);
    remote.settle();
    assert!(!object.handle().is_alive());
    assert_eq!(asked.wait_timeout(LIMIT), Err(ReplyError::Lost));
    assert!(object.handle().post(|_| {}).is_err());
    assert!(heard.mentions("insert_with on purpose"));
}

#[test]
fn insert_with_that_never_runs_leaves_no_object() {
    heard();
    let mut remote = Remote::new("home");
    let release = remote.hold();
    remote.proxy.quit_now();
    let object = remote.proxy.insert_with(|_| 1);
    let moves = remote.proxy.insert_movable(1);
    assert!(object.handle().is_alive());
    release.send(()).unwrap();
    remote.end();
    assert!(!object.handle().is_alive());
    assert!(!moves.handle().is_alive());
}

#[test]
fn insert_with_sees_its_loop_and_runs_at_once_at_home() {
    let home = EventLoop::builder().name("here").build().unwrap();
    let object = home.proxy().insert_with(|home| home.name().to_owned());
    let seen = Log::new();
    let log = seen.clone();
    object.handle().post(move |name| log.add(name.clone())).unwrap();
    home.drain();
    assert_eq!(seen.take(), ["here"]);
}

#[test]
fn post_to_a_gone_object_hands_the_closure_back() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(1);
    let handle = object.handle();
    drop(object);
    assert!(!handle.is_alive());
    let job = handle.post(|n| *n += 1).unwrap_err().into_inner();
    let mut own = 1;
    job(&mut own);
    assert_eq!(own, 2);
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
fn ask_brings_the_answer_and_wait_has_a_limit() {
    let remote = Remote::new("home");
    let object = remote.proxy.insert_with(|_| 20);
    assert_eq!(object.handle().ask(|n| *n + 1).wait(), Ok(21));

    let release = remote.hold();
    let mut late = object.handle().ask(|n| *n + 2);
    assert!(late.try_take().is_none());
    assert_eq!(late.wait_timeout(Duration::from_millis(1)), Err(ReplyError::TimedOut));
    release.send(()).unwrap();
    assert_eq!(late.wait_timeout(LIMIT), Ok(22));
    assert_eq!(late.wait(), Err(ReplyError::Taken));
}

#[test]
fn waiting_for_ones_own_loop_is_refused() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(1);
    let mut asked = object.handle().ask(|n| *n);
    assert_eq!(asked.wait(), Err(ReplyError::WouldBlockItself));
    assert_eq!(asked.wait_timeout(LIMIT), Err(ReplyError::WouldBlockItself));
    assert_eq!(home.run_until(asked), Some(Ok(1)));
}

#[test]
fn question_that_panics_or_is_never_asked_is_lost() {
    heard();
    let mut remote = Remote::new("home");
    let object = remote.proxy.insert_with(|_| 1);
    let mut asked = object.handle().ask(|_| -> u32 { panic!("on purpose") });
    assert_eq!(asked.wait_timeout(LIMIT), Err(ReplyError::Lost));

    let release = remote.hold();
    remote.proxy.quit_now();
    let mut waits = object.handle().ask(|n| *n);
    release.send(()).unwrap();
    remote.end();
    assert_eq!(waits.wait_timeout(LIMIT), Err(ReplyError::Lost));
    assert_eq!(object.handle().ask(|n| *n).wait_timeout(LIMIT), Err(ReplyError::Lost));
}

#[test]
fn sender_that_waits_for_a_running_object_is_told_of_the_loops_end() {
    heard();
    let home = EventLoop::new().unwrap();
    let object = home.insert(());
    let emitter = homebound::Emitter::<u32>::new();
    emitter
        .with(Delivery::Blocking)
        .connect(&object, |(), _| panic!("called"))
        .unwrap();
    let away = emitter.clone();
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || tell.send(away.emit(1).into_refused()).unwrap());
    {
        let _borrowed = object.borrow_mut();
        while home.dispatch(Some(LIMIT)).events == 0 {}
    }
    drop(home);
    assert_eq!(
        told.recv_timeout(LIMIT).expect("nobody waits for a closed loop"),
        [homebound::Refused::Lost]
    );
    thread.join().unwrap();
    drop(object);
}

#[test]
fn destructor_that_panics_is_reported_and_the_loop_goes_on() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("an object's destructor on purpose");
        }
    }
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let handle = home.insert(Panics).leave();
    handle.delete();
    // Ends while its own slot unwinds: a second panic, which must not abort.
    let owner = Rc::new(RefCell::new(Some(home.insert(Panics))));
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
fn handles_are_equal_if_their_object_is_the_same() {
    let home = EventLoop::new().unwrap();
    let (a, b) = (home.insert(1), home.insert(1));
    assert_eq!(a.handle(), Receiver::handle(&a.handle()));
    assert_ne!(a.handle(), b.handle());
    assert_ne!(a.handle().id(), b.handle().id());
    assert_eq!(a.handle().proxy(), home.proxy());
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
    struct Explodes;
    impl Drop for Explodes {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let object = home.proxy().insert_movable(Explodes);
    let (signal, alive) = (Emitter::<u32>::new(), Count::new());
    let (explodes, one) = (Explodes, alive.one());
    let explodes = move |_: &mut Explodes, _: &u32| {
        let _ = &explodes;
    };
    let counts = move |_: &mut Explodes, _: &u32| {
        let _ = &one;
    };
    signal.connect(&object, explodes).unwrap();
    signal.connect(&object, counts).unwrap();

    object.handle().delete();
    home.drain();

    assert_eq!(alive.get(), 0);
    assert!(heard.mentions("the destructor of a slot"));
}
