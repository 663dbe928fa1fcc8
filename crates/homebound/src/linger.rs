//! Letting others run for a moment before a wait: often what is waited for is just being made.
//!
//! A sleep and the wake-up that ends it are two system calls, and between processors the longest part of a round trip by far. A thread that yields instead is
//! still awake when the answer comes, and on one processor it yields to who makes it. Each thread learns whether that pays: it lingers only
//! if its last wait was short, so a thread that waits for people, or for the next frame, never does; and after each time in vain it sits out twice
//! as many waits as before, so that a steady trickle of events does not cost it its processor.

use std::cell::Cell;
use std::time::Duration;

use crate::blocking;
use crate::clock::Clock;
use crate::sync::yield_now;

/// How long a thread lets others run: what waking a thread on another processor takes. So two threads that answer each other find each other
/// awake soon, and who lingers in vain spends at most what the wake-up would have cost.
const LONGEST: Duration = Duration::from_micros(50);
/// A wait that took less would have been spared by lingering, or nearly.
const SHORT: Duration = Duration::from_micros(100);
/// A yield that took longer gave the processor to somebody who computes: whoever sleeps has it back earlier than who yields.
const TOO_LONG: Duration = Duration::from_micros(500);
/// For how long a thread does not linger then; four times as long each time that it happens again, up to the longest.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);
/// How often at most the number of waits that are sat out is doubled.
const MOST_FAILURES: u32 = 10;
/// For how many turns of a loop [`let_gather`] waits.
const GATHERING: u32 = 128;

thread_local! {
    static HABIT: Cell<Habit> = const {
        Cell::new(Habit { pays: false, failures: 0, sits_out: 0, pause: Duration::ZERO, paused_until: Duration::ZERO })
    };
}

/// What a thread has learnt about its waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Habit {
    /// Whether the last wait was short.
    pays: bool,
    /// How often in a row it has lingered in vain.
    failures: u32,
    /// How many waits it still sits out.
    sits_out: u32,
    pause: Duration,
    paused_until: Duration,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    Paid,
    Failed,
    /// Somebody computes on this processor.
    Crowded,
}

impl Habit {
    /// Whether to linger before this wait.
    fn tries(&mut self, now: Duration) -> bool {
        if !self.pays || now < self.paused_until {
            return false;
        }
        let tries = self.sits_out == 0;
        self.sits_out = self.sits_out.saturating_sub(1);
        tries
    }

    fn tried(&mut self, how: Try, now: Duration) {
        match how {
            Try::Paid => self.paid(),
            Try::Failed => self.failed(),
            Try::Crowded => self.crowded(now),
        }
    }

    fn paid(&mut self) {
        self.failures = 0;
    }

    fn failed(&mut self) {
        self.failures = (self.failures + 1).min(MOST_FAILURES);
        self.sits_out = (1 << self.failures) - 1;
    }

    fn waited(&mut self, time: Duration) {
        self.pays = time < SHORT;
    }

    fn crowded(&mut self, now: Duration) {
        let was_lately = now < self.paused_until.saturating_add(self.pause.saturating_mul(4));
        self.pause = if was_lately && !self.pause.is_zero() {
            (self.pause * 4).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        self.paused_until = now.saturating_add(self.pause);
    }
}

/// Waits by `wait`, and before it lets others run if that has paid of late. Call it under no lock.
pub(crate) fn then<R>(is_ready: impl Fn() -> bool, wait: impl FnOnce() -> R) -> R {
    if cfg!(loom) {
        return wait();
    }
    if spares(Clock::new().now(), is_ready).is_some() {
        // It finds what it waits for, and is no wait.
        return wait();
    }
    timed(wait)
}

/// Lets others run before the wait that is due at `now`, by the machine's clock, if that has paid of late. Returns the time when what is waited for
/// is there: then the wait is spared. Call it under no lock.
pub(crate) fn spares(now: Duration, is_ready: impl Fn() -> bool) -> Option<Duration> {
    if cfg!(loom) || !try_at(now) {
        return None;
    }
    let lingered = let_others_run(now, is_ready);
    lingered.is_ready.then_some(lingered.now)
}

/// Waits, and learns from it.
pub(crate) fn timed<R>(wait: impl FnOnce() -> R) -> R {
    let clock = Clock::new();
    let began = clock.now();
    let result = wait();
    waited(clock.now().saturating_sub(began));
    result
}

/// Whether to let others run before the wait that is due at `now`, by the machine's clock. Asked once for each wait.
pub(crate) fn try_at(now: Duration) -> bool {
    let mut habit = HABIT.get();
    if cfg!(loom) {
        // A model must not depend on time.
        return habit.pays;
    }
    let tries = habit.tries(now);
    HABIT.set(habit);
    tries
}

/// How a thread has lingered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lingered {
    /// Whether what it waits for is there.
    pub(crate) is_ready: bool,
    /// The time by then.
    pub(crate) now: Duration,
}

