//! What one worker of a pool holds.

use crate::pool::entry::Running;
use crate::pool::row::{Row, Runner, of_kind};

use super::NOTHING;

/// What one worker has taken and not begun, and what it is in.
#[derive(Default)]
pub(in crate::pool) struct Hand {
    /// With their priorities, the most urgent last; none of them empty.
    pub(in crate::pool) rows: Vec<(i64, Box<dyn Row>)>,
    pub(in crate::pool) is_running: bool,
    /// The tasks it is in, the innermost last.
    pub(in crate::pool) tasks: Vec<Running>,
}

impl Hand {
    /// The priority of what comes next.
    pub(in crate::pool) fn priority(&self) -> i64 {
        self.rows.last().map_or(NOTHING, |(priority, _)| *priority)
    }

    /// How to run what comes next.
    pub(in crate::pool) fn runner(&self) -> Option<Runner> {
        self.rows.last().map(|(_, row)| row.runner())
    }

    pub(super) fn has_more_than(&self, pieces: usize) -> bool {
        // None of the rows is empty.
        self.rows.len() > pieces || self.len() > pieces
    }

    pub(in crate::pool) fn len(&self) -> usize {
        self.rows.iter().map(|(_, row)| row.len()).sum()
    }

    /// Gives half of what comes next away, the older half, if it is more urgent than `above` and at least `least`.
    pub(super) fn give(&mut self, above: i64, least: i64) -> Option<(i64, Box<dyn Row>)> {
        let (priority, row) = self.rows.last_mut()?;
        if *priority <= above || *priority < least {
            return None;
        }
        let half = row.len().div_ceil(2);
        if half == row.len() {
            self.rows.pop()
        } else {
            Some((*priority, row.split(half)))
        }
    }

    /// Lets `take` take something out of a row of kind `R`. Returns the row too if it is empty then.
    pub(super) fn take_out<R: Row, X>(
        &mut self,
        take: &mut impl FnMut(&mut R) -> Option<X>,
    ) -> Option<(X, Option<Box<dyn Row>>)> {
        for index in 0..self.rows.len() {
            let row = &mut self.rows[index].1;
            let Some(taken) = of_kind::<R>(&mut **row).and_then(&mut *take) else {
                continue;
            };
            let emptied = (row.len() == 0).then(|| self.rows.remove(index).1);
            return Some((taken, emptied));
        }
        None
    }

    /// Notes that its owner is in nothing. What it ran last is still held by the owner, so nothing is dropped here.
    pub(in crate::pool) fn end(&mut self) {
        self.is_running = false;
        self.tasks.clear();
    }
}
