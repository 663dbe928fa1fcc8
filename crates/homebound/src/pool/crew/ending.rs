//! A pool's end, and what it tells of itself.

use std::sync::Arc;

use super::{Crew, set_all};
use crate::cancel::CancelReason;
use crate::latch::Latch;
use crate::pool::injector::Injector;
use crate::pool::row::{Ended, Row};
use crate::sync::Thread;
use crate::sync::atomic::Ordering;

/// How many of what there are.
pub(in crate::pool) struct Counts {
    pub(in crate::pool) queued: usize,
    pub(in crate::pool) active: usize,
    pub(in crate::pool) threads: usize,
    pub(in crate::pool) max: usize,
}

impl Crew {
    /// Takes out all that has not started and ends it for `reason`. Returns how much that was.
    pub(in crate::pool) fn clear(&self, reason: CancelReason) -> usize {
        let (rows, latches) = {
            let mut queue = self.queue.lock();
            let mut rows: Vec<Box<dyn Row>> = Vec::new();
            while let Some((_, row)) = queue.waiting.take(usize::MAX) {
                rows.push(row);
            }
            for member in &queue.members {
                rows.extend(member.hand.lock().rows.drain(..).map(|(_, row)| row));
            }
            self.show_top(&queue, None);
            (rows, Self::whom_to_tell(&mut queue))
        };
        let mut cleared = 0;
        for mut row in rows {
            let Ended { ended, husks } = row.end(reason);
            cleared += ended;
            self.found_husks(husks);
        }
        set_all(&latches);
        cleared
    }

    /// The names of what runs now: a task's, or none for a closure.
    pub(in crate::pool) fn running(&self) -> Vec<Option<String>> {
        let queue = self.queue.lock();
        let mut running = Vec::new();
        for member in &queue.members {
            let hand = member.hand.lock();
            if hand.is_running {
                running.push(hand.tasks.last().and_then(|task| task.name().map(str::to_owned)));
            }
        }
        running
    }

    /// Takes no more work; what sleeps ends, what runs is asked to stop.
    pub(in crate::pool) fn close(&self) {
        let (sleepers, hands) = {
            let mut queue = self.queue.lock();
            queue.closed = true;
            let sleepers: Vec<Thread> = queue.idle.iter().map(|sleeper| sleeper.thread.clone()).collect();
            (
                sleepers,
                queue
                    .members
                    .iter()
                    .map(|member| Arc::clone(&member.hand))
                    .collect::<Vec<_>>(),
            )
        };
        for sleeper in sleepers {
            sleeper.unpark();
        }
        self.clear(CancelReason::Shutdown);
        // A row that is kept for later may still keep a series, and that its pool.
        let kept = std::mem::replace(&mut self.queue.lock().waiting, Injector::new());
        drop(kept);
        for hand in hands {
            let tasks = hand.lock().tasks.clone();
            for task in tasks {
                task.stop(CancelReason::Shutdown);
            }
        }
    }

    /// A latch that is set when everything is done, unless that is so now.
    pub(in crate::pool) fn when_done(&self) -> Option<Arc<Latch>> {
        let mut queue = self.queue.lock();
        if queue.is_done() {
            return None;
        }
        let latch = Arc::new(Latch::new());
        queue.done.push(Arc::clone(&latch));
        Some(latch)
    }

    /// A latch that is set when the last thread has ended, unless there is none now.
    pub(in crate::pool) fn when_ended(&self) -> Option<Arc<Latch>> {
        let mut queue = self.queue.lock();
        if queue.threads == 0 {
            return None;
        }
        let latch = Arc::new(Latch::new());
        queue.ended.push(Arc::clone(&latch));
        Some(latch)
    }

    pub(in crate::pool) fn counts(&self) -> Counts {
        let queue = self.queue.lock();
        let (mut queued, mut active) = (queue.waiting.len(), 0);
        for member in &queue.members {
            let hand = member.hand.lock();
            queued += hand.len();
            active += usize::from(hand.is_running);
        }
        let queued = queued.saturating_sub(self.husks.load(Ordering::Relaxed));
        Counts {
            queued,
            active,
            threads: queue.threads,
            max: queue.max,
        }
    }
}
