//! Tasks that stand by themselves, and closures of whatever types.

use std::collections::VecDeque;
use std::sync::Arc;

use super::same::call;
use super::{Ended, Row, Runner};
use crate::cancel::CancelReason;
use crate::outcome::Outcome;
use crate::pool::entry::{Entry, Runnable, Running};
use crate::pool::worker::{self, Worker};
use crate::unhandled;

/// Entries of any kind.
#[derive(Default)]
pub(in crate::pool) struct Mixed(pub(in crate::pool) VecDeque<Entry>);

impl Mixed {
    /// Takes the newest entry if it is `task`.
    pub(in crate::pool) fn take_newest_if(&mut self, task: &dyn Runnable) -> Option<Entry> {
        if self.0.back()?.is(task) {
            self.0.pop_back()
        } else {
            None
        }
    }
}

impl Row for Mixed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn split(&mut self, count: usize) -> Box<dyn Row> {
        Box::new(Self(self.0.drain(..count).collect()))
    }

    fn sift(&mut self) -> Option<Box<dyn Row>> {
        let is_husk = |entry: &Entry| matches!(entry, Entry::Task(task) if task.is_husk());
        let (husks, kept): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.0).into_iter().partition(is_husk);
        self.0 = kept;
        (!husks.is_empty()).then(|| Box::new(Self(husks)) as Box<dyn Row>)
    }

    fn runner(&self) -> Runner {
        run
    }

    fn end(&mut self, reason: CancelReason) -> Ended {
        let mut end = Ended::default();
        for entry in self.0.drain(..) {
            match entry {
                Entry::Plain(plain) => {
                    end.note(true);
                    unhandled::drop_caught("what a job held", plain);
                }
                Entry::Task(task) => end.note(task.end_waiting(Outcome::cancelled(reason))),
            }
        }
        end
    }
}

fn run(worker: &mut Worker) {
    let next = |row: &mut Mixed, running: &mut Vec<Running>| {
        running.clear();
        let entry = row.0.pop_front();
        if let Some(Entry::Task(task)) = &entry {
            running.push(Running::Task(Arc::clone(task)));
        }
        entry
    };
    while let Some(entry) = worker.take_in_hand(next) {
        match entry {
            Entry::Plain(f) => call(f),
            Entry::Task(task) => {
                let was_there = worker::run_task(|| task.run());
                worker.has_run(Running::Task(task), was_there);
            }
        }
    }
}
