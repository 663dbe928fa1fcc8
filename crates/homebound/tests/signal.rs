//! Signals: order, changes during an emission, chaining, blocking, futures.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use homebound::{ConnectError, ConnectOptions, Connection, Delivery, Emitter, EventLoop, Refused, Signal};
use support::{Count, Log, heard, within_limit};

#[test]
fn slots_are_called_in_the_order_of_connecting_whoever_connects() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let object = home.insert(());
    let signal = Signal::<()>::new();
    let slot = |n: u32| {
        let log = log.clone();
        move |(): &mut (), (): &()| log.add(n)
    };
    signal.connect(&object, slot(1)).unwrap();
    let (emitter, handle, afar) = (signal.emitter(), object.handle(), slot(2));
    within_limit(move || drop(emitter.connect(&handle, afar).unwrap()));
    signal.connect(&object, slot(3)).unwrap();
    signal
        .with(Delivery::Direct)
        .connect_direct({
            let log = log.clone();
            move |()| log.add(4)
        })
        .unwrap();
    signal.emit(());
    home.drain();
    // Also the second, whose slot came here from another thread, is called at once by the second emission.
    log.take();
    signal.emit(());
    assert_eq!(log.take(), [1, 2, 3, 4]);
}

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
fn signal_may_be_emitted_by_a_signal() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let (first, second) = (Signal::<u32>::new(), Signal::<u32>::new());
    let slot = log.clone();
    second.connect_fn(move |n| slot.add(*n)).unwrap();
    let connection = first
        .with(ConnectOptions::new().unique())
        .connect_signal(&second.emitter())
        .unwrap();
    assert_eq!(
        first
            .with(ConnectOptions::new().unique())
            .connect_signal(&second.emitter())
            .unwrap_err(),
        ConnectError::Exists
    );
    first.emit(1);
    let away = first.emitter();
    within_limit(move || drop(away.emit(2)));
    home.drain();
    connection.disconnect();
    first.emit(3);
    assert_eq!(log.take(), [1, 2]);
}

#[test]
fn signals_that_emit_each_other_are_freed() {
    let alive = Count::new();
    let (a, b) = (Signal::<u32>::new(), Signal::<u32>::new());
    for signal in [&a, &b] {
        let one = alive.one();
        signal
            .with(Delivery::Direct)
            .connect_direct(move |_| {
                let _ = &one;
            })
            .unwrap();
    }
    a.with(ConnectOptions::new()).connect_signal(&b.emitter()).unwrap();
    b.with(ConnectOptions::new()).connect_signal(&a.emitter()).unwrap();
    drop((a, b));
    assert_eq!(alive.get(), 0);
}

#[test]
fn blocked_signal_holds_back_and_counts() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let signal = Signal::<u32>::new();
    let slot = log.clone();
    signal.with(Delivery::Queued).connect_fn(move |n| slot.add(*n)).unwrap();
    signal.emit(1);
    let (outer, inner) = (signal.block(), signal.block());
    signal.emit(2);
    drop(outer);
    signal.emitter().emit(3);
    drop(inner);
    signal.emit(4);
    home.drain();
    assert_eq!(log.take(), [1, 4]);
    assert_eq!(signal.suppressed(), 2);
}

#[test]
fn slot_is_told_which_signal_and_which_object_has_sent() {
    let home = EventLoop::new().unwrap();
    let (sender, receiver) = (home.insert(()), home.insert(Vec::new()));
    let signal = Signal::<()>::new();
    signal.set_sender(&sender);
    signal
        .with(ConnectOptions::new())
        .connect_with_info(&receiver, |list, (), info| list.push(info))
        .unwrap();
    signal.emit(());
    let info = receiver.borrow()[0];
    assert_eq!(info.signal, signal.id());
    assert_eq!(info.sender, Some(sender.handle().id()));
}

