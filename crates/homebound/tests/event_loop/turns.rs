//! What one turn does: a bounded batch, timers, idle work, priorities.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::NOW;
use crate::support::{LIMIT, Log, heard, within_limit};
use homebound::{EventLoop, Idle, TestClock, Timer, TurnBudget};

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
