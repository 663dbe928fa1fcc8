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
    /// The number of that row. Rows are numbered as they begin.
    number: u64,
    /// The others with their numbers, oldest first; none of them empty.
    older: VecDeque<(u64, Box<dyn Row>)>,
}

/// Emptied rows.
#[derive(Default)]
pub(super) struct Spare(Vec<Box<dyn Row>>);

impl Fifo {
    pub(super) fn is_empty(&self) -> bool {
        self.older.is_empty() && self.tail.as_ref().is_none_or(|tail| tail.len() == 0)
    }

    /// Lets `put` put a piece into the last row. Returns the number of the row.
    #[inline]
    pub(super) fn push<R: Row + Default>(&mut self, spare: &mut Spare, put: impl FnOnce(&mut R)) -> u64 {
        if let Some(tail) = &mut self.tail
            && let Some(row) = of_kind::<R>(&mut **tail)
            && row.len() < ROW
        {
            put(row);
            return self.number;
        }
        self.begin_row::<R>(spare);
        if let Some(row) = self.tail.as_mut().and_then(|tail| of_kind::<R>(&mut **tail)) {
            put(row);
        }
        self.number
    }

    #[inline(never)]
    fn begin_row<R: Row + Default>(&mut self, spare: &mut Spare) {
        let row = spare.take::<R>().unwrap_or_else(|| Box::<R>::default());
        match self.tail.replace(row) {
            Some(full) if full.len() > 0 => self.older.push_back((self.number, full)),
            Some(empty) => spare.keep_one(empty),
            None => {}
        }
        self.number += 1;
    }

    /// Takes the oldest row, or the oldest `max` of it.
    pub(super) fn take(&mut self, max: usize) -> Option<Box<dyn Row>> {
        let Some((_, first)) = self.older.front_mut() else {
            let tail = self.tail.as_mut().filter(|tail| tail.len() > 0)?;
            return if tail.len() <= max {
                self.tail.take()
            } else {
                Some(tail.split(max))
            };
        };
        if first.len() <= max {
            self.older.pop_front().map(|(_, first)| first)
        } else {
            Some(first.split(max))
        }
    }

    /// Lets `take` take something out of the row with this number, or the newest, if that is of kind `R`. Returns that, and whether nothing is left.
    #[inline]
    pub(super) fn take_out<R: Row, X>(
        &mut self,
        row: Option<u64>,
        take: impl FnOnce(&mut R) -> Option<X>,
    ) -> Option<(X, bool)> {
        if row.is_some_and(|number| number != self.number) {
            let taken = self.take_out_of_older(row?, take)?;
            return Some((taken, self.is_empty()));
        }
        let row = of_kind::<R>(&mut **self.tail.as_mut()?)?;
        let taken = take(row)?;
        Some((taken, row.len() == 0 && self.older.is_empty()))
    }

    #[cold]
    fn take_out_of_older<R: Row, X>(&mut self, number: u64, take: impl FnOnce(&mut R) -> Option<X>) -> Option<X> {
        let index = self.older.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        let row = &mut self.older[index].1;
        let taken = take(of_kind::<R>(&mut **row)?)?;
        if row.len() == 0 {
            self.older.remove(index);
        }
        Some(taken)
    }

    /// Takes the husks out.
    pub(super) fn sweep(&mut self, husks: &mut Vec<Box<dyn Row>>) {
        let rows = self.older.iter_mut().map(|(_, row)| row).chain(&mut self.tail);
        husks.extend(rows.filter_map(|row| row.sift()));
        self.older.retain(|(_, row)| row.len() > 0);
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
        while self.0.len() < SPARE_ROWS
            && let Some(row) = rows.pop()
        {
            self.0.push(row);
        }
    }
}
