//! A lane of a pool: at most so many of these at once, so many more may wait, and then a rule.
//!
//! `entrance` is a task's way in; `admission` says who waits, who is in the pool, and who comes next.

mod admission;
mod entrance;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use super::crew::Crew;
use super::task::{CrewRef, Task};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::outcome::Failure;
use admission::Core;

pub(super) use entrance::{Admitted, Entrance};

/// What a [`Lane`] does with work for which it has neither a place nor room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The new work is rejected.
    #[default]
    Reject,
    /// The work that has waited longest is rejected, and the new work waits.
    ReplaceOldest,
}

/// Runs at most so many tasks of a pool at once.
///
/// Dropping the lane cancels what waits in it and asks what runs to stop.
///
/// # Examples
///
/// ```
/// use homebound::{Outcome, ThreadPool};
///
/// let pool = ThreadPool::builder().build();
/// let downloads = pool.lane(2).queue(100).build();
/// let job = downloads.task(|_| Ok("a file")).spawn()?;
/// assert!(job.wait().is_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lane<K: Hash + Eq + Clone + Send + 'static = ()> {
    core: Arc<Core<K>>,
}

/// Sets a [`Lane`] up.
#[derive(Debug)]
#[must_use = "`build` makes the lane"]
pub struct LaneBuilder<'p> {
    crew: &'p Arc<Crew>,
    at_once: usize,
    room: usize,
    when_full: WhenFull,
}

impl<'p> LaneBuilder<'p> {
    pub(super) fn new(crew: &'p Arc<Crew>, at_once: usize) -> Self {
        Self {
            crew,
            at_once,
            room: usize::MAX,
            when_full: WhenFull::Reject,
        }
    }

    /// Sets how many may wait; as many as there are if not set.
    pub fn queue(mut self, room: usize) -> Self {
        self.room = room;
        self
    }

    /// Sets what happens when that many wait.
    pub fn when_full(mut self, rule: WhenFull) -> Self {
        self.when_full = rule;
        self
    }

    /// Makes the lane.
    pub fn build(self) -> Lane {
        self.build_keyed()
    }

    /// Makes a lane for work with keys: of a key only the newest counts. See [`Lane::task_for`].
    ///
    /// Keys are plain data: they are hashed, compared, cloned and dropped under the lane's lock.
    pub fn build_keyed<K: Hash + Eq + Clone + Send + 'static>(self) -> Lane<K> {
        Lane { core: Core::new(&self) }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Lane<K> {
    /// Describes a task of this lane. It is admitted when it is spawned.
    ///
    /// A thread that waits for it never runs it, since that would be one more at once.
    pub fn task<T, F>(&self, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        self.enter(None, work)
    }

    /// Describes a task that takes the place of whatever this lane has for `key`.
    ///
    /// The one before it is cancelled with [`CancelReason::Superseded`]: at once if it waits; if it runs, its result never arrives.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{CancelReason, Outcome, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().build();
    /// let searches = pool.lane(1).build_keyed::<&str>();
    /// let first = searches.task_for("box", |cx| { cx.token().wait(); Ok("old") }).spawn()?;
    /// let second = searches.task_for("box", |_| Ok("new")).spawn()?;
    /// assert!(matches!(first.wait(), Outcome::Cancelled(CancelReason::Superseded)));
    /// assert!(matches!(second.wait(), Outcome::Done("new")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn task_for<T, F>(&self, key: K, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        self.enter(Some(key), work)
    }

    fn enter<T, F>(&self, key: Option<K>, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        Task::new(CrewRef::Pool(&self.core.crew), work).through(Entrance::of(&self.core, key))
    }

    /// Returns how many are in the pool now: running, or about to.
    pub fn running(&self) -> usize {
        self.core.running()
    }

    /// Returns how many wait.
    pub fn queued(&self) -> usize {
        self.core.waiting()
    }

    /// Cancels everything in the lane, for `reason`.
    pub fn cancel_all(&self, reason: CancelReason) {
        self.core.end_all(reason, false);
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Drop for Lane<K> {
    fn drop(&mut self) {
        self.core.end_all(CancelReason::OwnerGone, true);
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> fmt::Debug for Lane<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("running", &self.running())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
