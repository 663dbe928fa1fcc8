//! What waits at one priority, in order.

use std::collections::VecDeque;

use crate::pool::row::{ROW, Row, of_kind};

/// Emptied rows that are kept for later.
const SPARE_ROWS: usize = 64;
/// How many of them are looked at for one of the right kind.
const LOOKED_AT: usize = 8;

/// Rows of one priority. A long queue neither moves its entries when it grows nor keeps its memory.
#[derive(Default)]
pub(super) struct Fifo {
    /// The row that is put to. May be empty: it is about to be used again.
    tail: Option<Box<dyn Row>>,
    /// Oldest first; none of them empty.
    older: VecDeque<Box<dyn Row>>,
}

/// Emptied rows.
#[derive(Default)]
pub(super) struct Spare(Vec<Box<dyn Row>>);

impl Fifo {
    pub(super) fn is_empty(&self) -> bool {
        self.older.is_empty() && self.tail.as_ref().is_none_or(|tail| tail.len() == 0)
    }

    #[inline]
    pub(super) fn push<R: Row + Default>(&mut self, spare: &mut Spare, put: impl FnOnce(&mut R)) {
        if let Some(tail) = &mut self.tail
            && let Some(row) = of_kind::<R>(&mut **tail)
            && row.len() < ROW
        {
            put(row);
            return;
        }
        self.begin_row::<R>(spare);
        if let Some(row) = self.tail.as_mut().and_then(|tail| of_kind::<R>(&mut **tail)) {
            put(row);
        }
    }

    #[inline(never)]
    fn begin_row<R: Row + Default>(&mut self, spare: &mut Spare) {
        let row = spare.take::<R>().unwrap_or_else(|| Box::<R>::default());
        match self.tail.replace(row) {
            Some(full) if full.len() > 0 => self.older.push_back(full),
            Some(empty) => spare.keep_one(empty),
            None => {}
        }
    }

    /// Takes the oldest row, or the oldest `max` of it.
    pub(super) fn take(&mut self, max: usize) -> Option<Box<dyn Row>> {
        let Some(first) = self.older.front_mut() else {
            let tail = self.tail.as_mut().filter(|tail| tail.len() > 0)?;
            return if tail.len() <= max {
                self.tail.take()
            } else {
                Some(tail.split(max))
            };
        };
        if first.len() <= max {
            self.older.pop_front()
        } else {
            Some(first.split(max))
        }
    }

    /// Lets `take` take the newest out of the newest row, if that is of kind `R`.
    pub(super) fn take_newest<R: Row, X>(&mut self, take: impl FnOnce(&mut R) -> Option<X>) -> Option<X> {
        take(of_kind::<R>(&mut **self.tail.as_mut()?)?)
    }

    /// Takes the husks out.
    pub(super) fn sweep(&mut self, husks: &mut Vec<Box<dyn Row>>) {
        let rows = self.older.iter_mut().chain(&mut self.tail);
        husks.extend(rows.filter_map(|row| row.sift()));
        self.older.retain(|row| row.len() > 0);
    }
}

impl Spare {
    fn take<R: Row>(&mut self) -> Option<Box<dyn Row>> {
        let rows = &mut self.0;
        let first = rows.len().saturating_sub(LOOKED_AT);
        let index = (first..rows.len())
            .rev()
            .find(|index| of_kind::<R>(&mut *rows[*index]).is_some())?;
        Some(rows.swap_remove(index))
    }

    fn keep_one(&mut self, row: Box<dyn Row>) {
        if self.0.len() < SPARE_ROWS {
            self.0.push(row);
        }
    }

    pub(super) fn keep(&mut self, rows: &mut Vec<Box<dyn Row>>) {
        let room = SPARE_ROWS.saturating_sub(self.0.len()).min(rows.len());
        self.0.extend(rows.drain(..room));
    }
}
