//! Tasks of one series after the other: the work of each, and whose it is.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::{Ended, Row, Runner};
use crate::cancel::CancelReason;
use crate::outcome::Outcome;
use crate::pool::entry::{Many, Running};
use crate::pool::worker::{self, Worker};
use crate::unhandled;

/// Tasks of one type: their work, and the stretches of their series, in the same order.
///
/// Only the last stretch may be empty: the series of what was taken out last will most likely be the next one's too, and its count
/// of references is left alone.
pub(in crate::pool) struct Tasks<S: Many> {
    works: VecDeque<S::Work>,
    spans: VecDeque<Span<S>>,
}

type Span<S> = (Arc<S>, Range<usize>);

impl<S: Many> Default for Tasks<S> {
    fn default() -> Self {
        Self {
            works: VecDeque::new(),
            spans: VecDeque::new(),
        }
    }
}

/// What comes next: its series, unless the worker has that already; its number and its work; and what is to be dropped under no lock.
type Next<S> = (Option<Arc<S>>, usize, <S as Many>::Work);

impl<S: Many> Tasks<S> {
    /// Puts a task in. Returns what is to be dropped under no lock.
    #[inline]
    pub(in crate::pool) fn push(&mut self, series: &Arc<S>, at: usize, work: S::Work) -> Option<Arc<S>> {
        self.works.push_back(work);
        let Some((last, span)) = self.spans.back_mut() else {
            self.spans.push_back((Arc::clone(series), at..at + 1));
            return None;
        };
        if span.end == at && Arc::ptr_eq(last, series) {
            span.end += 1;
            return None;
        }
        let is_empty = Range::is_empty(span);
        self.push_span(series, at, is_empty)
    }

    #[cold]
    fn push_span(&mut self, series: &Arc<S>, at: usize, in_place: bool) -> Option<Arc<S>> {
        let left = if in_place { self.spans.pop_back() } else { None };
        self.spans.push_back((Arc::clone(series), at..at + 1));
        left.map(|(series, _)| series)
    }

    /// Takes the work of one task out, wherever it stands. `None` if it is not here.
    #[inline]
    pub(in crate::pool) fn take_out(&mut self, series: &S, at: usize) -> Option<S::Work> {
        let (last, span) = self.spans.back_mut()?;
        if span.end != at + 1 || Range::is_empty(span) || !std::ptr::eq(Arc::as_ptr(last), series) {
            return self.take_from_amid(series, at);
        }
        if span.start == at {
            *span = at + 1..at + 1;
        } else {
            span.end = at;
        }
        self.works.pop_back()
    }

    #[cold]
    fn take_from_amid(&mut self, series: &S, at: usize) -> Option<S::Work> {
        let mut before = 0;
        let index = self.spans.iter().position(|(other, span)| {
            let is_here = std::ptr::eq(Arc::as_ptr(other), series) && span.contains(&at);
            before += if is_here { at - span.start } else { span.len() };
            is_here
        })?;
        let (series, span) = &mut self.spans[index];
        let (left, right) = (span.start..at, at + 1..span.end);
        if left.is_empty() {
            *span = right;
        } else {
            *span = left;
            if !right.is_empty() {
                let rest = (Arc::clone(series), right);
                self.spans.insert(index + 1, rest);
            }
        }
        if self.spans[index].1.is_empty() && index + 1 < self.spans.len() {
            // Who takes the task out holds its series.
            self.spans.remove(index);
        }
        self.works.remove(before)
    }

    /// Takes the oldest out, for a worker that holds `known` already.
    ///
    /// `running` says what the worker runs; what it says of `known` is still right.
    #[inline]
    fn next(&mut self, known: Option<&Arc<S>>, running: &mut Vec<Running>) -> Option<Next<S>> {
        let work = self.works.pop_front()?;
        let (series, span) = self.spans.front_mut()?;
        let at = span.start;
        span.start += 1;
        let is_known = known.is_some_and(|known| Arc::ptr_eq(known, series));
        if is_known && let Some(Running::OneOf(_, running)) = running.last_mut() {
            *running = at;
        } else {
            running.clear();
            running.push(Running::OneOf(Arc::clone(series) as _, at));
        }
        let is_used_up = Range::is_empty(span);
        if is_known {
            if is_used_up {
                // Held by the worker too.
                self.spans.pop_front();
            }
            return Some((None, at, work));
        }
        let series = if is_used_up {
            self.spans.pop_front()?.0
        } else {
            Arc::clone(series)
        };
        Some((Some(series), at, work))
    }
}

impl<S: Many> Row for Tasks<S> {
    fn len(&self) -> usize {
        self.works.len()
    }

    fn split(&mut self, count: usize) -> Box<dyn Row> {
        let mut taken = Self {
            works: self.works.drain(..count).collect(),
            spans: VecDeque::new(),
        };
        let mut left = count;
        while left > 0
            && let Some((series, span)) = self.spans.front_mut()
        {
            if span.len() <= left {
                left -= span.len();
                taken.spans.extend(self.spans.pop_front());
            } else {
                let part = span.start..span.start + left;
                span.start = part.end;
                left = 0;
                taken.spans.push_back((Arc::clone(series), part));
            }
        }
        Box::new(taken)
    }

    fn sift(&mut self) -> Option<Box<dyn Row>> {
        None
    }

    fn runner(&self) -> Runner {
        run::<S>
    }

    fn end(&mut self, reason: CancelReason) -> Ended {
        let ended = self.works.len();
        let mut works = std::mem::take(&mut self.works).into_iter();
        for (series, span) in std::mem::take(&mut self.spans) {
            for (at, work) in span.zip(&mut works) {
                series.end_waiting(at, work, Outcome::cancelled(reason));
            }
        }
        Ended { ended, husks: 0 }
    }
}

fn run<S: Many>(worker: &mut Worker) {
    let mut held: Option<Arc<S>> = None;
    loop {
        let known = held.as_ref();
        let next = worker.take_in_hand(|row: &mut Tasks<S>, running| row.next(known, running));
        let Some((other, at, work)) = next else { break };
        if let Some(other) = other {
            let left = held.replace(other);
            unhandled::drop_caught("what a job held", left);
        }
        let Some(series) = &held else { break };
        worker::run_guarded(|| series.run(at, work));
    }
    if let Some(series) = held {
        worker.has_run(Running::OneOf(series, 0), true);
    }
}
