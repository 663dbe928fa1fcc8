//! The claims that hold for every delivery, each sibling file instantiates them with its own.

/// `$delivery`: the connection's options. The receiver logs what it gets.
macro_rules! claims_of_every_delivery {
    ($delivery:expr) => {
        use std::cell::RefCell;
        use std::rc::Rc;

        use homebound::{ConnectOptions, Connection, Emitter, EventLoop, Signal};

        fn options() -> ConnectOptions {
            ConnectOptions::from($delivery)
        }

        /// Emits so that any delivery may: a blocking one from a thread of its own, while the receiver's loop turns.
        fn emit(home: &EventLoop, signal: &Emitter<u32>, args: u32) {
            if $delivery == homebound::Delivery::Blocking {
                let (signal, proxy) = (signal.clone(), home.proxy());
                let thread = std::thread::spawn(move || {
                    drop(signal.emit(args));
                    proxy.quit();
                });
                home.run();
                thread.join().unwrap();
            } else {
                signal.emit(args);
            }
        }

        #[test]
        fn slot_runs_on_its_home_thread() {
            let home = EventLoop::new().unwrap();
            let log = support::Log::new();
            let object = home.insert(());
            let signal = Emitter::new();
            let slot = log.clone();
            signal
                .with(options())
                .connect(&object, move |(), n| slot.add((*n, std::thread::current().id())))
                .unwrap();
            emit(&home, &signal, 7);
            home.drain();
            assert_eq!(log.take(), [(7, std::thread::current().id())]);
        }

        #[test]
        fn values_arrive_in_order() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Emitter::new();
            signal
                .with(options())
                .connect(&object, |list, n| list.push(*n))
                .unwrap();
            for n in 0..20 {
                emit(&home, &signal, n);
                home.drain();
            }
            assert_eq!(*object.borrow(), (0..20).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_arrives_after_disconnect_also_not_what_was_queued() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Signal::new();
            let alive = support::Count::new();
            let one = alive.one();
            let connection = signal
                .with(options())
                .connect(&object, move |list, n| {
                    let _ = &one;
                    list.push(*n);
                })
                .unwrap();
            let emitter = signal.emitter();
            emit(&home, &emitter, 1);
            home.drain();
            {
                // Running, so that also a direct call waits.
                let _running = object.borrow_mut();
                if $delivery != homebound::Delivery::Blocking {
                    emitter.emit(2);
                }
            }
            assert!(connection.is_connected());
            connection.disconnect();
            assert_eq!(alive.get(), 0, "the slot is dropped at once at home");
            emit(&home, &emitter, 3);
            home.drain();
            assert_eq!(*object.borrow(), [1]);
            assert_eq!(signal.connections(), 0);
        }

        #[test]
        fn disconnect_from_another_thread_holds_when_it_returns() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Emitter::new();
            let alive = support::Count::new();
            let one = alive.one();
            let connection = signal
                .with(options())
                .connect(&object, move |list, n| {
                    let _ = &one;
                    list.push(*n);
                })
                .unwrap();
            emit(&home, &signal, 1);
            home.drain();
            if $delivery != homebound::Delivery::Blocking && $delivery != homebound::Delivery::Direct {
                signal.emit(2);
            }
            support::within_limit(move || connection.disconnect());
            emit(&home, &signal, 3);
            home.drain();
            assert_eq!(
                *object.borrow(),
                if object.borrow().len() == 2 {
                    vec![1, 2]
                } else {
                    vec![1]
                }
            );
            assert_eq!(object.borrow().len(), 1);
            assert_eq!(alive.get(), 0);
        }

        #[test]
        fn connection_ends_with_its_receiver() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(());
            let signal = Signal::new();
            let connection = signal
                .with(options())
                .connect(&object, |(), _: &u32| panic!("its object is gone"))
                .unwrap();
            let emitter = signal.emitter();
            drop(object);
            emit(&home, &emitter, 1);
            home.drain();
            emit(&home, &emitter, 2);
            home.drain();
            assert!(!connection.is_connected());
            assert_eq!(signal.connections(), 0);
        }

        #[test]
        fn slot_may_connect_disconnect_emit_and_drop() {
            let home = EventLoop::new().unwrap();
            let log = support::Log::new();
            let object = home.insert(());
            let signal = Rc::new(RefCell::new(Some(Signal::<u32>::new())));
            let emitter = signal.borrow().as_ref().unwrap().emitter();
            let own: Rc<RefCell<Option<Connection>>> = Rc::default();
            let (slot, again, cut, gone, other) = (
                log.clone(),
                emitter.clone(),
                Rc::clone(&own),
                Rc::clone(&signal),
                object.handle(),
            );
            let connection = signal
                .borrow()
                .as_ref()
                .unwrap()
                .with(options())
                .connect_local(&object, move |(), n| {
                    slot.add(*n);
                    let slot = slot.clone();
                    drop(
                        again
                            .with(homebound::Delivery::Queued)
                            .connect(&other, move |(), n| slot.add(100 + n)),
                    );
                    if let Some(own) = cut.borrow_mut().take() {
                        own.disconnect();
                    }
                    again.emit(n + 1);
                    gone.borrow_mut().take();
                })
                .unwrap();
            *own.borrow_mut() = Some(connection);
            emit(&home, &emitter, 1);
            home.drain();
            assert_eq!(log.take(), [1, 102]);
        }

        #[test]
        fn a_slot_that_panics_does_not_stop_the_others() {
            support::heard();
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Emitter::new();
            signal
                .with(options())
                .connect(&object, |_, _| panic!("on purpose"))
                .unwrap();
            signal
                .with(options())
                .connect(&object, |list, n| list.push(*n))
                .unwrap();
            for n in 0..3 {
                emit(&home, &signal, n);
                home.drain();
            }
            assert_eq!(*object.borrow(), [0, 1, 2]);
        }

        #[test]
        fn single_shot_arrives_once() {
            for shared in [false, true] {
                for busy in [false, true] {
                    if busy && $delivery == homebound::Delivery::Blocking {
                        continue;
                    }
                    let home = EventLoop::new().unwrap();
                    let object = home.insert(Vec::new());
                    let signal = Signal::new();
                    let alive = support::Count::new();
                    let one = alive.one();
                    let connection = signal
                        .with(options().single_shot())
                        .connect(&object, move |list, n| {
                            let _ = &one;
                            list.push(*n);
                        })
                        .unwrap();
                    if shared || $delivery == homebound::Delivery::Blocking {
                        let emitter = signal.emitter();
                        let running = busy.then(|| object.borrow_mut());
                        emit(&home, &emitter, 1);
                        drop(running);
                        emit(&home, &emitter, 2);
                    } else {
                        let running = busy.then(|| object.borrow_mut());
                        signal.emit(1);
                        drop(running);
                        signal.emit(2);
                    }
                    home.drain();
                    assert_eq!(*object.borrow(), [1], "shared: {shared}, busy: {busy}");
                    assert!(!connection.is_connected());
                    assert_eq!(alive.get(), 0, "the slot goes after its call");
                }
            }
        }

        #[test]
        fn unique_connection_is_made_once_and_again_after_its_end() {
            fn slot(list: &mut Vec<u32>, n: &u32) {
                list.push(*n);
            }
            let home = EventLoop::new().unwrap();
            let (object, other) = (home.insert(Vec::new()), home.insert(Vec::new()));
            let signal = Signal::new();
            let connect = |to| signal.with(options().unique()).connect(to, slot);
            let first = connect(&object).unwrap();
            assert_eq!(connect(&object).unwrap_err(), homebound::ConnectError::Exists);
            connect(&other).unwrap();
            first.disconnect();
            connect(&object).unwrap();
            assert_eq!(signal.connections(), 2);
        }

        #[test]
        fn what_was_sent_arrives_although_the_signal_ends() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Signal::new();
            let alive = support::Count::new();
            let one = alive.one();
            signal
                .with(options())
                .connect(&object, move |list, n| {
                    let _ = &one;
                    list.push(*n);
                })
                .unwrap();
            if $delivery == homebound::Delivery::Blocking {
                emit(&home, &signal.emitter(), 1);
                drop(signal);
            } else {
                let _running = object.borrow_mut();
                signal.emit(1);
                drop(signal);
            }
            home.drain();
            assert_eq!(*object.borrow(), [1]);
            assert_eq!(alive.get(), 0);
        }

        #[test]
        fn connection_from_another_thread_counts_from_its_return() {
            let home = EventLoop::new().unwrap();
            let object = home.insert(Vec::new());
            let signal = Signal::new();
            let (emitter, handle) = (signal.emitter(), object.handle());
            support::within_limit(move || {
                emitter
                    .with(options())
                    .connect(&handle, |list, n| list.push(*n))
                    .unwrap();
            });
            emit(&home, &signal.emitter(), 1);
            home.drain();
            assert_eq!(*object.borrow(), [1]);
        }
    };
}
