//! How a connection delivers: decided at emit time, from the connection's mode, the emitting thread and the receiver's home at that moment.

pub(crate) mod bounded;
mod home_lock;
pub(crate) mod paced;

use std::time::Duration;

/// How a connection delivers what its signal emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// A call where the receiver is at home on the emitting thread, else a post to its home.
    #[default]
    Auto,
    /// A call on the emitting thread. Refused if that is not the receiver's home.
    Direct,
    /// A post to the receiver's home, also from there: delivered in one of its next turns.
    Queued,
    /// A post to the receiver's home; the emission waits until the slot has returned. Refused on the receiver's own thread, and
    /// where the receiver's thread waits for this one in turn: those waits would never end. A loop that does not run (a worker that is not started) lets the emission wait until it
    /// does, or is closed; where that may happen, use another delivery, or [`Handle::ask`](crate::Handle::ask) and a wait with a limit.
    Blocking,
    /// Keeps the newest value only, and delivers at most once in `every`. The first value of a burst and the last one always arrive; what was replaced is
    /// counted in [`Counters::coalesced`](crate::Counters).
    Latest {
        /// The shortest time between two deliveries; zero for as fast as the loop turns.
        every: Duration,
    },
    /// Delivers at most once in `every`: the first value of each such time (`leading`), the newest at its end (`trailing`), or both.
    Throttle {
        /// The length of the time.
        every: Duration,
        /// Which values.
        edges: Edges,
    },
    /// Waits until nothing was emitted for `quiet`, then delivers the last value; with a leading edge also the first one, at once.
    Debounce {
        /// How long nothing must be emitted.
        quiet: Duration,
        /// Which values.
        edges: Edges,
    },
    /// Lets at most `capacity` values wait; `overflow` says what happens to one more. In a connection made with `connect_batch`
    /// the slot gets all that wait at once.
    Bounded {
        /// The most values that wait; at least 1.
        capacity: usize,
        /// What happens to one more.
        overflow: Overflow,
    },
}

/// What happens to a value for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The emission waits for room, and goes on when there is some: half of the capacity, at most 64 values, so that not each value taken wakes a thread.
    /// On the receiver's own thread, where it would wait for itself, it is refused instead.
    Wait,
    /// The oldest waiting value is dropped, and counted.
    DropOldest,
    /// The new value is dropped, and counted.
    DropNewest,
}

/// Which values of a stretch of time are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// The first.
    Leading,
    /// The last.
    Trailing,
    /// The first and, if there was another, the last.
    Both,
}

impl Edges {
    pub(crate) fn has_leading(self) -> bool {
        self != Self::Trailing
    }

    pub(crate) fn has_trailing(self) -> bool {
        self != Self::Leading
    }
}

impl Delivery {
    /// The newest value only, at most once a frame at 60 Hz.
    pub const LATEST: Self = Self::Latest { every: FRAME };

    /// At most 1024 waiting values, and the emission waits for room: some milliseconds of work for a slot of a few microseconds.
    pub const BOUNDED: Self = Self::Bounded {
        capacity: 1024,
        overflow: Overflow::Wait,
    };
}

/// One frame at 60 Hz, rounded down to what all displays show.
pub(crate) const FRAME: Duration = Duration::from_millis(16);

/// What an emission does for one connection.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Call the slot now.
    Call,
    /// Post to the home.
    Post,
    /// Put into the connection's cell.
    Keep,
    /// Post to the home and wait for the slot's end.
    PostAndWait,
    /// A direct call away from the receiver's home.
    RefuseAway,
    /// A wait for oneself.
    RefuseOwnWait,
}

/// Decides the way of one emission to one receiver.
pub(crate) fn resolve(mode: Delivery, at_home: bool) -> Route {
    match (mode, at_home) {
        (Delivery::Auto | Delivery::Direct, true) => Route::Call,
        (Delivery::Auto, false) | (Delivery::Queued, _) => Route::Post,
        (Delivery::Direct, false) => Route::RefuseAway,
        (Delivery::Blocking, true) => Route::RefuseOwnWait,
        (Delivery::Blocking, false) => Route::PostAndWait,
        (
            Delivery::Latest { .. } | Delivery::Throttle { .. } | Delivery::Debounce { .. } | Delivery::Bounded { .. },
            _,
        ) => Route::Keep,
    }
}

/// What became of a value that was put into a cell.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// The receiver has to be told.
    Tell,
    /// The receiver knows already, or the value was dropped by the policy.
    Kept,
    /// There is no room, and waiting is not allowed.
    Full,
    /// The connection has ended.
    Ended,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_resolves_as_the_table_says() {
        let every = Duration::ZERO;
        let keep = [
            Delivery::Latest { every },
            Delivery::Throttle {
                every,
                edges: Edges::Both,
            },
            Delivery::Debounce {
                quiet: every,
                edges: Edges::Both,
            },
            Delivery::BOUNDED,
        ];
        let table = [
            (Delivery::Auto, Route::Call, Route::Post),
            (Delivery::Direct, Route::Call, Route::RefuseAway),
            (Delivery::Queued, Route::Post, Route::Post),
            (Delivery::Blocking, Route::RefuseOwnWait, Route::PostAndWait),
        ];

        for (mode, at_home, away) in table
            .into_iter()
            .chain(keep.map(|mode| (mode, Route::Keep, Route::Keep)))
        {
            assert_eq!(resolve(mode, true), at_home, "{mode:?} at home");
            assert_eq!(resolve(mode, false), away, "{mode:?} away");
        }
    }
}
