//! Objects that move from loop to loop.

#[path = "support/threads.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use homebound::{Delivery, Emitter, EventLoop, MovableOwner, Overflow, ReplyError, Signal, TestClock};
use support::{LIMIT, Log, Remote, TellsThread, heard, thread_name, within_limit};

#[test]
fn moved_object_gets_its_slots_called_at_its_new_home() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(Vec::new());
    let signal = Emitter::<u32>::new();
    signal
        .connect(&object, |list, n| list.push((*n, thread_name())))
        .unwrap();
    signal.emit(1);
    object.move_to(&b.proxy);
    signal.emit(2);
    a.settle();
    signal.emit(3);
    let list = object.handle().ask(|list| list.clone()).wait_timeout(LIMIT).unwrap();
    assert_eq!(list, [(1, "a".into()), (2, "b".into()), (3, "b".into())]);
    assert_eq!(object.handle().proxy(), b.proxy);
}

#[test]
fn order_per_sender_is_kept_under_moves() {
    const EACH: usize = 4_000;
    let loops = [Remote::new("a"), Remote::new("b"), Remote::new("c")];
    let object = loops[0].proxy.insert_movable(Vec::<(usize, usize)>::new());
    let signal = Emitter::<(usize, usize)>::new();
    signal.connect(&object, |list, sent| list.push(*sent)).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (signal, handle) = (signal.clone(), object.handle());
            std::thread::spawn(move || {
                for n in 0..EACH {
                    if n % 2 == 0 {
                        assert!(signal.emit((sender, n)).is_complete());
                    } else {
                        handle.post(move |list| list.push((sender, n))).unwrap();
                    }
                }
            })
        })
        .collect();
    for round in 0..200 {
        object.move_to(&loops[round % 3].proxy);
        std::thread::yield_now();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let list = object
        .handle()
        .ask(std::mem::take)
        .wait_timeout(LIMIT)
        .expect("the object is somewhere");
    let mut next = [0; 4];
    for (sender, n) in list {
        assert_eq!(n, next[sender], "of sender {sender}");
        next[sender] += 1;
    }
    assert_eq!(next, [EACH; 4]);
}

#[test]
fn order_is_kept_for_a_sender_at_the_new_home() {
    for _ in 0..300 {
        let (a, b) = (Remote::new("a"), Remote::new("b"));
        let object = a.proxy.insert_movable(Vec::new());
        let signal = Emitter::<usize>::new();
        signal
            .with(Delivery::Queued)
            .connect(&object, |list, n| list.push(*n))
            .unwrap();
        let (emitter, mover) = (signal.clone(), b.proxy.clone());
        let release = a.hold();
        object.move_to(&mover);
        b.call({
            let emitter = emitter.clone();
            move || {
                emitter.emit(0);
                release.send(()).unwrap();
                // The move happens somewhere in between.
                (1..50).for_each(|n| drop(emitter.emit(n)));
            }
        });
        a.settle();
        b.settle();
        let list = object.handle().ask(std::mem::take).wait_timeout(LIMIT).unwrap();
        assert_eq!(list, (0..50).collect::<Vec<_>>());
        if list.len() != 50 {
            break;
        }
    }
}

#[test]
fn running_object_moves_when_its_slot_has_ended() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = Arc::new(a.proxy.insert_movable(Vec::new()));
    let (own, to) = (Arc::clone(&object), b.proxy.clone());
    let handle = object.handle();
    object
        .handle()
        .post(move |list| {
            own.move_to(&to);
            handle.post(|list| list.push(("waits", thread_name()))).unwrap();
            EventLoop::current().unwrap().drain();
            list.push(("runs", thread_name()));
        })
        .unwrap();
    a.settle();
    let list = object.handle().ask(|list| list.clone()).wait_timeout(LIMIT).unwrap();
    assert_eq!(list, [("runs", "a".into()), ("waits", "b".into())]);
}

#[test]
fn move_to_a_closed_loop_leaves_the_object_and_its_slots_where_they_are() {
    let heard = heard();
    let mut gone = Remote::new("gone for good");
    let to = gone.proxy.clone();
    gone.end();
    let home = EventLoop::new().unwrap();
    let object = home.proxy().insert_movable(Vec::new());
    let signal = Signal::<u32>::new();
    signal.connect(&object, |list, n| list.push(*n)).unwrap();
    object.move_to(&to);
    signal.emit(1);
    home.drain();
    signal.emit(2);
    let list = home.run_until(object.handle().ask(|list| list.clone()));
    assert_eq!(list, Some(Ok(vec![1, 2])));
    assert!(heard.mentions("loop 'gone for good' is closed"));
}