/// Lets others run from `now` on, until what is waited for is there, or for a moment.
pub(crate) fn let_others_run(now: Duration, is_ready: impl Fn() -> bool) -> Lingered {
    if cfg!(loom) {
        yield_now();
        return Lingered {
            is_ready: is_ready(),
            now,
        };
    }
    let (how, now) = blocking::wait(|| linger(now, &is_ready));
    let mut habit = HABIT.get();
    habit.tried(how, now);
    HABIT.set(habit);
    Lingered {
        is_ready: how == Try::Paid,
        now,
    }
}

/// Lets others run once, so that whoever was handed something on this processor can begin at once; not if that took long of late. Call it under no lock.
pub(crate) fn give_way() {
    if cfg!(loom) {
        return yield_now();
    }
    // Whoever has to let go of something before each wait, as of an interpreter's lock, is not quicker by this.
    if blocking::is_hooked() {
        return;
    }
    let clock = Clock::new();
    let began = clock.now();
    if began < HABIT.get().paused_until {
        return;
    }
    yield_now();
    let now = clock.now();
    if now.saturating_sub(began) > TOO_LONG {
        let mut habit = HABIT.get();
        habit.crowded(now);
        HABIT.set(habit);
    }
}

/// Lets what others hand over gather for a microsecond or two, in which nobody is kept off it: each visit takes a line of memory from who writes there.
pub(crate) fn let_gather() {
    (0..GATHERING).for_each(|_| std::hint::spin_loop());
}

/// Learns from a wait that was not spared.
pub(crate) fn waited(time: Duration) {
    if cfg!(loom) {
        return;
    }
    let mut habit = HABIT.get();
    habit.waited(time);
    HABIT.set(habit);
}

/// In the model that runs on this thread, letting others run is tried before each wait of a worker.
#[cfg(all(test, loom))]
pub(crate) fn pays_in_this_model() {
    let habit = HABIT.get();
    HABIT.set(Habit { pays: true, ..habit });
}

/// Lets others run from `began` on. Returns how it went, and the time when it was over.
fn linger(began: Duration, is_ready: &impl Fn() -> bool) -> (Try, Duration) {
    let clock = Clock::new();
    let mut looked = began;
    while looked.saturating_sub(began) < LONGEST {
        if is_ready() {
            return (Try::Paid, looked);
        }
        yield_now();
        let now = clock.now();
        if now.saturating_sub(looked) > TOO_LONG {
            return (Try::Crowded, now);
        }
        looked = now;
    }
    (if is_ready() { Try::Paid } else { Try::Failed }, looked)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const NEW: Habit = Habit {
        pays: true,
        failures: 0,
        sits_out: 0,
        pause: Duration::ZERO,
        paused_until: Duration::ZERO,
    };

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn each_time_it_is_crowded_again_it_pauses_longer() {
        let mut habit = NEW;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let now = habit.paused_until;
            assert!(habit.tries(now));
            habit.crowded(now);
            assert!(!habit.tries(now));
            pauses.push(habit.pause.as_millis());
        }
        assert_eq!(pauses, [20, 80, 320, 1280, 5120, 20_480, 64_000, 64_000]);

        habit.crowded(habit.paused_until + seconds(1000));
        assert_eq!(habit.pause, PAUSE, "long after, it begins anew");
    }

    #[test]
    fn each_time_in_vain_it_sits_out_twice_as_many_waits() {
        let mut habit = NEW;
        let mut sat_out = Vec::new();
        for _ in 0..12 {
            habit.failed();
            let mut waits = 0;
            while !habit.tries(Duration::ZERO) {
                waits += 1;
            }
            sat_out.push(waits);
        }
        assert_eq!(sat_out, [1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1023, 1023]);

        habit.paid();
        habit.failed();
        assert_eq!(habit.sits_out, 1, "one that paid makes good for all");
    }

    #[test]
    fn it_ends_when_what_it_waits_for_is_there_and_after_a_moment_without_it() {
        let clock = Clock::new();
        let looks = Cell::new(0);
        let on_third_look = || {
            looks.set(looks.get() + 1);
            looks.get() == 3
        };
        let (tried, _) = linger(clock.now(), &on_third_look);
        // Where the machine is busy, somebody else may have had the processor meanwhile.
        assert!(tried == Try::Paid && looks.get() == 3 || looks.get() < 3);
        assert_ne!(linger(clock.now(), &|| false).0, Try::Paid);
    }

    #[test]
    fn only_a_short_wait_is_worth_lingering_before_the_next() {
        let mut habit = NEW;
        habit.waited(SHORT);
        assert!(!habit.tries(seconds(1)));
        habit.waited(SHORT / 2);
        assert!(habit.tries(seconds(1)));
    }
}
