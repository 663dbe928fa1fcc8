//! How far a job has come: a cell that the job writes and the receiver reads when it wants to.
//!
//! Who uses it: the job stores from any thread; the receiving side samples at its home, at most once a frame.
//!
//! # Invariants
//! 1. A report is two stores and a load. It never allocates, never queues, never waits.
//! 2. While `armed` is set, a look at the cell is on its way: whoever sets it has asked for one, and whoever clears it looks once
//!    more a frame later.
//! 3. A part's weight belongs to its parent's total from when it is made, and to what is done when it is dropped.
//!
//! # Protocol
//! report: 1 store the count  2 load `armed`: set? done  3 swap it to true: was set? done  4 ask for a look
//! look:   1 sample: changed? deliver and look again a frame later  2 else clear `armed`, and look again a frame later
//!         3 that last look found a change? set `armed`, deliver, from 1
//! A report's load of `armed` may be served before its store is seen by others, so it can find `armed` still set while the look that
//! clears it does not yet see the count. The last look catches that: a frame later the store has long been visible, and no fence is paid.
//!
//! # Locks
//! The list of parts and the message have a lock each, held for a look or a change only.

mod feed;
mod meter;

use std::fmt;
use std::sync::Arc;

use slab::Slab;

use crate::cancel::{CancellationToken, Cancelled};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use feed::{Feed, Watched};
pub use meter::ProgressEvent;
pub(crate) use meter::{Meter, Sample};

/// The reporting side.
pub(crate) struct Progress {
    cell: Arc<Cell>,
    shared: Arc<Shared>,
}

/// What a whole tree of parts has in common.
struct Shared {
    armed: AtomicBool,
    ask: Box<dyn Fn() + Send + Sync>,
    message: Mutex<Option<Arc<str>>>,
}

/// One count.
#[derive(Default)]
struct Cell {
    done: AtomicU64,
    total: AtomicU64,
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    live: Slab<(u64, Arc<Cell>)>,
    /// The weights of all parts there ever were.
    total: u64,
    /// The weights of those that are dropped.
    done: u64,
}

impl Progress {
    /// Makes a cell. `ask` is called from the reporting thread when there is something to see and nobody is about to look.
    pub(crate) fn new(ask: impl Fn() + Send + Sync + 'static) -> Self {
        let shared = Shared {
            armed: AtomicBool::new(false),
            ask: Box::new(ask),
            message: Mutex::default(),
        };
        Self {
            cell: Arc::default(),
            shared: Arc::new(shared),
        }
    }

    /// The same cell, for the side that looks.
    pub(crate) fn share(&self) -> Self {
        Self {
            cell: Arc::clone(&self.cell),
            shared: Arc::clone(&self.shared),
        }
    }

    #[inline]
    pub(crate) fn set(&self, done: u64, total: u64) {
        // Relaxed: the two may be seen from different reports; the next look puts that right.
        self.cell.total.store(total, Ordering::Relaxed);
        self.cell.done.store(done, Ordering::Relaxed);
        self.touch();
    }

    pub(crate) fn say(&self, message: String) {
        *self.shared.message.lock() = Some(message.into());
        self.touch();
    }

    #[inline]
    fn touch(&self) {
        if !self.shared.armed.load(Ordering::Relaxed) {
            self.arm();
        }
    }

    #[cold]
    fn arm(&self) {
        if self.rearm() {
            (self.shared.ask)();
        }
    }

    /// Says that a look is on its way. Returns whether that is new.
    pub(crate) fn rearm(&self) -> bool {
        !self.shared.armed.swap(true, Ordering::AcqRel)
    }

    /// Says that no look is on its way but the last one.
    pub(crate) fn disarm(&self) {
        self.shared.armed.store(false, Ordering::Release);
    }

    pub(crate) fn sample(&self) -> Sample {
        let (done, total) = self.cell.sample();
        let message = self.shared.message.lock().clone();
        Sample { done, total, message }
    }
}

impl Cell {
    fn sample(&self) -> (u64, u64) {
        let (mut done, mut total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let live: Vec<(u64, Arc<Cell>)> = {
            let parts = self.parts.lock();
            done = done.saturating_add(parts.done);
            total = total.saturating_add(parts.total);
            parts
                .live
                .iter()
                .map(|(_, (weight, cell))| (*weight, Arc::clone(cell)))
                .collect()
        };
        for (weight, part) in live {
            let (part_done, part_total) = part.sample();
            done = done.saturating_add(share_of(weight, part_done, part_total));
        }
        (done, total)
    }
}

/// `weight` × `done` / `total`, rounded down; nothing while the total is not known.
fn share_of(weight: u64, done: u64, total: u64) -> u64 {
    if total == 0 {
        return 0;
    }
    let share = u128::from(weight) * u128::from(done.min(total)) / u128::from(total);
    u64::try_from(share).unwrap_or(weight)
}

/// A part of a job's progress with a count of its own. Made by [`JobContext::progress_part`](crate::JobContext::progress_part).
#[must_use = "a part that is dropped counts as done"]
pub struct ProgressPart {
    token: CancellationToken,
    link: Option<Link>,
}

struct Link {
    progress: Progress,
    parent: Arc<Cell>,
    key: usize,
    weight: u64,
}

impl ProgressPart {
    pub(crate) fn new(parent: Option<&Progress>, weight: u64, token: CancellationToken) -> Self {
        let link = parent.map(|parent| {
            let cell = Arc::new(Cell::default());
            let key = {
                let mut parts = parent.cell.parts.lock();
                parts.total = parts.total.saturating_add(weight);
                parts.live.insert((weight, Arc::clone(&cell)))
            };
            parent.touch();
            let progress = Progress {
                cell,
                shared: Arc::clone(&parent.shared),
            };
            Link {
                progress,
                parent: Arc::clone(&parent.cell),
                key,
                weight,
            }
        });
        Self { token, link }
    }

    /// Reports that `done` of this part's own `total` are done. A cancel point of the job that made the part.
    ///
    /// # Errors
    /// [`Cancelled`] if that job has been asked to stop.
    #[inline]
    pub fn progress(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        if let Some(link) = &self.link {
            link.progress.set(done, total);
        }
        self.token.check()
    }

    /// Returns a part of this part.
    pub fn progress_part(&self, weight: u64) -> Self {
        Self::new(
            self.link.as_ref().map(|link| &link.progress),
            weight,
            self.token.clone(),
        )
    }
}

impl Drop for ProgressPart {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            {
                let mut parts = link.parent.parts.lock();
                parts.live.remove(link.key);
                parts.done = parts.done.saturating_add(link.weight);
            }
            link.progress.touch();
        }
    }
}

impl fmt::Debug for ProgressPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgressPart")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("sample", &self.sample()).finish()
    }
}
