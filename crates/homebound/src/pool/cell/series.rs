//! Tasks of one type that one thread sends off one after the other, in one piece of memory: no allocation for each, and no count of references that
//! two processors change for each.
//!
//! Here stand their outcomes; their work stands in the pool's queue, and then in a worker's hand, until somebody takes it out.
//!
//! Who uses it: the thread that opened the series sends its tasks off; workers and handles reach each by its number.
//!
//! # Invariants
//! 1. Only the thread that opened it gives places away, and each once.
//! 2. Its memory is there as long as its thread goes on with it, one of its tasks or handles is left, or a row of the queue keeps it for the next task.
//!    Work and outcomes are dropped when they are done with, as everywhere.

mod open;

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Joinable, Life, OutcomeSlot, Place};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::pool::crew::Crew;
use crate::pool::entry::{Many, Running, Stoppable};
use crate::pool::row::Tasks;
use crate::pool::task::Deliver;

/// How many tasks a series has room for.
const ROOM: usize = 32;
/// Work of more bytes stands by itself: it is not moved about.
const SMALL: usize = 128;

pub(in crate::pool) struct Series<T, F, D: Deliver<T>> {
    slots: [OutcomeSlot<Outcome<D::Kept>>; ROOM],
    /// Apart from the slots: what is written for each task slows nobody down who reads these.
    contexts: [JobContext; ROOM],
    crew: Arc<Crew>,
    of: PhantomData<fn(F, D) -> T>,
}

impl<T, F, D> Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn new(crew: &Arc<Crew>) -> Self {
        Self {
            slots: std::array::from_fn(|_| OutcomeSlot::new()),
            contexts: std::array::from_fn(|_| JobContext::new(crew.settings.clock.clone())),
            crew: Arc::clone(crew),
            of: PhantomData,
        }
    }

    /// A series that no thread goes on with by itself.
    #[cfg(all(test, loom))]
    pub(in crate::pool) fn alone(crew: &Arc<Crew>) -> Arc<Self> {
        Arc::new(Self::new(crew))
    }

    /// Makes room again in a series that nobody else holds. False if somebody does, or if it is another crew's.
    fn clear(self: &mut Arc<Self>, crew: &Arc<Crew>) -> bool {
        if !Arc::ptr_eq(&self.crew, crew) {
            return false;
        }
        let Some(series) = Arc::get_mut(self) else { return false };
        for slot in &mut series.slots {
            *slot = OutcomeSlot::new();
        }
        for cx in &mut series.contexts {
            if cx.has_token() {
                *cx = JobContext::new(crew.settings.clock.clone());
            }
        }
        true
    }

    /// A place for a task of this type, if the calling thread has just sent off others.
    #[inline]
    pub(in crate::pool) fn place(crew: &Arc<Crew>) -> Option<(Arc<Self>, usize)> {
        if size_of::<(F, D)>() > SMALL {
            return None;
        }
        open::place(crew)
    }

    /// Whether the next task may stand at `at`. A task that has made more than an outcome is not kept for others' sake.
    fn has_room(&self, at: usize, crew: &Arc<Crew>) -> bool {
        let is_used = |before: usize| self.contexts.get(before).is_some_and(JobContext::has_token);
        at < ROOM && Arc::ptr_eq(&self.crew, crew) && !at.checked_sub(1).is_some_and(is_used)
    }

    #[inline]
    fn of(&self, at: usize) -> Option<(&OutcomeSlot<Outcome<D::Kept>>, Life<'_>)> {
        let (slot, cx) = (self.slots.get(at)?, self.contexts.get(at)?);
        Some((slot, Life { cx, extras: None }))
    }

    /// Takes the work out, if nobody has; whoever has it owes the outcome.
    #[inline]
    fn claim(&self, place: Place) -> Option<(F, D)> {
        self.crew.take_out(place.priority, place.row, |row: &mut Tasks<Self>| {
            row.take_out(self, place.at)
        })
    }
}

impl<T, F, D> Many for Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    type Work = (F, D);

    #[inline]
    fn run(&self, at: usize, (work, deliver): (F, D)) {
        let Some((slot, life)) = self.of(at) else { return };
        slot.begin();
        let outcome = life.work(work);
        life.finish(slot, deliver, outcome);
        life.cx.end();
    }

    fn end_waiting(&self, at: usize, work: (F, D), outcome: Outcome<()>) {
        if let Some((slot, life)) = self.of(at) {
            life.end(slot, work, outcome);
        }
    }
}

impl<T, F, D> Stoppable for Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn stop(&self, at: usize, reason: CancelReason) {
        if let Some((slot, life)) = self.of(at)
            && !slot.is_finished()
        {
            life.cx.stop(reason);
        }
    }
}

impl<T, F, D> Joinable<D::Kept> for Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run_for_handle(&self, place: Place) -> Option<Outcome<D::Kept>> {
        let (slot, life) = self.of(place.at)?;
        if slot.has_begun() {
            return None;
        }
        let (work, deliver) = self.claim(place)?;
        let outcome = life.work(work);
        // Straight to the one who asks: nobody else ever will.
        let kept = life.hand_on(deliver, outcome);
        slot.keep();
        life.cx.end();
        Some(kept)
    }

    fn take_outcome(&self, place: Place) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        match self.of(place.at) {
            Some((slot, _)) => slot.take(),
            None => Ok(Outcome::Cancelled(CancelReason::Dropped)),
        }
    }

    fn is_finished(&self, place: Place) -> bool {
        self.of(place.at).is_none_or(|(slot, _)| slot.is_finished())
    }

    #[inline]
    fn unlisten(&self, place: Place) {
        if let Some((slot, life)) = self.of(place.at)
            && let Some(outcome) = slot.unlisten()
        {
            life.let_go::<T, D>(outcome);
        }
    }

    fn take_back(&self, place: Place) -> bool {
        let Some(work) = self.claim(place) else { return false };
        self.end_waiting(place.at, work, Outcome::Cancelled(CancelReason::Requested));
        true
    }

    fn stop_for(&self, place: Place, reason: CancelReason) {
        let Some((slot, life)) = self.of(place.at) else { return };
        if slot.is_finished() {
            return;
        }
        match self.claim(place) {
            Some(work) => life.end(slot, work, Outcome::cancelled(reason)),
            None => self.stop(place.at, reason),
        }
    }

    fn running(self: Arc<Self>, place: Place) -> Running {
        Running::OneOf(self, place.at)
    }

    #[inline]
    fn give_back(self: Arc<Self>) {
        open::give_back(self);
    }
}