#[test]
fn moved_object_moves_on_and_back() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(Vec::new());
    for to in [&b, &a, &a, &b] {
        object.handle().post(|list| list.push(thread_name())).unwrap();
        object.move_to(&to.proxy);
    }
    object.handle().post(|list| list.push(thread_name())).unwrap();
    let list = object.handle().ask(|list| list.clone()).wait_timeout(LIMIT).unwrap();
    assert_eq!(list, ["a", "b", "a", "a", "b"]);
}

#[test]
fn move_of_a_deleted_object_does_nothing() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(1);
    object.handle().delete();
    object.move_to(&b.proxy);
    a.settle();
    b.settle();
    assert!(!object.handle().is_alive());
    assert_eq!(object.handle().ask(|n| *n).wait_timeout(LIMIT), Err(ReplyError::Lost));
}

#[test]
fn events_that_wait_move_along_with_their_priorities() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(Vec::new());
    let handle = object.handle();
    let (release_a, release_b) = (a.hold(), b.hold());
    object.move_to(&b.proxy);
    for n in 0..3 {
        handle.post(move |list| list.push(n)).unwrap();
    }
    handle.post_with_priority(-1, |list| list.push(9)).unwrap();
    release_a.send(()).unwrap();
    a.settle();
    handle.post(|list| list.push(3)).unwrap();
    handle.post_with_priority(1, |list| list.push(-1)).unwrap();
    release_b.send(()).unwrap();
    let list = handle.ask(|list| list.clone()).wait_timeout(LIMIT).unwrap();
    b.settle();
    assert_eq!(list[..4], [0, 1, 2, 3]);
    // A high priority does not overtake the object's own arrival; it is not lost either. What is below the ordinary comes when nothing ordinary waits: only
    // what is still lower finds it there for certain.
    let (tell, told) = std::sync::mpsc::channel();
    handle
        .post_with_priority(-2, move |list| tell.send(list.clone()).unwrap())
        .unwrap();
    assert_eq!(told.recv_timeout(LIMIT).unwrap(), [0, 1, 2, 3, -1, 9]);
}

#[test]
fn values_in_cells_and_their_timers_move_along() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let to = {
        let (clock, (tell, told)) = (clock.clock(), std::sync::mpsc::channel());
        let thread = std::thread::spawn(move || {
            let there = EventLoop::builder().clock(clock).build().unwrap();
            tell.send(there.proxy()).unwrap();
            there.run();
        });
        (told.recv_timeout(LIMIT).unwrap(), thread)
    };
    let log = Log::new();
    let object = home.proxy().insert_movable(log.clone());
    let latest = Signal::<u32>::new();
    latest
        .with(Delivery::Latest {
            every: Duration::from_millis(10),
        })
        .connect(&object, |log, n| log.add(("latest", *n)))
        .unwrap();
    let bounded = Signal::<u32>::new();
    bounded
        .with(Delivery::Bounded {
            capacity: 2,
            overflow: Overflow::DropOldest,
        })
        .connect(&object, |log, n| log.add(("bounded", *n)))
        .unwrap();
    (1..=3).for_each(|n| drop(latest.emit(n)));
    home.drain();
    assert_eq!(log.take(), [("latest", 1)]);
    (1..=3).for_each(|n| drop(bounded.emit(n)));
    object.move_to(&to.0);
    // Before the move in the queue of the old home, hence behind it nothing is left here.
    home.drain();
    object.handle().ask(|_| ()).wait_timeout(LIMIT).unwrap();
    clock.advance(Duration::from_millis(10));
    object.handle().ask(|_| ()).wait_timeout(LIMIT).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    to.0.post(move || tell.send(()).unwrap()).unwrap();
    told.recv_timeout(LIMIT).unwrap();
    // A turn delivers events first and then what timers are due.
    while log.len() < 3 {
        std::thread::yield_now();
    }
    let mut entries = log.take();
    entries.sort_unstable();
    assert_eq!(entries, [("bounded", 2), ("bounded", 3), ("latest", 3)]);
    to.0.quit();
    to.1.join().unwrap();
}

