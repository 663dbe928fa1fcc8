//! The loop: turns, quitting, hosting, futures, closing.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use homebound::{EventLoop, Idle, ReplyError, Signal, TestClock, Timer, TurnBudget};
use support::{Count, LIMIT, Log, Remote, heard, within_limit};

const NOW: Option<Duration> = Some(Duration::ZERO);

#[test]
fn a_thread_has_one_loop_at_a_time() {
    let first = EventLoop::builder().name("first").build().unwrap();
    let error = EventLoop::new().unwrap_err();
    assert!(error.to_string().contains("first"), "{error}");
    assert_eq!(EventLoop::current().unwrap().name(), "first");
    drop(first);
    assert!(EventLoop::current().is_none());
    EventLoop::new().unwrap();
}

#[test]
fn quit_before_the_run_ends_it_at_once_and_is_used_up() {
    let home = EventLoop::new().unwrap();
    home.quit();
    assert!(home.is_quitting());
    home.run();
    assert!(!home.is_quitting());

    let ran = Rc::new(Cell::new(false));
    let (seen, quits) = (Rc::clone(&ran), EventLoop::current().unwrap());
    home.post(move || {
        seen.set(true);
        quits.quit();
    })
    .unwrap();
    home.run();
    assert!(ran.get());
}

#[test]
fn quit_from_afar_comes_after_what_was_posted_and_quit_now_before() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    for (name, now) in [("after", false), ("before", true)] {
        let (posted, proxy) = (log.clone(), home.proxy());
        within_limit(move || {
            proxy.post(move || posted.add(name)).unwrap();
            if now { proxy.quit_now() } else { proxy.quit() }
        });
        home.run();
        if now {
            assert_eq!(log.take(), [""; 0]);
            home.drain();
            assert_eq!(log.take(), ["before"]);
        } else {
            assert_eq!(log.take(), ["after"]);
        }
    }
}

#[test]
fn quit_ends_all_nested_runs() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let (handle, outer) = (EventLoop::current().unwrap(), log.clone());
    home.post(move || {
        outer.add("outer begins");
        let (inner, quits) = (outer.clone(), handle.clone());
        handle
            .post(move || {
                inner.add("inner");
                quits.quit();
            })
            .unwrap();
        handle.run();
        outer.add("outer ends");
    })
    .unwrap();
    home.run();
    assert_eq!(log.take(), ["outer begins", "inner", "outer ends"]);
    assert!(!home.is_quitting());
}

#[test]
fn run_until_returns_the_output_and_leaves_a_quit_to_the_next_run() {
    let home = EventLoop::new().unwrap();
    assert_eq!(home.run_until(async { 7 }), Some(7));

    let quits = EventLoop::current().unwrap();
    assert_eq!(
        home.run_until(async move {
            quits.quit();
            8
        }),
        Some(8)
    );
    assert!(home.is_quitting(), "the request was not for that run");
    home.run();
    assert!(!home.is_quitting());

    home.quit();
    assert_eq!(home.run_until(std::future::pending::<()>()), None);
    assert!(!home.is_quitting());
}

#[test]
fn run_until_of_a_future_that_panics_returns_none() {
    heard();
    let home = EventLoop::new().unwrap();
    let output: Option<()> = home.run_until(async { panic!("on purpose") });
    assert_eq!(output, None);
}

#[test]
fn nested_run_until_waits_for_its_own_future() {
    let home = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    let output = home.run_until(async move {
        let sleep = handle.proxy().sleep(Duration::from_millis(1));
        handle.run_until(sleep)
    });
    assert_eq!(output, Some(Some(true)));
}

#[test]
fn a_turn_delivers_no_more_than_its_budget() {
    let budget = TurnBudget {
        events: 10,
        time: Duration::from_secs(60),
    };
    let home = EventLoop::builder().budget(budget).build().unwrap();
    let ran = Rc::new(Cell::new(0));
    for _ in 0..25 {
        let ran = Rc::clone(&ran);
        home.post(move || ran.set(ran.get() + 1)).unwrap();
    }
    let turns: Vec<_> = (0..3)
        .map(|_| home.dispatch(NOW))
        .map(|turn| (turn.events, turn.more))
        .collect();
    assert_eq!(turns, [(10, true), (10, true), (5, false)]);
    assert_eq!(ran.get(), 25);
}

