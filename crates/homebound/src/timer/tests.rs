//! What the system's late wake-ups do to a grid. Only from inside can a test say when the loop woke.

use std::time::Duration;

use super::{Tick, Timer};
use crate::clock::TestClock;
use crate::event_loop::EventLoop;

const MS: Duration = Duration::from_millis(1);

/// The due times, in milliseconds, and how many were left out, of a timer of `period` whose loop comes back to it at `now` after it woke at `woke`.
fn ticks(period: u32, woke: u64, now: u32) -> Vec<(u128, u64)> {
    let clock = TestClock::new();
    let home = EventLoop::builder()
        .clock(clock.clock())
        .build()
        .expect("the thread has no loop yet");
    let timer = Timer::repeating(&home, MS * period);
    let ticks = home.insert(Vec::new());
    timer
        .on_tick(&ticks, |ticks: &mut Vec<Tick>, tick| ticks.push(*tick))
        .expect("the receiver is here");
    timer.start();
    clock.advance(MS * now);
    home.inner().timers.woke_at(woke * 1_000_000);
    home.drain();
    let ticks = ticks.borrow();
    ticks.iter().map(|tick| (tick.due.as_millis(), tick.missed)).collect()
}

#[test]
fn no_tick_is_left_out_when_the_system_wakes_the_loop_late() {
    assert_eq!(ticks(1, 4, 4), [(1, 0), (2, 0), (3, 0), (4, 0)]);
}

#[test]
fn ticks_that_fell_due_after_the_wake_up_are_the_loops_own_to_miss() {
    assert_eq!(ticks(1, 2, 5), [(1, 0), (2, 3)]);
}

#[test]
fn a_loop_that_was_busy_leaves_ticks_out() {
    assert_eq!(ticks(1, 0, 5), [(1, 4)]);
}

#[test]
fn a_wake_up_that_comes_much_too_late_leaves_ticks_out() {
    assert_eq!(ticks(1, 60, 60), [(1, 59)]);
}

#[test]
fn a_timer_of_a_frame_never_makes_two_steps_in_one() {
    assert_eq!(ticks(16, 40, 40), [(16, 1)]);
}
