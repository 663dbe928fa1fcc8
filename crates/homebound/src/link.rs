//! A connection as every thread sees it, and the slot at its end.
//!
//! Who uses it: any thread delivers to a [`Link`]; the receiver's home holds the [`Installed`] slot with the same number in its table.
//!
//! # Invariants
//! 1. A link goes from connected to spent or ended, or from connected or spent to cut, and never back.
//! 2. Emissions pass only a connected link. Arrivals pass unless it is cut: what was sent before a single shot was spent, or before the sender's end,
//!    arrives; what was sent before `disconnect` does not (D5 of the design).
//! 3. The slot's installer is posted to the home before the link is visible to emitters, so it arrives before the first event for it.
//!
//! # Locks
//! None of its own but its cell's.

mod deliver;
mod installed;
mod transit;

use std::sync::Arc;

use crate::delivery::bounded::Bounded;
use crate::delivery::paced::{Paced, Rule};
use crate::delivery::{Delivery, Route, resolve};
use crate::emitter::Emitter;
use crate::event::{Body, Event};
use crate::home::{LoopShared, Resident};
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::waits::Rouse;

pub(crate) use installed::{Installed, Kind, install};
pub(crate) use transit::InTransit;

const CONNECTED: u8 = 0;
/// A single shot that was fired: arrives, does not fire again.
const SPENT: u8 = 1;
/// Disconnected: neither fires nor arrives.
const CUT: u8 = 2;

/// A connection as every thread sees it.
pub(crate) struct Link<A: Clone + Send + 'static> {
    pub(crate) id: u64,
    state: AtomicU8,
    single_shot: bool,
    /// Whether an emission away from home is a post and nothing else, and whether one at home is.
    posts: bool,
    posts_at_home: bool,
    /// What an emission on the slot's home thread does, and one on another.
    at_home: Route,
    away: Route,
    target: Target<A>,
    cell: ValueCell<A>,
}

/// Where a link leads.
pub(crate) enum Target<A: Clone + Send + 'static> {
    /// A slot of an object.
    Object(Arc<Resident>),
    /// A closure on a loop.
    Loop(Arc<LoopShared>),
    /// A closure for whatever thread emits.
    Anywhere(Box<dyn Fn(&A) + Send + Sync>),
    /// Another signal.
    Signal(Emitter<A>),
}

enum ValueCell<A> {
    None,
    Paced(Paced<A>),
    Bounded(Bounded<A>),
}

/// What a link's receiver wants: values one by one, or all that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    One,
    All,
}

impl<A: Clone + Send + 'static> Link<A> {
    pub(crate) fn new(id: u64, mode: Delivery, single_shot: bool, takes: Takes, target: Target<A>) -> Arc<Self> {
        let cell = match (mode, Rule::of(mode)) {
            (_, Some(rule)) => ValueCell::Paced(Paced::new(rule)),
            (Delivery::Bounded { capacity, overflow }, _) => {
                ValueCell::Bounded(Bounded::new(capacity, overflow, takes == Takes::All))
            }
            _ => ValueCell::None,
        };
        Arc::new(Self {
            id,
            state: AtomicU8::new(CONNECTED),
            single_shot,
            posts: resolve(mode, false) == Route::Post && !single_shot,
            posts_at_home: resolve(mode, true) == Route::Post && !single_shot,
            at_home: resolve(mode, true),
            away: resolve(mode, false),
            target,
            cell,
        })
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state.load(Ordering::Acquire) == CONNECTED
    }

    /// Whether it holds nothing that a disconnection has to give back: neither a closure nor a value, but the address of a slot.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.target, Target::Object(_) | Target::Loop(_)) && matches!(self.cell, ValueCell::None)
    }

    /// Whether what arrives may still be delivered.
    #[inline]
    fn admits(&self) -> bool {
        // Acquire, against the release in `cut`: who has disconnected and then tells this thread so finds nothing delivered.
        self.state.load(Ordering::Acquire) != CUT
    }

    /// Disconnects: nothing fires, nothing arrives any more. The slot itself is dropped at its home.
    pub(crate) fn cut(&self) {
        if self.state.swap(CUT, Ordering::AcqRel) == CUT {
            return;
        }
        self.end_cell();
        match self.at_home() {
            Some(home) => home.uninstall(self.id),
            None => self.uninstall_behind(),
        }
    }

    /// There is no slot to take anything any more: whoever waits for room goes on, and finds out.
    ///
    /// Returns how many values were left.
    fn end_cell(&self) -> usize {
        match &self.cell {
            ValueCell::None => 0,
            ValueCell::Paced(cell) => cell.end(),
            ValueCell::Bounded(cell) => cell.end(),
        }
    }

    /// The sender's end: what was sent arrives, then the slot is dropped at its home.
    pub(crate) fn finish(&self) {
        if self
            .state
            .compare_exchange(CONNECTED, SPENT, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            self.uninstall_behind();
        }
    }

    fn uninstall_behind(&self) {
        // A closed loop has dropped its slots.
        let _ = self.send(
            self.at_home().as_deref(),
            Event {
                target: self.id,
                body: Body::Uninstall,
            },
        );
    }
}

/// What a [`Connection`](crate::Connection) asks of its link, whatever its arguments are.
pub(crate) trait AnyLink: Send + Sync {
    fn cut(&self);
    fn is_connected(&self) -> bool;
    fn coalesced(&self) -> u64;
    fn dropped(&self) -> u64;
}

impl<A: Clone + Send + 'static> Rouse for Link<A> {
    fn rouse(&self) {
        if let ValueCell::Bounded(cell) = &self.cell {
            cell.rouse();
        }
    }
}

impl<A: Clone + Send + 'static> AnyLink for Link<A> {
    fn cut(&self) {
        Self::cut(self);
    }

    fn is_connected(&self) -> bool {
        Self::is_connected(self)
    }

    fn coalesced(&self) -> u64 {
        match &self.cell {
            ValueCell::Paced(cell) => cell.coalesced(),
            _ => 0,
        }
    }

    fn dropped(&self) -> u64 {
        match &self.cell {
            ValueCell::Bounded(cell) => cell.dropped(),
            _ => 0,
        }
    }
}
