//! Timers, on a clock that the test moves.

#[path = "support/threads.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use homebound::{EventLoop, MissedTicks, Precision, TestClock, Tick, Timer};
use support::{Count, Log};

const MS: Duration = Duration::from_millis(1);

fn home() -> (EventLoop, TestClock) {
    let clock = TestClock::new();
    (EventLoop::builder().clock(clock.clock()).build().unwrap(), clock)
}

fn logged(timer: &Timer) -> Log<Tick> {
    let log = Log::new();
    let slot = log.clone();
    timer.timeout().connect_fn(move |tick| slot.add(*tick)).unwrap();
    log
}

fn counts(log: &Log<Tick>) -> Vec<(u64, u64, u128)> {
    log.take()
        .iter()
        .map(|tick| (tick.count, tick.missed, tick.due.as_millis()))
        .collect()
}

#[test]
fn repeating_timer_fires_at_its_due_times_and_never_early() {
    let (home, clock) = home();
    let timer = Timer::repeating(&home, 10 * MS).precision(Precision::Precise);
    let log = logged(&timer);
    timer.start();
    clock.advance(10 * MS - Duration::from_nanos(1));
    home.drain();
    assert_eq!(log.len(), 0);
    clock.advance(Duration::from_nanos(1));
    home.drain();
    clock.advance(10 * MS);
    home.drain();
    assert_eq!(counts(&log), [(1, 0, 10), (2, 0, 20)]);
}

#[test]
fn coarse_timer_on_the_machines_clock_is_not_early_either() {
    let home = EventLoop::new().unwrap();
    for precision in [Precision::Coarse, Precision::Precise] {
        let timer = Timer::single_shot(&home, 3 * MS).precision(precision);
        let log = logged(&timer);
        let began = home.clock().now();
        timer.start();
        while log.len() == 0 {
            home.dispatch(None);
        }
        assert!(home.clock().now() - began >= 3 * MS);
    }
}

#[test]
fn missed_ticks_are_skipped_on_the_grid() {
    let (home, clock) = home();
    let timer = Timer::repeating(&home, 10 * MS);
    let log = logged(&timer);
    timer.start();
    clock.advance(35 * MS);
    home.drain();
    clock.advance(5 * MS);
    home.drain();
    assert_eq!(counts(&log), [(1, 2, 10), (2, 0, 40)]);
}

#[test]
fn missed_ticks_come_in_a_burst_each_for_its_time() {
    let (home, clock) = home();
    let timer = Timer::repeating(&home, 10 * MS).missed_ticks(MissedTicks::Burst);
    let log = logged(&timer);
    timer.start();
    clock.advance(35 * MS);
    home.drain();
    assert_eq!(counts(&log), [(1, 0, 10), (2, 0, 20), (3, 0, 30)]);
}

#[test]
fn missed_ticks_delay_the_grid() {
    let (home, clock) = home();
    let timer = Timer::repeating(&home, 10 * MS).missed_ticks(MissedTicks::Delay);
    let log = logged(&timer);
    timer.start();
    clock.advance(35 * MS);
    home.drain();
    clock.advance(9 * MS);
    home.drain();
    clock.advance(MS);
    home.drain();
    assert_eq!(counts(&log), [(1, 2, 10), (2, 0, 45)]);
}

#[test]
fn single_shot_fires_once_and_can_be_started_again() {
    let (home, clock) = home();
    let timer = Timer::single_shot(&home, 5 * MS);
    let log = logged(&timer);
    assert!(!timer.is_active());
    timer.start();
    assert_eq!(timer.remaining(), Some(5 * MS));
    clock.advance(2 * MS);
    assert_eq!(timer.remaining(), Some(3 * MS));
    clock.advance(50 * MS);
    home.drain();
    assert!(!timer.is_active());
    assert_eq!(timer.remaining(), None);
    timer.start_with(MS);
    clock.advance(MS);
    home.drain();
    assert_eq!(counts(&log), [(1, 0, 5), (1, 0, 53)]);
}

#[test]
fn stopped_timer_does_not_fire_also_if_it_is_due() {
    let (home, clock) = home();
    let (first, second) = (Timer::repeating(&home, MS), Rc::new(Timer::repeating(&home, MS)));
    let log = logged(&second);
    let stops = Rc::clone(&second);
    first.timeout().connect_fn(move |_| stops.stop()).unwrap();
    first.start();
    second.start();
    clock.advance(MS);
    home.drain();
    assert_eq!(log.len(), 0);
    assert!(!second.is_active() && first.is_active());
}

#[test]
fn slot_may_restart_stop_and_drop_its_timer() {
    let (home, clock) = home();
    let timer = Rc::new(RefCell::new(Some(Timer::repeating(&home, 10 * MS))));
    let log = logged(timer.borrow().as_ref().unwrap());
    let (own, calls) = (Rc::clone(&timer), Cell::new(0));
    timer
        .borrow()
        .as_ref()
        .unwrap()
        .timeout()
        .connect_fn(move |_| {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => own.borrow().as_ref().unwrap().start_with(3 * MS),
                2 => own.borrow().as_ref().unwrap().start(),
                _ => drop(own.borrow_mut().take()),
            }
        })
        .unwrap();
    timer.borrow().as_ref().unwrap().start();
    for _ in 0..40 {
        clock.advance(MS);
        home.drain();
    }
    assert_eq!(counts(&log), [(1, 0, 10), (1, 0, 13), (1, 0, 16)]);
}

