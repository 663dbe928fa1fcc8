//! Objects: their owners, handles, one at a time.

#[path = "support/threads.rs"]
mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use homebound::{Delivery, EventLoop, Receiver, RemoteOwner, ReplyError, Signal};
use support::{LIMIT, Log, NotSend, Remote, heard};

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
fn handles_are_equal_if_their_object_is_the_same() {
    let home = EventLoop::new().unwrap();
    let (a, b) = (home.insert(1), home.insert(1));
    assert_eq!(a.handle(), Receiver::handle(&a.handle()));
    assert_ne!(a.handle(), b.handle());
    assert_ne!(a.handle().id(), b.handle().id());
    assert_eq!(a.handle().proxy(), home.proxy());
}
