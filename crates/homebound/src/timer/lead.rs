//! How much earlier than a timer is due a loop asks to be woken.
//!
//! A system wakes a sleeper some tens of microseconds after the time it asked for; how many depends on the machine. A loop with precise timers learns it
//! from its own wake-ups and asks that much earlier. It keeps to the quickest of late, for who wakes too early has nothing to do but look at the clock.

use std::cell::Cell;
use std::time::Duration;

use crate::clock::Clock;

/// A wake-up that takes longer is chance, and nobody may look at a clock for longer.
const LONGEST: Duration = Duration::from_micros(100);
/// A sleep shorter than so many leads is slept as it is.
const WORTH: u32 = 4;
/// A slower wake-up moves the lead by this part of the difference, a quicker one by all of it.
const PART: u32 = 16;

/// What a loop has learnt about its wake-ups.
#[derive(Debug, Default)]
pub(crate) struct Lead(Cell<Duration>);

impl Lead {
    /// When to ask to be woken for what is due at `due`.
    pub(crate) fn ask(&self, due: Duration, now: Duration) -> Duration {
        let lead = self.0.get();
        if due.saturating_sub(now) < lead * WORTH {
            due
        } else {
            due.saturating_sub(lead)
        }
    }

    /// After a wake-up that came so much later than it was asked for.
    pub(crate) fn learn(&self, latency: Duration) {
        let lead = self.0.get();
        let more = latency.min(LONGEST).saturating_sub(lead) / PART;
        self.0.set(latency.min(lead + more));
    }
}

/// Looks at the clock until `due`, if that is near, or until something else is wanted.
pub(crate) fn wait_out(due: Duration, clock: &Clock, is_wanted: impl Fn() -> bool) {
    while !is_wanted() {
        let left = due.saturating_sub(clock.now());
        if left.is_zero() || left > LONGEST {
            return;
        }
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    #[test]
    fn it_comes_to_ask_as_much_earlier_as_a_wake_up_takes() {
        let lead = Lead::default();
        assert_eq!(lead.ask(us(5_000), us(0)), us(5_000), "nothing is known yet");
        for _ in 0..100 {
            lead.learn(us(70));
        }
        let asked = lead.ask(us(5_000), us(0));
        assert!((us(4_930)..us(4_931)).contains(&asked), "{asked:?}");
    }

    #[test]
    fn one_quick_wake_up_counts_more_than_many_slow_ones() {
        let lead = Lead::default();
        for _ in 0..100 {
            lead.learn(us(70));
        }
        lead.learn(us(20));
        assert_eq!(lead.ask(us(5_000), us(0)), us(4_980));
        lead.learn(us(70));
        assert!(lead.ask(us(5_000), us(0)) > us(4_975));
    }

    #[test]
    fn a_wake_up_that_takes_for_ever_is_chance() {
        let lead = Lead::default();
        for _ in 0..1_000 {
            lead.learn(us(9_000));
        }
        assert!(lead.ask(us(5_000), us(0)) >= us(4_900));
    }

    #[test]
    fn a_short_sleep_is_slept_as_it_is() {
        let lead = Lead::default();
        for _ in 0..100 {
            lead.learn(us(100));
        }
        assert_eq!(lead.ask(us(300), us(0)), us(300));
    }

    #[test]
    fn nobody_looks_at_the_clock_for_long_nor_when_something_else_is_wanted() {
        let clock = Clock::new();
        let now = clock.now();
        wait_out(now + us(50), &clock, || false);
        assert!(clock.now() >= now + us(50));
        wait_out(Duration::MAX, &clock, || false);
        wait_out(Duration::MAX, &clock, || true);
    }
}
