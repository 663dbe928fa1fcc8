//! Tasks of one type that one thread sends off one after the other, in one piece of memory: no allocation for each, and no count of references that
//! two processors change for each.
//!
//! Who uses it: the thread that opened the series puts tasks in; workers and handles reach each by its number.
//!
//! # Invariants
//! 1. Only the thread that opened it puts in, at the next free place, and before anybody knows the number; a place is used once.
//! 2. Its memory is there as long as its thread goes on with it, or one of its tasks or handles is left. Work and outcomes are dropped
//!    when they are done with, as everywhere.

mod open;

use std::sync::Arc;

use super::{Core, Joinable, Slot};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::latch::Latch;
use crate::outcome::{Failure, Outcome};
use crate::pool::crew::Crew;
use crate::pool::entry::{Many, Running};
use crate::pool::row::Tasks;
use crate::pool::task::Deliver;

/// How many tasks a series has room for.
const ROOM: usize = 32;

pub(in crate::pool) struct Series<T, F, D: Deliver<T>> {
    cores: [Core<T, F, D>; ROOM],
    /// Kept alive by what a thread may go on with: no count of references for each task that is taken back.
    crew: Arc<Crew>,
}

impl<T, F, D> Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn new(crew: &Arc<Crew>) -> Self {
        Self {
            cores: std::array::from_fn(|_| Core::empty(crew)),
            crew: Arc::clone(crew),
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
        for core in &mut series.cores {
            core.slot = Slot::empty();
            if core.cx.has_token() {
                *core = Core::empty(crew);
            }
        }
        true
    }

    /// A place for a task of this type, if the calling thread has just sent off others.
    pub(in crate::pool) fn place(crew: &Arc<Crew>) -> Option<(Arc<Self>, usize)> {
        open::place(crew)
    }

    /// Whether the next task may stand at `at`. A task that has made more than an outcome is not kept for others' sake.
    fn has_room(&self, at: usize, crew: &Arc<Crew>) -> bool {
        let is_used = |core: &Core<T, F, D>| core.cx.has_token();
        at < ROOM
            && Arc::ptr_eq(&self.crew, crew)
            && !at
                .checked_sub(1)
                .and_then(|before| self.core(before))
                .is_some_and(is_used)
    }

    /// Puts a task in at its place.
    #[inline]
    pub(in crate::pool) fn put(&self, at: usize, work: F, deliver: D) {
        if let Some(core) = self.cores.get(at) {
            core.slot.fill((work, deliver));
        }
    }

    pub(in crate::pool) fn take_work(&self, at: usize) -> Option<F> {
        self.core(at)?.take_work()
    }

    fn core(&self, at: usize) -> Option<&Core<T, F, D>> {
        self.cores.get(at)
    }
}

impl<T, F, D> Many for Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run(&self, at: usize) -> bool {
        let Some(core) = self.core(at) else { return false };
        let was_there = core.run();
        core.cx.end();
        was_there
    }

    fn end_waiting(&self, at: usize, outcome: Outcome<()>) -> bool {
        self.core(at).is_some_and(|core| core.end_waiting(outcome))
    }

    fn stop(&self, at: usize, reason: CancelReason) {
        if let Some(core) = self.core(at) {
            core.stop(reason);
        }
    }

    fn is_husk(&self, at: usize) -> bool {
        self.core(at).is_none_or(|core| core.slot.is_claimed())
    }
}

impl<T, F, D> Joinable<D::Kept> for Series<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn run_for_handle(&self, at: usize, begun: &dyn Fn()) -> Option<Outcome<D::Kept>> {
        let core = self.core(at)?;
        let outcome = core.run_for_handle(begun);
        core.cx.end();
        outcome
    }

    fn take_outcome(&self, at: usize) -> Result<Outcome<D::Kept>, Arc<Latch>> {
        match self.core(at) {
            Some(core) => core.take_outcome(),
            None => Ok(Outcome::Cancelled(CancelReason::Dropped)),
        }
    }

    fn is_finished(&self, at: usize) -> bool {
        self.core(at).is_none_or(|core| core.slot.is_finished())
    }

    fn unlisten(&self, at: usize) {
        if let Some(core) = self.core(at) {
            core.unlisten();
        }
    }

    fn take_back(&self, at: usize) -> bool {
        Many::end_waiting(self, at, Outcome::Cancelled(CancelReason::Requested))
    }

    fn stop_for(&self, at: usize, reason: CancelReason) -> bool {
        self.core(at).is_some_and(|core| core.stop(reason))
    }

    fn leave_queue(&self, at: usize, priority: i32) {
        self.crew
            .forget(priority, |row: &mut Tasks<Self>| row.take_newest_if(self, at));
    }

    fn running(self: Arc<Self>, at: usize) -> Running {
        Running::OneOf(self, at)
    }
}
