//! Tasks of one series after the other: where they stand, not what they are.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::{Ended, Row, Runner};
use crate::cancel::CancelReason;
use crate::outcome::Outcome;
use crate::pool::entry::{Many, Running};
use crate::pool::worker::{self, Worker};
use crate::unhandled;

/// Tasks of one type, as stretches of their series. None of the stretches is empty.
pub(in crate::pool) struct Tasks<S> {
    spans: VecDeque<(Arc<S>, Range<usize>)>,
    len: usize,
}

impl<S> Default for Tasks<S> {
    fn default() -> Self {
        Self {
            spans: VecDeque::new(),
            len: 0,
        }
    }
}

impl<S: Many> Tasks<S> {
    #[inline]
    pub(in crate::pool) fn push(&mut self, series: &Arc<S>, at: usize) {
        self.len += 1;
        if let Some((last, span)) = self.spans.back_mut()
            && span.end == at
            && Arc::ptr_eq(last, series)
        {
            span.end += 1;
            return;
        }
        self.spans.push_back((Arc::clone(series), at..at + 1));
    }

    /// Takes the newest place if it is this one. Returns what is to be dropped under no lock.
    pub(in crate::pool) fn take_newest_if(&mut self, series: &S, at: usize) -> Option<impl Sized + use<S>> {
        let (last, span) = self.spans.back_mut()?;
        if span.end != at + 1 || !std::ptr::eq(Arc::as_ptr(last), series) {
            return None;
        }
        span.end = at;
        self.len -= 1;
        let is_last = span.start == at;
        Some(if is_last { self.spans.pop_back() } else { None })
    }

    /// Takes the oldest place, for a worker that holds `known` already. Returns the series if it is another.
    ///
    /// `running` says what the worker runs; what it says of `known` is still right.
    #[inline]
    fn next(&mut self, known: Option<&Arc<S>>, running: &mut Vec<Running>) -> Option<(Option<Arc<S>>, usize)> {
        let (series, span) = self.spans.front_mut()?;
        let at = span.start;
        span.start += 1;
        self.len -= 1;
        let is_known = known.is_some_and(|known| Arc::ptr_eq(known, series));
        if is_known && let Some(Running::OneOf(_, running)) = running.last_mut() {
            *running = at;
        } else {
            running.clear();
            running.push(Running::OneOf(Arc::clone(series) as Arc<dyn Many>, at));
        }
        let is_used_up = span.start == span.end;
        if is_known {
            if is_used_up {
                // Held by the worker too.
                self.spans.pop_front();
            }
            return Some((None, at));
        }
        let series = if is_used_up {
            self.spans.pop_front()?.0
        } else {
            Arc::clone(series)
        };
        Some((Some(series), at))
    }

    fn places(&self) -> impl Iterator<Item = (&Arc<S>, usize)> {
        self.spans
            .iter()
            .flat_map(|(series, span)| span.clone().map(move |at| (series, at)))
    }
}

impl<S: Many> Row for Tasks<S> {
    fn len(&self) -> usize {
        self.len
    }

    fn split(&mut self, count: usize) -> Box<dyn Row> {
        let mut taken = Self::default();
        let mut left = count;
        while let Some((series, mut span)) = self.spans.pop_front() {
            let part = left.min(span.len());
            let end = span.start + part;
            if part < span.len() {
                let rest = end..span.end;
                self.spans.push_front((Arc::clone(&series), rest));
                span.end = end;
            }
            left -= part;
            if part > 0 {
                taken.spans.push_back((series, span));
            }
            if left == 0 {
                break;
            }
        }
        taken.len = count - left;
        self.len -= taken.len;
        Box::new(taken)
    }

    fn sift(&mut self) -> Option<Box<dyn Row>> {
        let (mut husks, mut kept) = (Self::default(), Self::default());
        for (series, at) in self.places() {
            let row = if series.is_husk(at) { &mut husks } else { &mut kept };
            row.push(series, at);
        }
        // What was here held no series that one of the two does not hold.
        *self = kept;
        (husks.len > 0).then(|| Box::new(husks) as Box<dyn Row>)
    }

    fn runner(&self) -> Runner {
        run::<S>
    }

    fn end(&mut self, reason: CancelReason) -> Ended {
        let mut end = Ended::default();
        for (series, at) in self.places() {
            end.note(series.end_waiting(at, Outcome::cancelled(reason)));
        }
        *self = Self::default();
        end
    }
}

fn run<S: Many>(worker: &mut Worker) {
    let mut held: Option<Arc<S>> = None;
    loop {
        let known = held.as_ref();
        let next = worker.take_in_hand(|row: &mut Tasks<S>, running| row.next(known, running));
        let Some((other, at)) = next else { break };
        if let Some(other) = other {
            let left = held.replace(other);
            unhandled::drop_caught("what a job held", left);
        }
        let Some(series) = &held else { break };
        if !worker::run_task(|| series.run(at)) {
            worker.found_husk();
        }
    }
    if let Some(series) = held {
        worker.has_run(Running::OneOf(series, 0), true);
    }
}
