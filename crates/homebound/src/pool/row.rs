//! Rows: how work stands in a pool's queue, and how it gets from there to a worker.
//!
//! A queue puts work at the end of a row, piece by piece; a worker takes a row as a whole. Closures of one type that follow each other stand
//! in a row of their own type, side by side and without a box each; so do the places of tasks in their series. All else stands in a
//! [`Mixed`] one.

mod mixed;
mod same;
mod tasks;

use std::any::Any;

use super::worker::Worker;
use crate::cancel::CancelReason;

pub(super) use mixed::Mixed;
pub(super) use same::Same;
pub(super) use tasks::Tasks;

/// The most that stands in a row, and so the most that a worker takes at once.
pub(super) const ROW: usize = 32;

/// Work of one kind, the oldest first.
pub(super) trait Row: Any + Send {
    fn len(&self) -> usize;

    /// Takes the oldest `count` out, as a row of their own.
    fn split(&mut self, count: usize) -> Box<dyn Row>;

    /// Takes out what is only the husk of a task, as a row of its own.
    fn sift(&mut self) -> Option<Box<dyn Row>>;

    /// How a worker runs a row of this kind that it has in hand.
    fn runner(&self) -> Runner;

    /// Ends all of it for `reason`, and leaves the row empty.
    fn end(&mut self, reason: CancelReason) -> Ended;
}

/// Runs what the worker has in the topmost row of its hand, until that is used up or something more urgent waits.
pub(super) type Runner = fn(&mut Worker);

/// What became of a row that was ended.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) ended: usize,
    /// Tasks whose work had gone elsewhere before.
    pub(super) husks: usize,
}

impl Ended {
    fn note(&mut self, was_waiting: bool) {
        *if was_waiting { &mut self.ended } else { &mut self.husks } += 1;
    }
}

/// The row as what it is, if it is of this kind.
#[inline]
pub(super) fn of_kind<R: Row>(row: &mut dyn Row) -> Option<&mut R> {
    (row as &mut dyn Any).downcast_mut()
}
