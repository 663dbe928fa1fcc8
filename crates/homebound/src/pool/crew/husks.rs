//! Memory of finished work, on its way to new work: freeing on one thread what another has allocated costs more than running it.

use std::sync::Arc;

use super::Queue;
use crate::pool::entry::Runnable;
use crate::pool::row::Row;

/// Tasks' memory goes back in bags of this many: a bag changes hands in one step.
const BAG: usize = 32;
/// Bags that are kept for new work.
const SPARE_BAGS: usize = 32;

/// Memory of finished work on its way back to those who put new work in.
#[derive(Default)]
pub(in crate::pool) struct Husks {
    rows: Vec<Box<dyn Row>>,
    tasks: Vec<Arc<dyn Runnable>>,
}

impl Husks {
    pub(in crate::pool) fn keep_row(&mut self, row: Box<dyn Row>) {
        self.rows.push(row);
    }

    pub(in crate::pool) fn keep_task(&mut self, task: Arc<dyn Runnable>) {
        // Held by others still: they free it.
        if Arc::strong_count(&task) == 1 {
            if self.tasks.capacity() == 0 {
                self.tasks.reserve(BAG);
            }
            self.tasks.push(task);
        }
    }

    /// Gives back what there is room for. What is left is freed after the lock.
    pub(super) fn settle(&mut self, queue: &mut Queue) {
        queue.waiting.keep(&mut self.rows);
        if self.tasks.len() >= BAG && queue.spare_tasks.len() < SPARE_BAGS {
            queue.spare_tasks.push(std::mem::take(&mut self.tasks));
        }
    }

    pub(super) fn free(&mut self) {
        self.rows.clear();
        self.tasks.truncate(BAG);
    }
}
