//! Closures of one type, side by side.

use std::collections::VecDeque;

use super::{Ended, Row, Runner};
use crate::cancel::CancelReason;
use crate::panic_guard;
use crate::pool::worker::Worker;
use crate::unhandled;

/// Closures of one type.
pub(in crate::pool) struct Same<F>(pub(in crate::pool) VecDeque<F>);

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

    fn sift(&mut self) -> Option<Box<dyn Row>> {
        None
    }

    fn runner(&self) -> Runner {
        run::<F>
    }

    fn end(&mut self, _reason: CancelReason) -> Ended {
        let ended = self.0.len();
        while let Some(f) = self.0.pop_front() {
            unhandled::drop_caught("what a job held", f);
        }
        Ended { ended, husks: 0 }
    }
}

fn run<F: FnOnce() + Send + 'static>(worker: &mut Worker) {
    let next = |row: &mut Same<F>, running: &mut Vec<_>| {
        running.clear();
        row.0.pop_front()
    };
    while let Some(f) = worker.take_in_hand(next) {
        call(f);
    }
}

/// Calls a closure that nobody waits for.
#[inline]
pub(super) fn call(f: impl FnOnce()) {
    if let Err(report) = panic_guard::catch(None, f) {
        unhandled::panicked("a pool's closure", report);
    }
}
