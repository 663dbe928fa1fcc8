//! A task that stands by itself.

use std::sync::{Arc, Weak};

use super::{Core, Joinable};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::pool::crew::Crew;
use crate::pool::entry::{Runnable, Running};
use crate::pool::row::Mixed;
use crate::pool::task::{Deliver, Options};

/// One task, with whatever was asked for.
pub(in crate::pool) struct Cell<T, F, D: Deliver<T>> {
    core: Core<T, F, D>,
    crew: Weak<Crew>,
}

impl<T, F, D> Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    pub(in crate::pool) fn new(crew: &Arc<Crew>, work: F, deliver: D, options: Option<Box<Options>>) -> Self {
        Self {
            core: Core::new(crew, work, deliver, options),
            crew: Arc::downgrade(crew),
        }
    }

    /// Lets what cancels the token end the task even while it waits in the queue.
    pub(in crate::pool) fn watch(self: &Arc<Self>, crew: &Arc<Crew>, priority: i32) {
        let Some(extras) = &self.core.extras else { return };
        if !extras.has_parent && extras.deadline.is_none() {
            return;
        }
        let (weak, crew) = (Arc::downgrade(self), Arc::downgrade(crew));
        let token = self.core.cx.token();
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
            token.cancel_at(self.core.cx.clock(), at);
        }
    }

    /// Takes the work back for the one who sent it off, if it is still there.
    pub(in crate::pool) fn take_work(&self) -> Option<F> {
        self.core.take_work()
    }
}

impl<T, F, D> Runnable for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run(&self) -> bool {
        self.core.run()
    }

    fn end_waiting(&self, outcome: Outcome<()>) -> bool {
        self.core.end_waiting(outcome)
    }

    fn stop(&self, reason: CancelReason) -> bool {
        self.core.stop(reason)
    }

    fn is_husk(&self) -> bool {
        self.core.slot.is_claimed()
    }

    fn name(&self) -> Option<&str> {
        self.core.cx.name()
    }
}

impl<T, F, D> Joinable<D::Kept> for Cell<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run_for_handle(&self, _at: usize, begun: &dyn Fn()) -> Option<Outcome<D::Kept>> {
        self.core.run_for_handle(begun)
    }

    fn take_outcome(&self, _at: usize) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        self.core.take_outcome()
    }

    fn is_finished(&self, _at: usize) -> bool {
        self.core.slot.is_finished()
    }

    fn unlisten(&self, _at: usize) {
        self.core.unlisten();
    }

    fn take_back(&self, _at: usize) -> bool {
        self.core.end_waiting(Outcome::Cancelled(CancelReason::Requested))
    }

    fn stop_for(&self, _at: usize, reason: CancelReason) -> bool {
        self.core.stop(reason)
    }

    fn leave_queue(&self, _at: usize, priority: i32) {
        if let Some(crew) = self.crew.upgrade() {
            crew.forget(priority, |row: &mut Mixed| row.take_newest_if(self));
        }
    }

    fn running(self: Arc<Self>, _at: usize) -> Running {
        Running::Task(self)
    }
}