#[test]
fn a_flood_starves_neither_timers_nor_the_host() {
    let clock = TestClock::new();
    let budget = TurnBudget {
        events: 16,
        time: Duration::from_secs(60),
    };
    let home = EventLoop::builder()
        .clock(clock.clock())
        .budget(budget)
        .build()
        .unwrap();
    // An event that posts itself anew, for ever.
    fn flood(home: &homebound::LoopHandle) {
        let again = home.clone();
        home.post(move || flood(&again)).unwrap();
    }
    (0..100).for_each(|_| flood(&home));
    let ticks = home.insert(0);
    let timer = Timer::repeating(&home, Duration::from_millis(10));
    timer.on_tick(&ticks, |ticks, _| *ticks += 1).unwrap();
    timer.start();
    for round in 1..=5 {
        clock.advance(Duration::from_millis(10));
        let turn = home.dispatch(NOW);
        assert_eq!((turn.events, turn.more), (16, true));
        assert_eq!(*ticks.borrow(), round);
    }
}

#[test]
fn a_slot_that_runs_long_ends_the_turn_after_it() {
    let clock = TestClock::new();
    let budget = TurnBudget {
        events: 1000,
        time: Duration::from_millis(4),
    };
    let home = EventLoop::builder()
        .clock(clock.clock())
        .budget(budget)
        .build()
        .unwrap();
    for _ in 0..10 {
        let clock = clock.clone();
        home.post(move || clock.advance(Duration::from_millis(3))).unwrap();
    }
    assert_eq!(home.dispatch(NOW).events, 2);
    assert_eq!(home.dispatch(NOW).events, 2);
}

#[test]
fn idle_work_runs_when_there_is_nothing_else_and_may_post() {
    within_limit(|| {
        let home = EventLoop::new().unwrap();
        let log = Log::new();
        let (idle, handle) = (log.clone(), EventLoop::current().unwrap());
        let mut left = 2;
        home.on_idle(move || {
            idle.add("idle");
            left -= 1;
            if left > 0 {
                return Idle::Again;
            }
            let (posted, quits) = (idle.clone(), handle.clone());
            handle
                .post(move || {
                    posted.add("posted by idle work");
                    quits.quit();
                })
                .unwrap();
            Idle::Done
        });
        let first = log.clone();
        home.post(move || first.add("event")).unwrap();
        home.run();
        assert_eq!(log.take(), ["event", "idle", "idle", "posted by idle work"]);
    });
}

#[test]
fn idle_work_that_panics_is_not_called_again() {
    heard();
    let home = EventLoop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let count = Rc::clone(&calls);
    home.on_idle(move || {
        count.set(count.get() + 1);
        panic!("on purpose")
    });
    home.drain();
    home.drain();
    assert_eq!(calls.get(), 1);
}

fn hosted() -> (EventLoop, Arc<AtomicUsize>) {
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let waker = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    (EventLoop::builder().waker(waker).build().unwrap(), wakes)
}

#[test]
fn hosted_loop_wakes_its_host_once_per_need() {
    let (home, wakes) = hosted();
    let taken = || wakes.swap(0, Ordering::SeqCst);
    let post_from_afar = || {
        let proxy = home.proxy();
        within_limit(move || proxy.post(|| {}).unwrap());
    };

    post_from_afar();
    assert_eq!(taken(), 1, "before the first dispatch");
    post_from_afar();
    home.post(|| {}).unwrap();
    assert_eq!(taken(), 0, "it was asked already");
    assert_eq!(home.dispatch(NOW).events, 3);
    assert_eq!(taken(), 0);

    home.post(|| {}).unwrap();
    post_from_afar();
    assert_eq!(taken(), 1, "both sides, one need");
    let proxy = home.proxy();
    home.post(move || within_limit(move || proxy.post(|| {}).unwrap()))
        .unwrap();
    while home.dispatch(NOW).more {}
    assert_eq!(home.undelivered(), 0);
    taken();

    home.quit();
    assert_eq!(taken(), 1, "a request to quit is a need");
}

