//! Rows: how work stands in a pool's queue, and how it gets from there to a worker.
//!
//! A queue puts work at the end of a row, piece by piece; a worker takes a row as a whole. Closures of one type that follow each other stand
//! in a row of their own type, side by side and without a box each. All else stands in a [`Mixed`] one.

use std::any::Any;
use std::collections::VecDeque;

use super::entry::{Entry, Ran};
use super::worker::Worker;
use crate::cancel::CancelReason;
use crate::outcome::Outcome;
use crate::panic_guard;
use crate::unhandled;

/// The most that stands in a row, and so the most that a worker takes at once.
pub(super) const ROW: usize = 32;

/// Work of one kind, the oldest first.
pub(super) trait Row: Any + Send {
    fn len(&self) -> usize;

    /// Takes the oldest `count` out, as a row of their own.
    fn split(&mut self, count: usize) -> Box<dyn Row>;

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

/// The row as what it is, if it is of this kind.
#[inline]
pub(super) fn of_kind<R: Row>(row: &mut dyn Row) -> Option<&mut R> {
    (row as &mut dyn Any).downcast_mut()
}

/// Closures of one type.
pub(super) struct Same<F>(pub(super) VecDeque<F>);

/// Tasks, and closures of whatever types.
#[derive(Default)]
pub(super) struct Mixed(pub(super) VecDeque<Entry>);

impl<F> Default for Same<F> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<F: FnOnce() + Send + 'static> Row for Same<F> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn split(&mut self, count: usize) -> Box<dyn Row> {
        Box::new(Self(self.0.drain(..count).collect()))
    }

    fn runner(&self) -> Runner {
        run_same::<F>
    }

    fn end(&mut self, _reason: CancelReason) -> Ended {
        let ended = self.0.len();
        while let Some(f) = self.0.pop_front() {
            unhandled::drop_caught("what a job held", f);
        }
        Ended { ended, husks: 0 }
    }
}

fn run_same<F: FnOnce() + Send + 'static>(worker: &mut Worker) {
    while let Some(f) = worker.take_in_hand(|row: &mut Same<F>, _| row.0.pop_front()) {
        run_closure(f);
    }
}

#[inline]
fn run_closure(f: impl FnOnce()) {
    if let Err(report) = panic_guard::catch(None, f) {
        unhandled::panicked("a pool's closure", report);
    }
}

impl Row for Mixed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn split(&mut self, count: usize) -> Box<dyn Row> {
        Box::new(Self(self.0.drain(..count).collect()))
    }

    fn runner(&self) -> Runner {
        run_mixed
    }

    fn end(&mut self, reason: CancelReason) -> Ended {
        let mut end = Ended::default();
        for entry in self.0.drain(..) {
            match entry {
                Entry::Plain(plain) => unhandled::drop_caught("what a job held", plain),
                Entry::Task(task) if task.end_waiting(Outcome::cancelled(reason)) => {}
                Entry::Task(_) => {
                    end.husks += 1;
                    continue;
                }
            }
            end.ended += 1;
        }
        end
    }
}

fn run_mixed(worker: &mut Worker) {
    let next = |row: &mut Mixed, tasks: &mut Vec<_>| {
        let entry = row.0.pop_front();
        if let Some(Entry::Task(task)) = &entry {
            tasks.push(std::sync::Arc::clone(task));
        }
        entry
    };
    while let Some(entry) = worker.take_in_hand(next) {
        match entry {
            Entry::Plain(f) => run_closure(f),
            Entry::Task(task) => {
                // A task ends itself whatever happens in it; this keeps the thread if something of the user's panics after that.
                match panic_guard::catch(None, || task.run()) {
                    Ok(ran) => worker.has_run(task, ran),
                    Err(report) => {
                        worker.has_run(task, Ran::Here);
                        unhandled::panicked("what a job has left behind", report);
                    }
                }
            }
        }
    }
}