struct Flag(std::sync::atomic::AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[test]
fn next_emission_is_a_future_under_any_executor() {
    let signal = Signal::<String>::new();
    let flag = Arc::new(Flag(std::sync::atomic::AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut cx = Context::from_waker(&waker);
    let mut next = pin!(signal.next());
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
    signal.emit("first".into());
    signal.emit("second".into());
    assert_eq!(flag.0.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(Some("first".into())));

    let mut next = pin!(signal.next());
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
    let emitter = signal.emitter();
    within_limit(move || drop(emitter.emit("from afar".into())));
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(Some("from afar".into())));
    assert_eq!(signal.connections(), 0);
}

#[test]
fn next_emission_of_a_signal_that_ends_is_none() {
    for shared in [false, true] {
        let signal = Signal::<u32>::new();
        let mut cx = Context::from_waker(Waker::noop());
        let emitter = shared.then(|| signal.emitter());
        let mut next = pin!(signal.next());
        assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
        drop(signal);
        assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(None), "shared: {shared}");
        drop(emitter);
    }
}

#[test]
fn dropped_next_leaves_no_connection() {
    let signal = Signal::<u32>::new();
    drop(signal.next());
    assert_eq!(signal.connections(), 0);
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
fn emitters_of_other_threads_reach_all_slots_in_order_per_sender() {
    const EACH: usize = 5_000;
    let home = EventLoop::new().unwrap();
    let object = home.insert([0; 4]);
    let signal = Signal::<(usize, usize)>::new();
    signal
        .connect(&object, |next, (sender, n)| {
            assert_eq!(*n, next[*sender]);
            next[*sender] += 1;
        })
        .unwrap();
    let bare = Rc::new(Cell::new(0));
    let count = Rc::clone(&bare);
    signal.connect_fn(move |_| count.set(count.get() + 1)).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (emitter, proxy) = (signal.emitter(), home.proxy());
            std::thread::spawn(move || {
                (0..EACH).for_each(|n| assert!(emitter.emit((sender, n)).is_complete()));
                proxy.quit();
            })
        })
        .collect();
    (0..4).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    assert_eq!(*object.borrow(), [EACH; 4]);
    assert_eq!(bare.get(), 4 * EACH);
}

#[test]
fn emitter_without_a_home_ends_with_its_last_clone_also_if_connections_are_kept() {
    let home = EventLoop::new().unwrap();
    let (alive, object) = (Count::new(), home.insert(()));
    let signal = Emitter::<u32>::new();
    let one = alive.one();
    let connection = signal
        .connect(&object, move |(), _| {
            let _ = &one;
        })
        .unwrap();
    let clone = signal.clone();
    drop(signal);
    clone.emit(1);
    assert!(connection.is_connected());
    drop(clone);
    home.drain();
    assert!(!connection.is_connected());
    assert_eq!(alive.get(), 0);
}

#[test]
fn guard_ends_its_connection_and_a_released_one_does_not() {
    let _home = EventLoop::new().unwrap();
    let signal = Signal::<()>::new();
    let guard = signal.connect_fn(|()| {}).unwrap().guard();
    let released = signal.connect_fn(|()| {}).unwrap().guard().release();
    assert_eq!(signal.connections(), 2);
    drop(guard);
    assert_eq!(signal.connections(), 1);
    drop(released);
    assert_eq!(signal.connections(), 1);
}

#[test]
fn bare_closure_without_a_loop_and_a_mode_that_does_not_fit_are_refused() {
    let signal = Signal::<()>::new();
    assert_eq!(signal.connect_fn(|()| {}).unwrap_err(), ConnectError::NoLoop);
    assert_eq!(
        signal.with(Delivery::Queued).connect_direct(|()| {}).unwrap_err(),
        ConnectError::ModeDoesNotFit
    );
}

#[test]
fn destructors_of_slots_that_panic_are_reported() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a slot's destructor on purpose");
        }
    }
    let heard = heard();
    let _home = EventLoop::new().unwrap();
    let signal = Signal::<()>::new();
    for _ in 0..3 {
        let panics = Panics;
        signal
            .connect_fn(move |()| {
                let _ = &panics;
            })
            .unwrap();
    }
    drop(signal);
    assert!(heard.mentions("a slot's destructor on purpose"));
}
