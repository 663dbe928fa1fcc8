//! What one worker of a pool holds.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::pool::entry::{Entry, Runnable};

/// What one worker has taken and not begun, and what it is in.
#[derive(Default)]
pub(in crate::pool) struct Hand {
    pub(in crate::pool) entries: VecDeque<Entry>,
    pub(in crate::pool) priority: i64,
    pub(in crate::pool) is_running: bool,
    /// The tasks it is in, the innermost last.
    pub(in crate::pool) tasks: Vec<Arc<dyn Runnable>>,
}

impl Hand {
    /// Notes what its owner is about to run. What it ran before is still held by the owner, so nothing is dropped here.
    pub(in crate::pool) fn begin(&mut self, entry: Option<&Entry>) {
        self.end();
        self.is_running = entry.is_some();
        if let Some(Entry::Task(task)) = entry {
            self.tasks.push(Arc::clone(task));
        }
    }

    /// Notes that its owner is in nothing.
    pub(in crate::pool) fn end(&mut self) {
        self.is_running = false;
        self.tasks.clear();
    }
}
