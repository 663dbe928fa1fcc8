//! The newest value of a connection, and when it is delivered: `Latest`, `Throttle` and `Debounce`.
//!
//! Who uses it: emitters put, from any thread; the receiver's home takes, when an event says so or the time has come.
//!
//! # Invariants
//! 1. At most two values wait: the first of a burst and the newest.
//! 2. `told` is true from the first value of a burst until the home has seen its end. Meanwhile emitters post nothing: the home comes back by
//!    itself (a timer, or an event of its own).
//! 3. When [`step`](Pace::step) says [`Step::Done`], no value waits: it is decided and `told` cleared under one lock. So a value that comes
//!    later finds `told` false and tells anew: none is forgotten.
//!
//! # Locks
//! One, for a swap; replaced values are dropped and nobody is called after it is released.

use std::time::Duration;

use super::home_lock::{HomeLock, give_way};
use super::{Delivery, Edges, Put};
use crate::unhandled;

#[cfg(all(test, loom))]
mod loom;

#[derive(Debug)]
pub(crate) struct Paced<A> {
    state: HomeLock<State<A>>,
    rule: Rule,
}

#[derive(Debug)]
struct State<A> {
    first: Option<A>,
    newest: Option<A>,
    pace: Pace,
    told: bool,
    ended: bool,
    coalesced: u64,
}

/// When values are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Throttle { every: Duration, edges: Edges },
    Debounce { quiet: Duration, edges: Edges },
}

/// Where a connection stands in time. Pure: it is told what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    /// Until when nothing is delivered: the end of the stretch that a delivery or a burst has begun.
    closed_until: Option<Duration>,
    /// The last emission, for a rule that asks for it.
    emitted: Duration,
}

/// What the home does next.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Deliver a value, then ask again.
    Deliver(Which),
    /// Come back at this time.
    Until(Duration),
    /// The burst is over.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    Newest,
}

impl Rule {
    pub(crate) fn of(mode: Delivery) -> Option<Self> {
        match mode {
            Delivery::Latest { every } => Some(Self::Throttle {
                every,
                edges: Edges::Both,
            }),
            Delivery::Throttle { every, edges } => Some(Self::Throttle { every, edges }),
            Delivery::Debounce { quiet, edges } => Some(Self::Debounce { quiet, edges }),
            _ => None,
        }
    }

    /// Whether each emission has to say when it was.
    fn asks_for_time(self) -> bool {
        matches!(self, Self::Debounce { .. }) || self.edges() == Edges::Leading
    }

    fn edges(self) -> Edges {
        match self {
            Self::Throttle { edges, .. } | Self::Debounce { edges, .. } => edges,
        }
    }
}

impl Pace {
    /// What to do at `now`, if a first and a newest value wait or not.
    pub(crate) fn step(&mut self, rule: Rule, now: Duration, first: bool, newest: bool) -> Step {
        let end = match (rule, self.closed_until) {
            (Rule::Throttle { .. }, end) => end,
            // `put` has found it over.
            (Rule::Debounce { edges, .. }, Some(_)) if first && edges == Edges::Leading => Some(now),
            // The stretch of a burst ends only when nothing was emitted for long enough.
            (Rule::Debounce { quiet, .. }, Some(_)) => Some(self.emitted.saturating_add(quiet)),
            (Rule::Debounce { .. }, None) => None,
        };
        match end {
            Some(end) if now < end => return Step::Until(end),
            Some(_) => {
                self.closed_until = None;
                if newest && rule.edges().has_trailing() {
                    return self.deliver(rule, now, Which::Newest);
                }
                // With a leading edge alone it is the first of the next stretch.
                if first && rule.edges() != Edges::Both {
                    return self.deliver(rule, now, Which::First);
                }
                return Step::Done;
            }
            None if first && rule.edges().has_leading() => {}
            None if first || newest => {
                let stretch = self.stretch(rule);
                self.closed_until = Some(now.saturating_add(stretch));
                return Step::Until(now.saturating_add(stretch));
            }
            None => return Step::Done,
        }
        self.deliver(rule, now, Which::First)
    }

    /// Whether the stretch is over at `now`, as its rule counts, though the home may not have seen it.
    fn is_over(self, rule: Rule, now: Duration) -> bool {
        match rule {
            Rule::Throttle { .. } => self.closed_until.is_some_and(|end| now >= end),
            Rule::Debounce { quiet, .. } => self.closed_until.is_some() && now >= self.emitted.saturating_add(quiet),
        }
    }