#[test]
fn sender_that_waits_for_room_goes_on_after_a_move() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(Vec::new());
    let signal = Emitter::<u32>::new();
    signal
        .with(Delivery::Bounded {
            capacity: 1,
            overflow: Overflow::Wait,
        })
        .connect(&object, |list, n| list.push(*n))
        .unwrap();
    let release = a.hold();
    signal.emit(0);
    let away = signal.clone();
    let sender = std::thread::spawn(move || (1..100).for_each(|n| assert!(away.emit(n).is_complete())));
    object.move_to(&b.proxy);
    release.send(()).unwrap();
    within_limit(move || sender.join().unwrap());
    let list = object.handle().ask(std::mem::take).wait_timeout(LIMIT).unwrap();
    assert_eq!(list, (0..100).collect::<Vec<_>>());
}

#[test]
fn movable_owner_dropped_anywhere_drops_the_object_at_its_present_home() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let at_b = b.call(|| std::thread::current().id());
    let (tell, told) = std::sync::mpsc::channel();
    let owner: MovableOwner<_> = a.proxy.insert_movable(support::TellsThread(tell));
    owner.move_to(&b.proxy);
    within_limit(move || drop(owner));
    assert_eq!(told.recv_timeout(LIMIT).unwrap(), at_b);
}

#[test]
fn blocking_emission_follows_a_move_and_is_refused_if_it_would_wait_for_itself() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(0_u32);
    let signal = Emitter::<u32>::new();
    signal
        .with(Delivery::Blocking)
        .connect(&object, |sum, n| *sum += n)
        .unwrap();
    let release = a.hold();
    object.move_to(&b.proxy);
    let emitter = signal.clone();
    let sender = std::thread::spawn(move || emitter.emit(5).is_complete());
    release.send(()).unwrap();
    assert!(within_limit(move || sender.join().unwrap()));

    // From the thread that it moves to.
    object.move_to(&a.proxy);
    b.settle();
    let release = a.hold();
    object.move_to(&b.proxy);
    let refused = Arc::new(Mutex::new(None));
    let (seen, emitter) = (Arc::clone(&refused), signal.clone());
    b.proxy
        .post(move || *seen.lock().unwrap() = Some(emitter.emit(7).into_refused()))
        .unwrap();
    release.send(()).unwrap();
    b.settle();
    assert_eq!(refused.lock().unwrap().as_ref().map(Vec::len), Some(1));
}

#[test]
fn move_to_a_closed_loop_leaves_connections_with_a_cell_alive() {
    let mut gone = Remote::new("gone");
    let to = gone.proxy.clone();
    gone.end();
    let home = EventLoop::new().unwrap();
    let bounded = Delivery::Bounded {
        capacity: 4,
        overflow: Overflow::Wait,
    };
    for delivery in [Delivery::LATEST, bounded] {
        let object = home.proxy().insert_movable(Vec::new());
        let signal = Signal::<u32>::new();
        signal.with(delivery).connect(&object, |list, n| list.push(*n)).unwrap();
        object.move_to(&to);
        home.drain();

        assert!(signal.emit(1).is_complete(), "{delivery:?}");

        let list = home.run_until(object.handle().ask(|list| list.clone()));
        assert_eq!(list, Some(Ok(vec![1])), "{delivery:?}");
    }
}

#[test]
fn slot_of_a_moved_object_is_dropped_at_its_new_home_however_soon_that_is() {
    let (ask, asked) = mpsc::channel::<mpsc::Sender<()>>();
    let (tell, told) = mpsc::channel();
    let (drops, dropped) = mpsc::channel();
    let is_armed = Arc::new(AtomicBool::new(false));
    let armed = Arc::clone(&is_armed);
    // Woken in the middle of the move, the new home goes through all that has moved before the old one's thread goes on.
    let waker = move || {
        if armed.swap(false, Ordering::SeqCst) {
            let (done, is_done) = mpsc::channel();
            ask.send(done).unwrap();
            is_done.recv_timeout(LIMIT).unwrap();
        }
    };
    let host = std::thread::spawn(move || {
        let home = EventLoop::builder().waker(waker).build().unwrap();
        tell.send((home.proxy(), std::thread::current().id())).unwrap();
        let done = asked.recv_timeout(LIMIT).unwrap();
        home.drain();
        done.send(()).unwrap();
    });
    let (to, there) = told.recv_timeout(LIMIT).unwrap();
    let a = Remote::new("a");
    let object = a.proxy.insert_movable(());
    let signal = Emitter::<u32>::new();
    let tells = TellsThread(drops);
    signal
        .connect(&object, move |(), _| {
            let _ = &tells;
        })
        .unwrap();
    a.settle();
    let release = a.hold();
    object.move_to(&to);
    drop(object);
    is_armed.store(true, Ordering::SeqCst);
    release.send(()).unwrap();

    assert_eq!(dropped.recv_timeout(LIMIT), Ok(there));
    host.join().unwrap();
}