#[test]
fn hosted_loop_says_that_more_is_left_and_asks_again() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let home = EventLoop::builder()
        .waker(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .budget(TurnBudget { events: 1, time: LIMIT })
        .build()
        .unwrap();
    (0..3).for_each(|_| home.post(|| {}).unwrap());
    wakes.store(0, Ordering::SeqCst);
    assert!(home.dispatch(NOW).more);
    assert!(home.dispatch(NOW).more);
    assert!(!home.dispatch(NOW).more);
    assert_eq!(wakes.load(Ordering::SeqCst), 2);
}

#[test]
fn hosted_loop_says_when_its_next_timer_is_due_and_when_that_changes() {
    let clock = TestClock::new();
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let home = EventLoop::builder()
        .clock(clock.clock())
        .waker(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    assert_eq!(home.dispatch(NOW).next_timer, None);
    wakes.store(0, Ordering::SeqCst);
    let timer = Timer::repeating(&home, Duration::from_millis(30));
    timer.start();
    assert_eq!(wakes.load(Ordering::SeqCst), 1, "the host has to ask anew");
    assert_eq!(home.dispatch(NOW).next_timer, Some(Duration::from_millis(30)));
    clock.advance(Duration::from_millis(10));
    assert_eq!(home.dispatch(NOW).next_timer, Some(Duration::from_millis(20)));
}

#[test]
fn posts_of_four_threads_all_arrive_in_order_per_sender() {
    const EACH: usize = 5_000;
    let home = EventLoop::new().unwrap();
    let seen = Rc::new(RefCell::new(vec![0_usize; 4]));
    let list = home.insert(Vec::new());
    let threads: Vec<_> = (0..4)
        .map(|sender| {
            let (list, proxy) = (list.handle(), home.proxy());
            std::thread::spawn(move || {
                for n in 0..EACH {
                    list.post(move |list: &mut Vec<(usize, usize)>| list.push((sender, n)))
                        .unwrap();
                }
                proxy.quit();
            })
        })
        .collect();
    (0..4).for_each(|_| home.run());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    home.drain();
    for (sender, n) in &*list.borrow() {
        let next = &mut seen.borrow_mut()[*sender];
        assert_eq!(n, next);
        *next += 1;
    }
    assert_eq!(*seen.borrow(), [EACH; 4]);
}

#[test]
fn posts_at_home_and_from_afar_keep_one_order() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let add = |name: &'static str| {
        let log = log.clone();
        move || log.add(name)
    };
    home.post(add("home 1")).unwrap();
    let (proxy, job) = (home.proxy(), add("afar"));
    within_limit(move || proxy.post(job).unwrap());
    home.post(add("home 2")).unwrap();
    home.drain();
    assert_eq!(log.take(), ["home 1", "afar", "home 2"]);
}

