//! The address of a loop for other threads.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::LoopHandle;
use super::inner::{current, with_current};
use crate::clock::Clock;
use crate::event::{Body, Event, Job};
use crate::event_queue::{LocalQueue, Unused};
use crate::home::{LoopShared, here, lay};
use crate::object::{MovableOwner, RemoteOwner};

/// The address of a loop: posts to it from any thread. Cheap to clone; it does not keep the loop open.
#[derive(Clone)]
pub struct LoopProxy {
    shared: Arc<LoopShared>,
}

/// A post was refused because the object or the loop is gone. It carries the closure back.
pub struct PostError<F>(Box<F>);

impl<F> PostError<F> {
    pub(crate) fn new(closure: F) -> Self {
        Self(Box::new(closure))
    }

    /// The closure that was not posted.
    pub fn into_inner(self) -> F {
        *self.0
    }
}

impl<F> fmt::Debug for PostError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostError(..)")
    }
}

impl<F> fmt::Display for PostError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object or its loop is gone; the closure comes back with this error")
    }
}

impl<F> std::error::Error for PostError<F> {}

/// Posts to a loop from wherever this is: at its home without a lock.
pub(crate) fn send_with<V>(
    to: &LoopShared,
    priority: i32,
    value: V,
    put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
) -> Result<(), V> {
    if to.thread() == here()
        && let Some(home) = current().filter(|home| home.shared.id == to.id)
    {
        return home.post_home_with(value, put);
    }
    to.post_with(priority, value, put)
}

/// A closure for the loop itself.
pub(crate) struct LoopJob<F>(pub(crate) F);

impl<F: FnOnce() + Send + 'static> Job for LoopJob<F> {
    #[inline]
    fn run(self, _object: Option<&mut dyn Any>) {
        (self.0)();
    }
}

impl LoopProxy {
    pub(crate) fn new(shared: Arc<LoopShared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<LoopShared> {
        &self.shared
    }

    /// The loop's name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The loop's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Whether this is the loop of the calling thread.
    pub fn is_current(&self) -> bool {
        self.shared.thread() == here() && with_current(|home| home.shared.id == self.shared.id).unwrap_or(false)
    }

    /// Whether the loop is closed: then every post fails.
    pub fn is_closed(&self) -> bool {
        self.shared.queue.is_closed()
    }

    /// Runs `job` on the loop's thread, after all that was posted before.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed.
    pub fn post<F: FnOnce() + Send + 'static>(&self, job: F) -> Result<(), PostError<F>> {
        self.post_with_priority(0, job)
    }

    /// As [`post`](Self::post), but before everything of a lower priority. Ordinary events have the priority 0.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed.
    pub fn post_with_priority<F: FnOnce() + Send + 'static>(&self, priority: i32, job: F) -> Result<(), PostError<F>> {
        send_with(&self.shared, priority, LoopJob(job), |job, queue| {
            queue.push_job(priority, 0, job)
        })
        .map_err(|LoopJob(job)| PostError::new(job))
    }

    /// Asks all runs of the loop to return, after all that was posted before. Sticky, as [`LoopHandle::quit`]; a closed loop is not asked.
    pub fn quit(&self) {
        let _ = self.send(Event {
            target: 0,
            body: Body::Quit,
        });
    }

    /// Asks all runs of the loop to return at the end of the event that they deliver just now. What waits stays for the loop's next run, or its end.
    pub fn quit_now(&self) {
        self.shared.quit();
    }

    fn send(&self, event: Event) -> Result<(), Event> {
        send_with(&self.shared, 0, event, lay)
    }

    /// Builds an object on the loop's thread. It need not be `Send`; what builds it has to be.
    ///
    /// Called from another thread, `make` runs after all that was posted before; posts to the handle wait for it, and if it panics the object is gone. Called on the
    /// loop's own thread, it runs at once.
    pub fn insert_with<T: 'static>(&self, make: impl FnOnce(&LoopHandle) -> T + Send + 'static) -> RemoteOwner<T> {
        RemoteOwner::build(&self.shared, make)
    }

    /// Puts an object on the loop that can later move to another.
    pub fn insert_movable<T: Send + 'static>(&self, value: T) -> MovableOwner<T> {
        MovableOwner::new(&self.shared, value)
    }
}

impl PartialEq for LoopProxy {
    fn eq(&self, other: &Self) -> bool {
        self.shared.id == other.shared.id
    }
}

impl Eq for LoopProxy {}

impl fmt::Debug for LoopProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopProxy")
            .field("name", &self.shared.name)
            .finish_non_exhaustive()
    }
}
