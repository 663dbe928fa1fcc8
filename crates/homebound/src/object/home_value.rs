//! The home of an object that lives elsewhere: in Python's heap, in a toolkit's tree.

use std::any::Any;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::{Handle, NotNow, ObjectId, install_or_send};
use crate::event::{AnyJob, Body, Event};
use crate::event_loop::{LoopInner, LoopJob, LoopProxy, PostError};
use crate::home::{Installer, Resident, RovingHome};
use crate::slot::Receive;

/// The home of an object that lives outside of the loops' storage, as a value: which loop it belongs to, what is connected to it, what waits for it.
///
/// Slots are connected to it with [`Connecting::connect_home`](crate::Connecting::connect_home). Dropping it ends the home: what is connected or waits is dropped there.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, Home, Signal};
/// use std::sync::atomic::{AtomicI32, Ordering};
/// use std::sync::Arc;
///
/// let ui = EventLoop::new()?;
/// let widget = Arc::new(AtomicI32::new(0)); // lives in somebody else's heap
/// let home = Home::new(&ui.proxy());
///
/// let changed = Signal::<i32>::new();
/// let target = Arc::clone(&widget);
/// changed.with(homebound::Delivery::Auto).connect_home(&home, move |value| target.store(*value, Ordering::Relaxed))?;
/// changed.emit(7);
/// assert_eq!(widget.load(Ordering::Relaxed), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Home {
    handle: Handle<()>,
}

/// A home in the table of its loop. It is never busy: what arrives is called at once.
struct HomeObject(Arc<Resident>);

impl Receive for HomeObject {
    fn receive(&self, home: &LoopInner, body: Body) -> Result<(), Body> {
        match body {
            Body::Run(mut job) => {
                job.run_only(Some(&mut ()));
                home.recycle(job);
            }
            Body::Delete(_) => {
                self.0.set_gone();
                home.uninstall(self.0.id);
            }
            _ => {}
        }
        Ok(())
    }

    fn receive_job(&self, _home: &LoopInner, job: &mut dyn AnyJob) -> bool {
        job.run(Some(&mut ()));
        true
    }

    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        act(&mut ());
        Ok(())
    }

    fn wait(&self, _event: Event) {}

    fn resident(&self) -> u64 {
        self.0.id
    }

    fn roving_home(&self) -> Option<&RovingHome> {
        self.0.roving()
    }

    fn depart(&self) -> Option<Box<dyn Installer>> {
        Some(Box::new(Arrive(Some(Arc::clone(&self.0)))))
    }

    fn close(&self) -> usize {
        self.0.set_gone();
        0
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Brings a home to its (new) loop.
struct Arrive(Option<Arc<Resident>>);

impl Drop for Arrive {
    fn drop(&mut self) {
        if let Some(never_arrived) = &self.0 {
            never_arrived.set_gone();
        }
    }
}

impl Installer for Arrive {
    fn install(mut self: Box<Self>, home: &LoopInner) {
        if home.is_closed() {
            return;
        }
        let Some(resident) = self.0.take() else { return };
        let id = resident.id;
        home.install(id, Rc::new(HomeObject(resident)));
        home.note_movable(id);
    }

    fn target(&self) -> u64 {
        self.0.as_ref().map_or(0, |resident| resident.id)
    }

    fn call_off(mut self: Box<Self>) {
        self.0 = None;
    }
}

impl Home {
    /// Makes a home on the loop `at`. On that loop's own thread it is there at once, else with one of its next turns.
    pub fn new(at: &LoopProxy) -> Self {
        let resident = Resident::movable(Arc::clone(at.shared()));
        let arrive = Box::new(Arrive(Some(Arc::clone(&resident))));
        install_or_send(&resident, arrive);
        Self {
            handle: Handle::new(resident),
        }
    }

    pub(crate) fn handle(&self) -> &Handle<()> {
        &self.handle
    }

    /// The number of the object.
    pub fn id(&self) -> ObjectId {
        self.handle.id()
    }

    /// The loop it belongs to at this moment.
    pub fn proxy(&self) -> LoopProxy {
        self.handle.proxy()
    }

    /// Whether this thread's loop is its home.
    pub fn is_here(&self) -> bool {
        self.handle.resident.at_home().is_some()
    }

    /// Moves the home to the loop `to`, with all that is connected and all that waits; see [`MovableOwner::move_to`](crate::MovableOwner::move_to).
    pub fn move_to(&self, to: &LoopProxy) {
        let body = Body::Move(Arc::clone(to.shared()));
        // Refused only by a closed loop, and with it the home is gone.
        let _ = self.handle.resident.send(Event {
            target: self.handle.resident.id,
            body,
        });
    }

    /// Runs `job` at the home, after all that this thread sent there before.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed.
    pub fn post<F: FnOnce() + Send + 'static>(&self, job: F) -> Result<(), PostError<F>> {
        self.post_with_priority(0, job)
    }

    /// As [`post`](Self::post), but before everything of a lower priority.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed.
    pub fn post_with_priority<F: FnOnce() + Send + 'static>(&self, priority: i32, job: F) -> Result<(), PostError<F>> {
        let resident = &self.handle.resident;
        if !resident.is_alive() {
            return Err(PostError::new(job));
        }
        let target = resident.id;
        resident
            .send_with(priority, LoopJob(job), |job, queue| {
                queue.push_job(priority, target, job)
            })
            .map_err(|LoopJob(job)| PostError::new(job))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.handle.delete();
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home").field("id", &self.id()).finish_non_exhaustive()
    }
}
