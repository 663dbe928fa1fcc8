//! Memory of finished work, on its way to new work: freeing on one thread what another has allocated costs more than everything else here together.

use std::sync::Arc;

use super::Queue;
use crate::pool::entry::{Plain, Runnable};

/// Memory of finished work that is kept for new work, in pieces.
const SPARE: usize = 1024;

/// Memory of finished work on its way back to those who put new work in.
#[derive(Default)]
pub(in crate::pool) struct Husks {
    plain: Vec<Box<dyn Plain>>,
    tasks: Vec<Arc<dyn Runnable>>,
}

impl Husks {
    pub(in crate::pool) fn keep_plain(&mut self, plain: Box<dyn Plain>) {
        self.plain.push(plain);
    }

    pub(in crate::pool) fn keep_task(&mut self, task: Arc<dyn Runnable>) {
        // Held by others still: they free it.
        if Arc::strong_count(&task) == 1 {
            self.tasks.push(task);
        }
    }

    /// Gives back what there is room for. What is left is freed after the lock.
    pub(super) fn settle(&mut self, queue: &mut Queue) {
        let room = SPARE.saturating_sub(queue.spare_plain.len()).min(self.plain.len());
        queue.spare_plain.extend(self.plain.drain(..room));
        let room = SPARE.saturating_sub(queue.spare_tasks.len()).min(self.tasks.len());
        queue.spare_tasks.extend(self.tasks.drain(..room));
    }

    pub(super) fn free(&mut self) {
        self.plain.clear();
        self.tasks.clear();
    }
}
