//! A loop's end: what is handed back, reported, dropped.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::NOW;
use crate::support::{Count, LIMIT, PanicsInDrop, heard, within_limit};
use homebound::{EventLoop, Idle, LoopProxy, RemoteOwner, Signal, Timer};

#[test]
fn closed_loop_hands_posts_back() {
    let home = EventLoop::new().unwrap();
    let (proxy, handle) = (home.proxy(), EventLoop::current().unwrap());
    assert!(!proxy.is_closed());
    drop(home);
    assert!(proxy.is_closed());
    let ran = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ran);
    let job = proxy
        .post(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap_err()
        .into_inner();
    job();
    assert_eq!(ran.load(Ordering::SeqCst), 1);
    assert!(handle.post(|| {}).is_err());
    assert!(proxy.post_after(LIMIT, || {}).is_err());
    handle.run();
    handle.dispatch(None);
}

#[test]
fn closing_reports_what_was_accepted_and_not_delivered() {
    let heard = heard();
    let home = EventLoop::builder().name("closes early").build().unwrap();
    let proxy = home.proxy();
    home.post(|| {}).unwrap();
    within_limit(move || (0..2).for_each(|_| proxy.post(|| {}).unwrap()));
    drop(home);
    assert!(heard.mentions("'closes early' ended with 3 undelivered"));
}

#[test]
fn closing_drops_what_is_left_at_home() {
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    home.insert(alive.one()).leave();
    home.proxy().insert_movable(alive.one()).leave();
    let (posted, idle, future, later) = (alive.one(), alive.one(), alive.one(), alive.one());
    home.post(move || drop(posted)).unwrap();
    home.on_idle(move || {
        let _ = &idle;
        Idle::Again
    });
    drop(home.spawn_local(async move {
        std::future::pending::<()>().await;
        drop(future);
    }));
    home.proxy().post_after(LIMIT, move || drop(later)).unwrap();
    home.dispatch(NOW);
    heard();
    assert_eq!(alive.get(), 5);
    drop(home);
    assert_eq!(alive.get(), 0);
}

#[test]
fn destructors_may_use_the_loop_while_it_closes() {
    struct Busy(Count);
    impl Drop for Busy {
        fn drop(&mut self) {
            if let Some(home) = EventLoop::current() {
                assert!(home.post(|| {}).is_err());
                let alive = self.0.one();
                home.insert(alive).leave();
                let alive = self.0.one();
                home.on_idle(move || {
                    let _ = &alive;
                    Idle::Done
                });
                let alive = self.0.one();
                drop(home.spawn_local(async move { drop(alive) }));
                let signal = Signal::<u32>::new();
                let _ = signal.connect_fn(|_| {});
                signal.emit(1);
                let timer = Timer::repeating(&home, Duration::ZERO);
                timer.start();
            }
        }
    }
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    (0..10).for_each(|_| drop(home.insert(Busy(alive.clone())).leave()));
    drop(home);
    assert_eq!(alive.get(), 0);
}

#[test]
fn several_destructors_that_panic_while_closing_are_reported_one_by_one() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let panics = || PanicsInDrop("destructor on purpose");
    for _ in 0..3 {
        home.insert(panics()).leave();
        let (a, b) = (panics(), panics());
        home.post(move || drop(a)).unwrap();
        drop(home.spawn_local(async move {
            std::future::pending::<()>().await;
            drop(b);
        }));
        let c = panics();
        home.on_idle(move || {
            let _ = &c;
            Idle::Again
        });
    }
    drop(home);
    assert!(heard.mentions("destructor on purpose"));
}

#[test]
fn a_loop_that_its_thread_forgets_is_closed_with_the_thread() {
    let (tell, told) = mpsc::channel();
    let alive = Count::new();
    let one = alive.one();
    std::thread::spawn(move || {
        let home = EventLoop::new().unwrap();
        home.insert(one).leave();
        tell.send(home.proxy()).unwrap();
        std::mem::forget(home);
    })
    .join()
    .unwrap();
    let proxy = told.recv().unwrap();
    assert!(proxy.post(|| {}).is_err());
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_loop_among_the_locals_of_a_thread_can_end_with_them() {
    thread_local! {
        static HOME: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
        static SIGNAL: RefCell<Option<Signal<u32>>> = const { RefCell::new(None) };
    }
    let proxy = std::thread::spawn(|| {
        // Touched first, so that they are destroyed after the crate's own locals on some systems and before them on others.
        HOME.with(|home| assert!(home.borrow().is_none()));
        SIGNAL.with(|signal| assert!(signal.borrow().is_none()));
        let home = EventLoop::new().unwrap();
        let proxy = home.proxy();
        let signal = Signal::new();
        signal.connect_fn(|_| {}).unwrap();
        SIGNAL.with(|kept| *kept.borrow_mut() = Some(signal));
        HOME.with(|kept| *kept.borrow_mut() = Some(home));
        proxy
    })
    .join()
    .unwrap();
    assert!(proxy.is_closed());
}

#[test]
fn object_that_a_closing_loop_is_asked_to_build_is_gone() {
    struct Builds(LoopProxy, mpsc::Sender<RemoteOwner<u32>>);
    impl Drop for Builds {
        fn drop(&mut self) {
            self.1.send(self.0.insert_with(|_| 1)).unwrap();
        }
    }
    let home = EventLoop::new().unwrap();
    let (sent, built) = mpsc::channel();
    let builds = Builds(home.proxy(), sent);
    home.post(move || drop(builds)).unwrap();
    drop(home);

    let owner = built.recv_timeout(LIMIT).unwrap();
    assert!(!owner.handle().is_alive());
    assert!(owner.handle().post(|_| {}).is_err());
}

#[test]
fn idle_job_for_a_closed_loop_is_dropped_at_once() {
    let home = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    drop(home);
    let alive = Count::new();
    let one = alive.one();
    handle.on_idle(move || {
        let _ = &one;
        Idle::Done
    });
    assert_eq!(alive.get(), 0);
}

#[test]
fn idle_job_that_ends_its_loop_goes_with_it() {
    let home = Rc::new(RefCell::new(Some(EventLoop::new().unwrap())));
    let handle = EventLoop::current().unwrap();
    let alive = Count::new();
    let (one, ends) = (alive.one(), Rc::clone(&home));
    handle.on_idle(move || {
        let _ = &one;
        drop(ends.take());
        Idle::Again
    });
    handle.drain();
    assert_eq!(alive.get(), 0);
}