#[test]
fn a_panic_in_a_posted_closure_is_reported_and_the_loop_goes_on() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let ran = Rc::new(Cell::new(false));
    let seen = Rc::clone(&ran);
    home.post(|| panic!("posted panic on purpose")).unwrap();
    home.post(move || seen.set(true)).unwrap();
    assert_eq!(home.drain(), 2);
    assert!(ran.get());
    assert!(heard.mentions("posted panic on purpose"));
}

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
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("destructor on purpose");
        }
    }
    let heard = heard();
    let home = EventLoop::new().unwrap();
    for _ in 0..3 {
        home.insert(Panics).leave();
        let (a, b) = (Panics, Panics);
        home.post(move || drop(a)).unwrap();
        drop(home.spawn_local(async move {
            std::future::pending::<()>().await;
            drop(b);
        }));
        let c = Panics;
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
fn future_that_is_woken_while_it_is_polled_is_polled_again() {
    let home = EventLoop::new().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = Rc::clone(&polls);
    let mut task = std::pin::pin!(home.spawn_local(poll_fn(move |cx| {
        count.set(count.get() + 1);
        if count.get() < 5 {
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready("done")
    })));
    home.drain();
    assert_eq!(polls.get(), 5);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(task.as_mut().poll(&mut cx), Poll::Ready(Ok("done")));
}

#[test]
fn future_may_run_the_loop_and_is_not_polled_meanwhile() {
    let home = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = Rc::clone(&polls);
    drop(home.spawn_local(poll_fn(move |cx| {
        count.set(count.get() + 1);
        if count.get() == 1 {
            cx.waker().wake_by_ref();
            handle.drain();
            assert_eq!(count.get(), 1, "polled while it was being polled");
            return Poll::Pending;
        }
        Poll::Ready(())
    })));
    home.drain();
    assert_eq!(polls.get(), 2);
}

#[test]
fn future_is_woken_from_another_thread() {
    let home = EventLoop::new().unwrap();
    let remote = Remote::new("answers");
    let object = remote.proxy.insert_with(|_| 41);
    assert_eq!(home.run_until(object.handle().ask(|n| *n + 1)), Some(Ok(42)));
}

#[test]
fn aborted_future_is_dropped_at_once_and_its_handle_says_so() {
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    let one = alive.one();
    let task = home.spawn_local(async move {
        std::future::pending::<()>().await;
        drop(one);
    });
    home.drain();
    assert_eq!(alive.get(), 1);
    task.abort();
    assert_eq!(alive.get(), 0);
    assert_eq!(home.run_until(task), Some(Err(ReplyError::Lost)));
}

#[test]
fn future_that_aborts_itself_is_dropped_after_the_poll() {
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    let task: Rc<RefCell<Option<homebound::LocalJoinHandle<()>>>> = Rc::default();
    let (own, one) = (Rc::clone(&task), alive.one());
    *task.borrow_mut() = Some(home.spawn_local(async move {
        own.borrow().as_ref().unwrap().abort();
        std::future::pending::<()>().await;
        drop(one);
    }));
    home.drain();
    assert_eq!(alive.get(), 0);
}

#[test]
fn future_that_panics_is_reported_and_its_handle_says_so() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let task = home.spawn_local(async {
        if true {
            panic!("future panic on purpose");
        }
        7
    });
    assert_eq!(home.run_until(task), Some(Err(ReplyError::Lost)));
    assert!(heard.mentions("future panic on purpose"));
}

#[test]
fn higher_priority_comes_first_also_before_what_was_taken_over_already() {
    let home = EventLoop::new().unwrap();
    let log = Log::new();
    let add = |name: &'static str| {
        let log = log.clone();
        move || log.add(name)
    };
    let proxy = home.proxy();
    let (first, urgent, late) = (log.clone(), add("urgent from afar"), add("ordinary from afar"));
    home.post(move || {
        first.add("first");
        within_limit(move || {
            proxy.post(late).unwrap();
            proxy.post_with_priority(5, urgent).unwrap();
        });
    })
    .unwrap();
    home.post(add("second")).unwrap();
    home.proxy().post_with_priority(-1, add("low")).unwrap();
    home.proxy().post_with_priority(1, add("high")).unwrap();
    home.proxy().post_with_priority(2, add("higher")).unwrap();
    home.proxy().post_with_priority(2, add("higher, later")).unwrap();
    home.drain();
    assert_eq!(
        log.take(),
        [
            "higher",
            "higher, later",
            "high",
            "first",
            "urgent from afar",
            "second",
            "ordinary from afar",
            "low"
        ]
    );
}

#[test]
fn dispatch_with_a_limit_returns_when_something_comes() {
    let home = EventLoop::new().unwrap();
    let proxy = home.proxy();
    let thread = std::thread::spawn(move || proxy.post(|| {}).unwrap());
    let mut events = 0;
    while events == 0 {
        events = home.dispatch(Some(LIMIT)).events;
    }
    thread.join().unwrap();
    assert_eq!(home.dispatch(Some(Duration::from_millis(1))).events, 0);
}
