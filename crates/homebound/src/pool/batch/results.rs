//! The results of a batch, taken one by one by a thread that waits for them.
//!
//! Who uses it: the batch puts results on the shelf; one consumer takes them.
//!
//! # Invariants
//! 1. A result on the shelf keeps its item's place: what is not taken holds the batch back.
//! 2. `is_closed` is set when the batch lets its sink go, after the last result or when the consumer is gone.
//!
//! # Locks
//! The shelf's, alone; results and their credits are dropped outside of it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::feeding::{Credit, Sink};
use crate::cancel::{CancelReason, CancellationToken};
use crate::latch::Latch;
use crate::outcome::Outcome;
use crate::pool::worker;
use crate::sync::Mutex;

/// Gives the results of a [`Batch`](crate::Batch) as an iterator of item numbers and outcomes; waits for each.
///
/// Dropping it cancels what is left of the batch.
pub struct BatchResults<R> {
    shelf: Arc<Shelf<R>>,
    token: CancellationToken,
}

struct Shelf<R>(Mutex<State<R>>);

struct State<R> {
    results: VecDeque<(usize, Outcome<R>, Credit)>,
    latch: Option<Arc<Latch>>,
    is_closed: bool,
}

/// The batch's end of the shelf.
struct Filler<R>(Arc<Shelf<R>>);

pub(super) fn shelf<R: Send + 'static>(token: CancellationToken) -> (BatchResults<R>, Sink<R>) {
    let shelf = Arc::new(Shelf(Mutex::new(State {
        results: VecDeque::new(),
        latch: None,
        is_closed: false,
    })));
    let filler = Filler(Arc::clone(&shelf));
    let sink = move |number, outcome, credit| filler.put((number, outcome, credit));
    (BatchResults { shelf, token }, Box::new(sink))
}

impl<R> Filler<R> {
    fn put(&self, result: (usize, Outcome<R>, Credit)) {
        let (unwanted, latch) = {
            let mut state = self.0.0.lock();
            // The consumer is gone: what comes now is dropped outside of the lock.
            let unwanted = if state.is_closed {
                Some(result)
            } else {
                state.results.push_back(result);
                None
            };
            (unwanted, state.latch.take())
        };
        drop(unwanted);
        if let Some(latch) = latch {
            latch.set();
        }
    }
}

impl<R> Drop for Filler<R> {
    fn drop(&mut self) {
        let latch = {
            let mut state = self.0.0.lock();
            state.is_closed = true;
            state.latch.take()
        };
        if let Some(latch) = latch {
            latch.set();
        }
    }
}

impl<R> Iterator for BatchResults<R> {
    type Item = (usize, Outcome<R>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let latch = {
                let mut state = self.shelf.0.lock();
                if let Some((number, outcome, credit)) = state.results.pop_front() {
                    drop(state);
                    // Lets the next item in.
                    drop(credit);
                    return Some((number, outcome));
                }
                if state.is_closed {
                    return None;
                }
                Arc::clone(state.latch.get_or_insert_with(|| Arc::new(Latch::new())))
            };
            worker::wait_for_others(|| latch.wait());
        }
    }
}

impl<R> Drop for BatchResults<R> {
    fn drop(&mut self) {
        self.token.cancel_with(CancelReason::Dropped);
        let unwanted = {
            let mut state = self.shelf.0.lock();
            state.is_closed = true;
            std::mem::take(&mut state.results)
        };
        drop(unwanted);
    }
}

impl<R> fmt::Debug for BatchResults<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchResults")
    }
}
