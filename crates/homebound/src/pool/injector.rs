//! What waits in a pool: first in, first out inside a priority; the highest priority first. A plain structure without locks.

use std::collections::{BTreeMap, VecDeque};

use super::entry::{Entry, Runnable};

/// Entries of a level stand in runs of this many, so that a long queue neither moves its entries when it grows nor keeps its memory.
const RUN: usize = 512;
/// Runs up to this size stay with their level when they are empty.
const SMALL_RUN: usize = 32;
/// Emptied runs that are kept for later.
const SPARE_RUNS: usize = 8;
/// Priorities from `-BAND` to `BAND - 1` are found by a bitmap; those beyond in a tree.
const BAND: i32 = 1024;
const WORD: usize = 64;
const WORDS: usize = 2 * BAND as usize / WORD;

/// What waits, by priority.
pub(super) struct Injector {
    len: usize,
    /// One bit per word that has a bit.
    summary: u32,
    words: [u64; WORDS],
    levels: [Option<Box<[Fifo; WORD]>>; WORDS],
    /// The priorities beyond the band.
    beyond: BTreeMap<i32, Fifo>,
    spare: Vec<VecDeque<Entry>>,
}

/// The entries of one priority, in order.
#[derive(Default)]
struct Fifo {
    /// Oldest first; the first of them is taken from, the last put to.
    runs: VecDeque<VecDeque<Entry>>,
}

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            len: 0,
            summary: 0,
            words: [0; WORDS],
            levels: [const { None }; WORDS],
            beyond: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, priority: i32, entry: Entry) {
        self.len += 1;
        let Some(bit) = bit_of(priority) else {
            self.beyond.entry(priority).or_default().push(entry, &mut self.spare);
            return;
        };
        self.words[bit / WORD] |= 1 << (bit % WORD);
        self.summary |= 1 << (bit / WORD);
        let block = self.levels[bit / WORD].get_or_insert_with(|| Box::new(std::array::from_fn(|_| Fifo::default())));
        block[bit % WORD].push(entry, &mut self.spare);
    }

    /// The highest priority that waits.
    pub(super) fn top(&self) -> Option<i32> {
        let beyond = self.beyond.last_key_value().map(|(priority, _)| *priority);
        beyond.max(self.top_of_band())
    }

    fn top_of_band(&self) -> Option<i32> {
        let word = self.summary.checked_ilog2()? as usize;
        let bit = word * WORD + self.words[word].ilog2() as usize;
        Some(i32::try_from(bit).unwrap_or(i32::MAX) - BAND)
    }

    /// Takes the oldest of the highest priority, at most `max`, and hands them to `out`. Returns their priority.
    pub(super) fn take(&mut self, max: usize, mut out: impl FnMut(Entry)) -> Option<i32> {
        let priority = self.top()?;
        let (len, spare) = (&mut self.len, &mut self.spare);
        let fifo = match bit_of(priority) {
            Some(bit) => &mut self.levels[bit / WORD].as_mut()?[bit % WORD],
            None => self.beyond.get_mut(&priority)?,
        };
        for _ in 0..max {
            let Some(entry) = fifo.pop(spare) else { break };
            *len -= 1;
            out(entry);
        }
        if fifo.is_empty() {
            self.clear_level(priority);
        }
        Some(priority)
    }

    /// Takes the newest entry of `priority` if it is `task`.
    pub(super) fn take_newest_if(&mut self, priority: i32, task: &dyn Runnable) -> Option<Entry> {
        let fifo = match bit_of(priority) {
            Some(bit) => &mut self.levels[bit / WORD].as_mut()?[bit % WORD],
            None => self.beyond.get_mut(&priority)?,
        };
        let entry = fifo.pop_newest_if(task, &mut self.spare)?;
        self.len -= 1;
        if fifo.is_empty() {
            self.clear_level(priority);
        }
        Some(entry)
    }

    /// Takes out every entry for which `keep` is false.
    pub(super) fn sweep(&mut self, keep: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let mut all = Vec::with_capacity(self.len);
        while let Some(priority) = self.top() {
            let mut level = Vec::new();
            self.take(usize::MAX, |entry| level.push(entry));
            all.push((priority, level));
        }
        let mut swept = Vec::new();
        for (priority, level) in all {
            for entry in level {
                if keep(&entry) {
                    self.push(priority, entry);
                } else {
                    swept.push(entry);
                }
            }
        }
        swept
    }

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
}

fn bit_of(priority: i32) -> Option<usize> {
    usize::try_from(priority.checked_add(BAND)?)
        .ok()
        .filter(|bit| *bit < WORDS * WORD)
}

impl Fifo {
    fn is_empty(&self) -> bool {
        self.runs.front().is_none_or(VecDeque::is_empty)
    }

    fn push(&mut self, entry: Entry, spare: &mut Vec<VecDeque<Entry>>) {
        match self.runs.back_mut() {
            Some(run) if run.len() < RUN => run.push_back(entry),
            _ => {
                let mut run = spare.pop().unwrap_or_default();
                run.push_back(entry);
                self.runs.push_back(run);
            }
        }
    }

    fn pop(&mut self, spare: &mut Vec<VecDeque<Entry>>) -> Option<Entry> {
        let run = self.runs.front_mut()?;
        let entry = run.pop_front();
        if run.is_empty()
            && !is_small(run)
            && let Some(run) = self.runs.pop_front()
        {
            keep(run, spare);
        }
        entry
    }

    fn pop_newest_if(&mut self, task: &dyn Runnable, spare: &mut Vec<VecDeque<Entry>>) -> Option<Entry> {
        let run = self.runs.back_mut()?;
        if !run.back()?.is(task) {
            return None;
        }
        let entry = run.pop_back();
        if run.is_empty()
            && !is_small(run)
            && let Some(run) = self.runs.pop_back()
        {
            keep(run, spare);
        }
        entry
    }
}

/// A level that never held much keeps its memory: it is about to be used again. A run that is full has grown, so it is the only one.
fn is_small(run: &VecDeque<Entry>) -> bool {
    run.capacity() <= SMALL_RUN
}

fn keep(run: VecDeque<Entry>, spare: &mut Vec<VecDeque<Entry>>) {
    if spare.len() < SPARE_RUNS {
        spare.push(run);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