    fn deliver(&mut self, rule: Rule, now: Duration, which: Which) -> Step {
        let closes = match rule {
            // Each delivery closes the next stretch.
            Rule::Throttle { .. } => true,
            // The leading value begins the burst; the trailing one ends it.
            Rule::Debounce { .. } => which == Which::First && rule.edges().has_leading(),
        };
        self.closed_until = closes.then(|| now.saturating_add(self.stretch(rule)));
        Step::Deliver(which)
    }

    #[expect(clippy::unused_self, reason = "a pace and its rule are one thing to the caller")]
    fn stretch(&self, rule: Rule) -> Duration {
        match rule {
            Rule::Throttle { every, .. } => every,
            Rule::Debounce { quiet, .. } => quiet,
        }
    }
}

/// What the home gets out of a cell.
#[must_use]
pub(crate) enum Taken<A> {
    Value(A),
    Until(Duration),
    Done,
}

impl<A> Paced<A> {
    pub(crate) fn new(rule: Rule) -> Self {
        let state = State {
            first: None,
            newest: None,
            pace: Pace::default(),
            told: false,
            ended: false,
            coalesced: 0,
        };
        Self {
            state: HomeLock::new(state),
            rule,
        }
    }

    /// Puts a value in place of the newest. `now` is asked only where the rule needs it.
    pub(crate) fn put(&self, value: A, now: impl FnOnce() -> Duration) -> Put {
        let emitted = self.rule.asks_for_time().then(now);
        let mut state = self.state.lock();
        if state.ended {
            return Put::Ended;
        }
        let mut begins_anew = false;
        if let Some(emitted) = emitted {
            begins_anew = state.pace.is_over(self.rule, emitted);
            state.pace.emitted = emitted;
        }
        if state.told && begins_anew && self.rule.edges() == Edges::Leading && state.first.is_none() {
            // The home has not yet seen the end of the stretch; where only first values count, this one would be lost.
            state.first = Some(value);
            return Put::Kept;
        }
        if !state.told {
            state.told = true;
            state.first = Some(value);
            return Put::Tell;
        }
        let replaced = state.newest.replace(value);
        if replaced.is_none() {
            return Put::Kept;
        }
        state.coalesced += 1;
        let coalesced = state.coalesced;
        drop(state);
        drop(replaced);
        give_way(coalesced);
        Put::Kept
    }

    /// What to do at `now`. After a value the caller delivers it and asks again.
    pub(crate) fn take(&self, now: Duration) -> Taken<A> {
        let mut state = self.state.lock_at_home();
        let state = &mut *state;
        match state
            .pace
            .step(self.rule, now, state.first.is_some(), state.newest.is_some())
        {
            Step::Deliver(Which::First) => state.first.take().map_or(Taken::Done, Taken::Value),
            Step::Deliver(Which::Newest) => {
                // The first one was not wanted by the rule, or was delivered before.
                state.coalesced += u64::from(state.first.take().is_some());
                state.newest.take().map_or(Taken::Done, Taken::Value)
            }
            Step::Until(end) => Taken::Until(end),
            Step::Done => {
                state.coalesced += u64::from(state.first.take().is_some()) + u64::from(state.newest.take().is_some());
                state.told = false;
                Taken::Done
            }
        }
    }

    /// Puts a value back that could not be delivered because its object is running. A newer one takes its place.
    pub(crate) fn put_back(&self, value: A) {
        let mut state = self.state.lock();
        let surplus = if state.first.is_none() {
            state.first.replace(value)
        } else {
            Some(value)
        };
        state.pace.closed_until = None;
        drop(state);
        drop(surplus);
    }

    /// Ends it: nothing is delivered any more. Returns how many values were left.
    pub(crate) fn end(&self) -> usize {
        let mut state = self.state.lock();
        state.ended = true;
        let values = [state.first.take(), state.newest.take()];
        drop(state);
        let mut left = 0;
        // One by one: a second panic while the first unwinds would abort the program.
        for value in values.into_iter().flatten() {
            unhandled::drop_caught("a value that waited", value);
            left += 1;
        }
        left
    }

    /// Whether the home still has something to do here.
    pub(crate) fn is_told(&self) -> bool {
        self.state.lock().told
    }

    pub(crate) fn coalesced(&self) -> u64 {
        self.state.lock().coalesced
    }
}
