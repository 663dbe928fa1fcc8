//! A task that stands by itself.
//!
//! # Locks
//! The work's, alone and shortly.

use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use super::{Extras, Joinable, Life, OutcomeSlot, Place};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::pool::crew::Crew;
use crate::pool::entry::{Runnable, Running};
use crate::pool::row::Mixed;
use crate::pool::task::{Deliver, Options};
use crate::sync::Mutex;

/// One task, with whatever was asked for.
pub(in crate::pool) struct Cell<T, F, D: Deliver<T>> {
    /// Until somebody takes it.
    work: Mutex<Option<(F, D)>>,
    slot: OutcomeSlot<Outcome<D::Kept>>,
    cx: JobContext,
    extras: Option<Box<Extras>>,
    crew: Weak<Crew>,
    of: PhantomData<fn() -> T>,
}

impl<T, F, D> Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    pub(in crate::pool) fn new(crew: &Arc<Crew>, work: F, deliver: D, options: Option<Box<Options>>) -> Self {
        let clock = crew.settings.clock.clone();
        let (cx, extras) = match options {
            None => (JobContext::new(clock), None),
            Some(options) => {
                let (cx, extras) = Extras::from_options(clock, *options);
                (cx, Some(Box::new(extras)))
            }
        };
        Self {
            work: Mutex::new(Some((work, deliver))),
            slot: OutcomeSlot::new(),
            cx,
            extras,
            crew: Arc::downgrade(crew),
            of: PhantomData,
        }
    }

    fn life(&self) -> Life<'_> {
        Life {
            cx: &self.cx,
            extras: self.extras.as_deref(),
        }
    }

    /// Takes the work out, if nobody has; whoever has it owes the outcome.
    fn claim(&self) -> Option<(F, D)> {
        self.work.lock().take()
    }

    /// Lets what cancels the token end the task even while it waits in the queue.
    pub(in crate::pool) fn watch(self: &Arc<Self>, crew: &Arc<Crew>, priority: i32) {
        let Some(extras) = &self.extras else { return };
        if !extras.has_parent && extras.deadline.is_none() {
            return;
        }
        let (weak, crew) = (Arc::downgrade(self), Arc::downgrade(crew));
        let token = self.cx.token();
        let guard = token.on_cancel({
            let reason_of = token.downgrade();
            move || {
                let (Some(cell), Some(reason)) = (weak.upgrade(), reason_of.reason()) else {
                    return;
                };
                if cell.end_waiting(Outcome::cancelled(reason))
                    && let Some(crew) = crew.upgrade()
                {
                    crew.forget(priority, |row: &mut Mixed| row.take_newest_if(&*cell));
                }
            }
        });
        guard.detach();
        if let Some(at) = extras.deadline {
            token.cancel_at(self.cx.clock(), at);
        }
    }

    /// Takes the work back for the one who sent it off, if it is still there.
    pub(in crate::pool) fn take_work(&self) -> Option<F> {
        let (work, _) = self.claim()?;
        self.slot.keep();
        Some(work)
    }

    /// Its work has gone elsewhere: takes it out of the pool's queue.
    fn leave_queue(&self, place: Place) {
        if let Some(crew) = self.crew.upgrade() {
            crew.forget(place.priority, |row: &mut Mixed| row.take_newest_if(self));
        }
    }
}

impl<T, F, D> Runnable for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run(&self) -> bool {
        let Some((work, deliver)) = self.claim() else {
            return false;
        };
        let life = self.life();
        let outcome = life.work(work);
        life.finish(&self.slot, deliver, outcome);
        true
    }

    fn end_waiting(&self, outcome: Outcome<()>) -> bool {
        let Some(work) = self.claim() else { return false };
        self.life().end(&self.slot, work, outcome);
        true
    }

    fn stop(&self, reason: CancelReason) -> bool {
        if self.end_waiting(Outcome::cancelled(reason)) {
            return true;
        }
        if !self.slot.is_finished() {
            self.cx.stop(reason);
        }
        false
    }

    fn is_husk(&self) -> bool {
        self.work.lock().is_none()
    }

    fn name(&self) -> Option<&str> {
        self.cx.name()
    }
}

impl<T, F, D> Joinable<D::Kept> for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run_for_handle(&self, place: Place) -> Option<Outcome<D::Kept>> {
        let (work, deliver) = self.claim()?;
        // Out of the queue before it runs, or the workers would come for nothing.
        self.leave_queue(place);
        let life = self.life();
        let outcome = life.work(work);
        // Straight to the one who asks: nobody else ever will.
        let mut kept = life.hand_on(deliver, outcome);
        self.slot.keep();
        life.supersede(&mut kept);
        Some(kept)
    }

    fn take_outcome(&self, _place: Place) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        let mut outcome = self.slot.take()?;
        self.life().supersede(&mut outcome);
        Ok(outcome)
    }

    fn is_finished(&self, _place: Place) -> bool {
        self.slot.is_finished()
    }

    fn unlisten(&self, _place: Place) {
        if let Some(outcome) = self.slot.unlisten() {
            self.life().let_go::<T, D>(outcome);
        }
    }

    fn take_back(&self, place: Place) -> bool {
        let was_waiting = self.end_waiting(Outcome::Cancelled(CancelReason::Requested));
        if was_waiting {
            self.leave_queue(place);
        }
        was_waiting
    }

    fn stop_for(&self, place: Place, reason: CancelReason) {
        if self.stop(reason) {
            self.leave_queue(place);
        }
    }

    fn running(self: Arc<Self>, _place: Place) -> Running {
        Running::Task(self)
    }

    fn give_back(self: Arc<Self>) {}
}
