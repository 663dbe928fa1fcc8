//! Closures in a queue: those of one type for one target that were posted one after the other lie in one box, in the order of posting.
//!
//! So a closure is neither boxed by itself nor an event of its own: who posts lays it behind the last one, if that is of its kind, and the home takes them out one
//! by one. Anything else that is posted in between begins a new series: one order of all events is kept.
//!
//! # Invariants
//! 1. A series in a queue is not empty: whoever takes the last closure out takes the box away, too.
//! 2. A closure is taken out before it runs, under a borrow that ends before it runs. So a loop that it runs inside itself goes on with the next one.

use std::any::Any;
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Body, Event};
use crate::event_loop::LoopInner;
use crate::event_queue::{Carrier, LocalQueue, Unused};
use crate::unhandled;

/// The most memory of one series: the queue's lock is held while it grows.
const LARGEST: usize = 4096;
/// The most closures of one series, however small they are.
const LONGEST: usize = 256;

/// What is posted to run once.
pub(crate) trait Job: Send + 'static {
    /// Runs with its object; a job of a loop has none.
    fn run(self, object: Option<&mut dyn Any>);
}

/// A job whose type is not known any more.
pub(crate) trait AnyJob {
    /// Runs it, once.
    fn run(&mut self, object: Option<&mut dyn Any>);
    /// As an event that can wait.
    fn set_aside(&mut self) -> Body;
}

/// Takes the first job of the first event of its loop, which is of the type that this function was made for, and runs it.
pub(crate) type RunFirst = fn(&Rc<LoopInner>, u64);

/// Some jobs of one type.
pub(crate) trait Jobs: Carrier {
    fn len(&self) -> usize;
    fn run_first(&self) -> RunFirst;
    /// Runs the only job that there is as one of its own.
    fn run_only(&mut self, object: Option<&mut dyn Any>);
}

/// Jobs of one type, in the order of posting.
pub(crate) struct Series<J: Job> {
    /// Where there is only one, as in most boxes, it needs no memory of its own.
    first: Option<J>,
    rest: VecDeque<J>,
}

impl<J: Job> Series<J> {
    const MOST: usize = {
        let size = if size_of::<J>() == 0 { 1 } else { size_of::<J>() };
        let fit = LARGEST / size;
        if fit > LONGEST { LONGEST } else { fit }
    };

    fn new(job: J) -> Self {
        Self {
            first: Some(job),
            rest: VecDeque::new(),
        }
    }

    /// Appends a job, if there is room.
    #[inline]
    fn push(&mut self, job: J) -> Result<(), J> {
        if self.rest.len() >= Self::MOST {
            return Err(job);
        }
        self.rest.push_back(job);
        Ok(())
    }

    #[inline]
    fn pop(&mut self) -> Option<J> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.is_empty()
    }
}

impl<J: Job> Carrier for Series<J> {
    fn shrink(&mut self) {
        self.rest = VecDeque::new();
    }
}

impl<J: Job> Jobs for Series<J> {
    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    #[inline]
    fn run_first(&self) -> RunFirst {
        run_first::<J>
    }

    fn run_only(&mut self, object: Option<&mut dyn Any>) {
        if let Some(job) = self.pop() {
            job.run(object);
        }
    }
}

impl<J: Job> Drop for Series<J> {
    fn drop(&mut self) {
        // One by one: a second panic while the first unwinds would abort the program.
        while let Some(job) = self.pop() {
            unhandled::drop_caught("a posted closure", job);
        }
    }
}

/// A job on the stack of the loop that runs it.
struct Taken<J: Job>(Option<J>);

impl<J: Job> AnyJob for Taken<J> {
    #[inline]
    fn run(&mut self, object: Option<&mut dyn Any>) {
        if let Some(job) = self.0.take() {
            job.run(object);
        }
    }

    fn set_aside(&mut self) -> Body {
        match self.0.take() {
            Some(job) => Body::Run(Box::new(Series::new(job))),
            None => Body::Cell,
        }
    }
}

fn run_first<J: Job>(home: &Rc<LoopInner>, target: u64) {
    let job = home.take_job::<J>();
    if target != 0 {
        home.run_with(target, &mut Taken(job));
    } else if let Some(job) = job {
        job.run(None);
    }
}

impl LocalQueue<Event> {
    /// Appends a job: to the last event, if that is a series of its type for this target, else as an event. Returns a box to be dropped under no lock.
    #[inline]
    pub(crate) fn push_job<J: Job>(&mut self, priority: i32, target: u64, job: J) -> Unused {
        let mut job = job;
        if priority == 0
            && let Some(last) = self.events.back_mut()
            && last.target == target
            && let Body::Run(jobs) = &mut last.body
            && let Some(series) = (&mut **jobs as &mut dyn Any).downcast_mut::<Series<J>>()
        {
            match series.push(job) {
                Ok(()) => return None,
                Err(refused) => job = refused,
            }
        }
        self.begin_series(priority, target, job)
    }

    fn begin_series<J: Job>(&mut self, priority: i32, target: u64, job: J) -> Unused {
        let (series, unused) = match self.spare.take::<Series<J>>() {
            Ok(mut emptied) => {
                emptied.first = Some(job);
                (emptied, None)
            }
            Err(unused) => (Box::new(Series::new(job)), unused),
        };
        let body = Body::Run(series);
        self.push(priority, Event { target, body });
        unused
    }

    /// Takes a job out of the first event, and with the last one the event.
    #[inline]
    pub(crate) fn take_job<J: Job>(&mut self) -> Option<J> {
        let Body::Run(jobs) = &mut self.events.front_mut()?.body else {
            return None;
        };
        let series = (&mut **jobs as &mut dyn Any).downcast_mut::<Series<J>>()?;
        let job = series.pop();
        if series.is_empty()
            && let Some(Event {
                body: Body::Run(emptied),
                ..
            }) = self.events.pop()
        {
            self.spare.keep(emptied);
        }
        job
    }
}