#[test]
fn timer_dies_with_the_object_that_holds_it() {
    let (home, clock) = home();
    let alive = Count::new();
    let object = home.insert(Timer::repeating(&home, MS));
    let one = alive.one();
    object
        .borrow()
        .timeout()
        .connect_fn(move |_| {
            let _ = &one;
            panic!("its owner is gone");
        })
        .unwrap();
    object.borrow().start();
    clock.advance(5 * MS);
    drop(object);
    assert_eq!(home.drain(), 0);
    assert_eq!(alive.get(), 0);
}

#[test]
fn timers_that_are_due_fire_in_the_order_of_their_times() {
    let (home, clock) = home();
    let log = Log::new();
    let timers: Vec<_> = [7, 3, 5, 3]
        .iter()
        .enumerate()
        .map(|(n, after)| {
            let timer = Timer::single_shot(&home, *after * MS);
            let slot = log.clone();
            timer.timeout().connect_fn(move |_| slot.add(n)).unwrap();
            timer.start();
            timer
        })
        .collect();
    clock.advance(10 * MS);
    home.drain();
    assert_eq!(log.take(), [1, 3, 2, 0]);
    drop(timers);
}

#[test]
fn period_of_zero_fires_each_turn_and_starves_neither_events_nor_other_timers() {
    let (home, clock) = home();
    let endless: Vec<_> = (0..2)
        .map(|_| {
            let timer = Timer::repeating(&home, Duration::ZERO);
            let log = logged(&timer);
            timer.start();
            (timer, log)
        })
        .collect();
    let other = Timer::repeating(&home, MS);
    let others = logged(&other);
    other.start();
    let events = Rc::new(Cell::new(0));
    for turn in 1..=5 {
        let seen = Rc::clone(&events);
        home.post(move || seen.set(seen.get() + 1)).unwrap();
        clock.advance(MS);
        home.dispatch(Some(Duration::ZERO));
        assert_eq!(events.get(), turn);
        assert_eq!(others.len(), turn);
        assert!(endless.iter().all(|(_, log)| log.len() == turn));
    }
    assert_eq!(home.drain(), 0, "an endless timer does not keep drain from ending");
}

#[test]
fn timer_that_lags_behind_does_not_starve_others() {
    let (home, clock) = home();
    let lagging = Timer::repeating(&home, MS).missed_ticks(MissedTicks::Burst);
    let moves = clock.clone();
    lagging.timeout().connect_fn(move |_| moves.advance(2 * MS)).unwrap();
    lagging.start();
    let other = Timer::repeating(&home, 10 * MS);
    let others = logged(&other);
    other.start();
    clock.advance(MS);
    for _ in 0..50 {
        home.dispatch(Some(Duration::ZERO));
    }
    assert!(others.len() >= 5, "{}", others.len());
}

#[test]
fn a_million_idle_timers_cost_the_loop_nothing() {
    let (home, clock) = home();
    let timers: Vec<_> = (0..1_000_000)
        .map(|n| {
            let timer = Timer::single_shot(&home, Duration::from_secs(3600) + n * Duration::from_micros(1));
            timer.start();
            timer
        })
        .collect();
    let ticks = Timer::repeating(&home, MS);
    let log = logged(&ticks);
    ticks.start();
    for _ in 0..1000 {
        clock.advance(MS);
        home.drain();
    }
    assert_eq!(log.len(), 1000);
    drop(timers);
}

#[test]
fn slot_of_a_timer_that_panics_does_not_stop_the_timer() {
    support::heard();
    let (home, clock) = home();
    let timer = Timer::repeating(&home, MS);
    let log = logged(&timer);
    timer.timeout().connect_fn(|_| panic!("on purpose")).unwrap();
    timer.start();
    for _ in 0..3 {
        clock.advance(MS);
        home.drain();
    }
    assert_eq!(log.len(), 3);
}

#[test]
fn sleep_and_post_after_wait_on_the_loops_clock() {
    let (home, clock) = home();
    let log = Log::new();
    let (slot, proxy) = (log.clone(), home.proxy());
    home.proxy().post_after(10 * MS, move || slot.add("posted")).unwrap();
    let slot = log.clone();
    drop(home.spawn_local(async move {
        assert!(proxy.sleep(5 * MS).await);
        slot.add("slept");
    }));
    home.drain();
    clock.advance(5 * MS);
    home.drain();
    assert_eq!(log.take(), ["slept"]);
    clock.advance(5 * MS);
    home.drain();
    assert_eq!(log.take(), ["posted"]);
}

#[test]
fn closed_loop_ends_its_timers_and_sleeps() {
    let (home, _clock) = home();
    let timer = Timer::repeating(&home, MS);
    timer.start();
    let mut sleep = std::pin::pin!(home.proxy().sleep(MS));
    home.drain();
    drop(home);
    assert!(!timer.is_active());
    timer.start();
    assert!(!timer.is_active());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(
        std::future::Future::poll(sleep.as_mut(), &mut cx),
        std::task::Poll::Ready(false)
    );
}

#[test]
fn remaining_time_of_a_running_clock_is_at_most_the_period() {
    let home = EventLoop::new().unwrap();
    for (period, precision) in [
        (Duration::from_secs(3600), Precision::Coarse),
        (Duration::from_secs(3600), Precision::Precise),
        (Duration::from_secs(5), Precision::Coarse),
    ] {
        let timer = Timer::single_shot(&home, period).precision(precision);
        timer.start();
        let left = timer.remaining().unwrap();
        assert!(left <= period, "{precision:?}: {left:?}");
        assert!(left > period - Duration::from_secs(2), "{precision:?}: {left:?}");
    }
}
