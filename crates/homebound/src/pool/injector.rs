//! What waits in a pool: first in, first out inside a priority; the highest priority first. A plain structure without locks.

mod fifo;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::{Entry, Many, Runnable};
use super::row::{Mixed, Row, Same, Tasks};
use fifo::{Fifo, Spare};

/// Priorities from `-BAND` to `BAND - 1` are found by a bitmap; those beyond in a tree.
const BAND: i32 = 1024;
const WORD: usize = 64;
const WORDS: usize = 2 * BAND as usize / WORD;
/// Closures up to this many bytes are moved about as they are, larger ones in a box.
const SMALL: usize = 128;

/// What waits, by priority.
pub(super) struct Injector {
    len: usize,
    /// One bit per word that has a bit.
    summary: u32,
    words: [u64; WORDS],
    levels: [Option<Box<[Fifo; WORD]>>; WORDS],
    /// The priorities beyond the band.
    beyond: BTreeMap<i32, Fifo>,
    /// The type of the closure that came last.
    last: Option<TypeId>,
    spare: Spare,
}

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            len: 0,
            summary: 0,
            words: [0; WORDS],
            levels: [const { None }; WORDS],
            beyond: BTreeMap::new(),
            last: None,
            spare: Spare::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a closure in; beside its like, if the one before was of its type. So types that alternate do not begin a row each.
    pub(super) fn push_closure<F: FnOnce() + Send + 'static>(&mut self, priority: i32, f: F) {
        let kind = Some(TypeId::of::<F>());
        if size_of::<F>() <= SMALL && self.last == kind {
            self.push(priority, |row: &mut Same<F>| row.0.push_back(f));
        } else {
            self.last = kind;
            let entry = Entry::Plain(Box::new(f));
            self.push(priority, |row: &mut Mixed| row.0.push_back(entry));
        }
    }

    pub(super) fn push_task(&mut self, priority: i32, task: Arc<dyn Runnable>) {
        self.push(priority, |row: &mut Mixed| row.0.push_back(Entry::Task(task)));
    }

    /// Puts one of a series in. Returns the number of its row, and what is to be dropped under no lock.
    #[inline]
    pub(super) fn push_one_of<S: Many>(
        &mut self,
        priority: i32,
        series: &Arc<S>,
        at: usize,
        work: S::Work,
    ) -> (u64, Option<Arc<S>>) {
        let mut left = None;
        let row = self.push(priority, |row: &mut Tasks<S>| left = row.push(series, at, work));
        (row, left)
    }

    /// Lets `put` put a piece into the last row. Returns the number of the row.
    #[inline]
    fn push<R: Row + Default>(&mut self, priority: i32, put: impl FnOnce(&mut R)) -> u64 {
        self.len += 1;
        let Some(bit) = bit_of(priority) else {
            return self.beyond.entry(priority).or_default().push(&mut self.spare, put);
        };
        self.words[bit / WORD] |= 1 << (bit % WORD);
        self.summary |= 1 << (bit / WORD);
        let block = self.levels[bit / WORD].get_or_insert_with(|| Box::new(std::array::from_fn(|_| Fifo::default())));
        block[bit % WORD].push(&mut self.spare, put)
    }

    /// The highest priority that waits.
    #[inline]
    pub(super) fn top(&self) -> Option<i32> {
        if self.len == 0 {
            return None;
        }
        let beyond = self.beyond.last_key_value().map(|(priority, _)| *priority);
        beyond.max(self.top_of_band())
    }

    fn top_of_band(&self) -> Option<i32> {
        let word = self.summary.checked_ilog2()? as usize;
        let bit = word * WORD + self.words[word].ilog2() as usize;
        Some(i32::try_from(bit).unwrap_or(i32::MAX) - BAND)
    }

    /// Takes the oldest of the highest priority, at most `max`: a row of what stands together, and its priority.
    pub(super) fn take(&mut self, max: usize) -> Option<(i32, Box<dyn Row>)> {
        let priority = self.top()?;
        let fifo = self.level(priority)?;
        let row = fifo.take(max)?;
        let is_empty = fifo.is_empty();
        self.len -= row.len();
        if is_empty {
            self.clear_level(priority);
        }
        Some((priority, row))
    }

    #[inline]
    fn level(&mut self, priority: i32) -> Option<&mut Fifo> {
        match bit_of(priority) {
            Some(bit) => Some(&mut self.levels[bit / WORD].as_mut()?[bit % WORD]),
            None => self.beyond.get_mut(&priority),
        }
    }

    /// Lets `take` take something of `priority` out of its row, if that is of kind `R`. `row` is the row's number, the newest one's if there is none.
    #[inline]
    pub(super) fn take_out<R: Row, X>(
        &mut self,
        priority: i32,
        row: Option<u64>,
        take: impl FnOnce(&mut R) -> Option<X>,
    ) -> Option<X> {
        let (taken, is_empty) = self.level(priority)?.take_out(row, take)?;
        self.len -= 1;
        if is_empty {
            self.clear_level(priority);
        }
        Some(taken)
    }

    /// Takes the husks out.
    pub(super) fn sweep(&mut self) -> Vec<Box<dyn Row>> {
        let mut husks = Vec::new();
        let mut emptied = Vec::new();
        for priority in self.priorities() {
            let Some(fifo) = self.level(priority) else { continue };
            fifo.sweep(&mut husks);
            if fifo.is_empty() {
                emptied.push(priority);
            }
        }
        self.len -= husks.iter().map(|row| row.len()).sum::<usize>();
        for priority in emptied {
            self.clear_level(priority);
        }
        husks
    }

    /// All priorities at which something waits.
    fn priorities(&self) -> Vec<i32> {
        let in_band = (-BAND..BAND).filter(|priority| {
            let bit = bit_of(*priority).unwrap_or_default();
            self.words[bit / WORD] >> (bit % WORD) & 1 == 1
        });
        in_band.chain(self.beyond.keys().copied()).collect()
    }

    #[inline]
    fn clear_level(&mut self, priority: i32) {
        let Some(bit) = bit_of(priority) else {
            self.beyond.remove(&priority);
            return;
        };
        self.words[bit / WORD] &= !(1 << (bit % WORD));
        if self.words[bit / WORD] == 0 {
            self.summary &= !(1 << (bit / WORD));
        }
    }

    /// Keeps emptied rows for later, as many as there is room for. The others stay in `rows`.
    pub(super) fn keep(&mut self, rows: &mut Vec<Box<dyn Row>>) {
        self.spare.keep(rows);
    }
}

#[inline]
fn bit_of(priority: i32) -> Option<usize> {
    usize::try_from(priority.checked_add(BAND)?)
        .ok()
        .filter(|bit| *bit < WORDS * WORD)
}

#[cfg(all(test, not(loom)))]
mod tests;
