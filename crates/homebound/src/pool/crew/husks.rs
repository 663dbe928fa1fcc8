//! Rows that were used up, on their way to new work: freeing on one thread what another has allocated is dear.

use super::Queue;
use crate::pool::row::Row;

/// Emptied rows that go back to the queue they came from.
#[derive(Default)]
pub(in crate::pool) struct Husks(Vec<Box<dyn Row>>);

impl Husks {
    pub(in crate::pool) fn keep(&mut self, row: Box<dyn Row>) {
        self.0.push(row);
    }

    /// Gives back what there is room for. What is left is freed after the lock.
    pub(super) fn settle(&mut self, queue: &mut Queue) {
        // A row may still keep a series, and that its pool: a closed queue keeps no rows.
        if !queue.closed {
            queue.waiting.keep(&mut self.0);
        }
    }

    pub(super) fn free(&mut self) {
        self.0.clear();
    }
}
