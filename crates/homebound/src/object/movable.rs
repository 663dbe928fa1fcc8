//! Objects that can move to another loop.
//!
//! The value stays where it is in memory, behind a lock that only its home thread takes: what moves is the home. So a move costs the hand-over of what
//! waits for the object, not of the object; and a call costs an uncontended lock more than with a pinned object.
//!
//! # Invariants
//! 1. `value` is locked only by the home thread. `try_lock` fails only if the object is running.
//! 2. `flags` and `waiting` are used by the home thread only; the change of home (under the queues' locks) hands them on.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::{
    ADMITTED, DOOMED, Handle, NotNow, ObjectCell, QUEUED, Receiver, WAITING, drop_object, forgo, install_or_send,
    sealed,
};
use crate::event::{AnyJob, Body, Event};
use crate::event_loop::{LoopInner, LoopProxy, with_current};
use crate::home::{Installer, LoopShared, Resident, RovingHome};
use crate::slot::{Receive, SharedObject};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU8, Ordering};

/// The value of an object that can move.
pub(super) struct MovableCell<T> {
    resident: Arc<Resident>,
    value: Mutex<Option<T>>,
    waiting: Mutex<VecDeque<Event>>,
    flags: AtomicU8,
}

/// An object that can move, in the table of its home.
pub(super) struct MovableObject<T>(Arc<MovableCell<T>>);

impl<T> Drop for MovableCell<T> {
    fn drop(&mut self) {
        // It may never have arrived anywhere.
        self.resident.set_gone();
    }
}

struct Settle<'a, T: Send + 'static>(&'a MovableCell<T>);

impl<T: Send> Drop for Settle<'_, T> {
    fn drop(&mut self) {
        // Relaxed: only the home thread uses it.
        if self.0.flags.load(Ordering::Relaxed) != 0 {
            self.0.settle();
        }
    }
}

impl<T: Send + 'static> MovableCell<T> {
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Result<R, NotNow> {
        let settle = Settle(self);
        let flags = self.flags.load(Ordering::Relaxed);
        let Some(mut value) = (flags & (QUEUED | ADMITTED) != QUEUED)
            .then(|| self.value.try_lock())
            .flatten()
        else {
            std::mem::forget(settle);
            return Err(NotNow::Busy);
        };
        if flags != 0 {
            self.flags.store(flags & !ADMITTED, Ordering::Relaxed);
        }
        match value.as_mut() {
            Some(value) => Ok(act(value)),
            None => Err(NotNow::Gone),
        }
    }

    #[cold]
    fn settle(&self) {
        let flags = self.flags.load(Ordering::Relaxed);
        if flags & DOOMED != 0 {
            self.end();
        } else if flags & WAITING != 0 {
            self.flags.store(flags & !WAITING, Ordering::Relaxed);
            with_current(|home| home.make_ready(self.resident.id));
        }
    }

    fn end(&self) {
        self.resident.set_gone();
        let Some(mut value) = self.value.try_lock() else {
            self.flags.fetch_or(DOOMED, Ordering::Relaxed);
            return;
        };
        let gone = value.take();
        drop(value);
        self.flags.store(0, Ordering::Relaxed);
        let waiting = std::mem::take(&mut *self.waiting.lock());
        with_current(|home| home.uninstall(self.resident.id));
        forgo(self.resident.id, waiting);
        drop_object(gone);
    }
}

impl<T: Send + 'static> SharedObject for MovableCell<T> {
    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        self.with(|value| act(value))
    }

    fn is_busy(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & (QUEUED | ADMITTED) == QUEUED || self.value.try_lock().is_none()
    }

    fn wait(&self, event: Event) {
        self.waiting.lock().push_back(event);
        self.flags.fetch_or(WAITING | QUEUED, Ordering::Relaxed);
    }

    fn number(&self) -> u64 {
        self.resident.id
    }
}

impl<T: Send + 'static> Receive for MovableObject<T> {
    fn receive(&self, home: &LoopInner, body: Body) -> Result<(), Body> {
        match body {
            Body::Run(mut job) => match self.0.with(|value| job.run_only(Some(value))) {
                Ok(()) => home.recycle(job),
                Err(NotNow::Busy) => return Err(Body::Run(job)),
                Err(NotNow::Gone) => home.count_undelivered(),
            },
            // After all that was sent before, what waits among it.
            Body::Delete(level) if self.0.is_busy() => return Err(Body::Delete(level)),
            Body::Delete(_) => self.0.end(),
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn receive_job(&self, home: &LoopInner, job: &mut dyn AnyJob) -> bool {
        match self.0.with(|value| job.run(Some(value))) {
            Ok(()) => true,
            Err(NotNow::Busy) => false,
            Err(NotNow::Gone) => {
                home.count_undelivered();
                true
            }
        }
    }

    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        self.0.with(|value| act(value))
    }

    fn is_busy(&self) -> bool {
        self.0.is_busy()
    }

    fn is_running(&self) -> bool {
        self.0.value.try_lock().is_none()
    }

    fn shared_object(&self) -> Option<Arc<dyn SharedObject>> {
        Some(Arc::clone(&self.0) as Arc<dyn SharedObject>)
    }

    fn roving_home(&self) -> Option<&RovingHome> {
        self.0.resident.roving()
    }

    fn wait(&self, event: Event) {
        self.0.wait(event);
    }

    fn next_waiting(&self) -> Option<Event> {
        let mut waiting = self.0.waiting.lock();
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.0.flags.fetch_and(!QUEUED, Ordering::Relaxed);
        }
        next
    }

    fn admit(&self, admitted: bool) {
        if admitted {
            self.0.flags.fetch_or(ADMITTED, Ordering::Relaxed);
        } else {
            self.0.flags.fetch_and(!ADMITTED, Ordering::Relaxed);
        }
    }

    fn take_waiting(&self) -> VecDeque<Event> {
        self.0.flags.fetch_and(!(WAITING | QUEUED), Ordering::Relaxed);
        std::mem::take(&mut *self.0.waiting.lock())
    }

    fn mark_waiting(&self) {
        self.0.flags.fetch_or(WAITING, Ordering::Relaxed);
    }

    fn resident(&self) -> u64 {
        self.0.resident.id
    }

    fn depart(&self) -> Option<Box<dyn Installer>> {
        Some(Box::new(Arrive(Arc::clone(&self.0))))
    }

    fn close(&self) -> usize {
        self.0.end();
        0
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Brings an object that can move to its (new) home.
struct Arrive<T>(Arc<MovableCell<T>>);

impl<T: Send + 'static> Installer for Arrive<T> {
    fn install(self: Box<Self>, home: &LoopInner) {
        let id = self.0.resident.id;
        home.install(id, Rc::new(MovableObject(self.0)));
        home.note_movable(id);
    }

    fn target(&self) -> u64 {
        self.0.resident.id
    }
}

/// Owns an object that can move from loop to loop: `Send`; wherever it is dropped, the object is dropped at its home.
///
/// Made by [`LoopProxy::insert_movable`](crate::LoopProxy::insert_movable).
pub struct MovableOwner<T: Send + 'static> {
    handle: Handle<T>,
    owns: bool,
}

impl<T: Send + 'static> MovableOwner<T> {
    pub(crate) fn new(home: &Arc<LoopShared>, value: T) -> Self {
        let resident = Resident::movable(Arc::clone(home));
        let cell = Arc::new(MovableCell {
            resident: Arc::clone(&resident),
            value: Mutex::new(Some(value)),
            waiting: Mutex::default(),
            flags: AtomicU8::new(0),
        });
        install_or_send(&resident, Box::new(Arrive(cell)));
        Self {
            handle: Handle::new(resident),
            owns: true,
        }
    }

    /// The address of the object.
    pub fn handle(&self) -> Handle<T> {
        self.handle.clone()
    }

    /// Moves the object to the loop `to`, with its slots and with all that was sent to it and has not arrived: each sender's order is kept, and nothing is
    /// lost or doubled. Qt's `moveToThread`, from any thread.
    ///
    /// The move is itself an event of the object: it happens at the object's present home, after what was sent before. If the object is running
    /// then, it happens when that ends. If `to` is closed by then, the object stays, and
    /// [`on_unhandled`](crate::on_unhandled) hears of it.
    pub fn move_to(&self, to: &LoopProxy) {
        let body = Body::Move(Arc::clone(to.shared()));
        // Refused only by a closed home, and with it the object is gone.
        let _ = self.handle.resident.send(Event {
            target: self.handle.resident.id,
            body,
        });
    }

    /// Leaves the object to its loop: it lives until [`Handle::delete`] or the loop's end.
    pub fn leave(mut self) -> Handle<T> {
        self.owns = false;
        self.handle.clone()
    }
}

impl<T: Send + 'static> Drop for MovableOwner<T> {
    fn drop(&mut self) {
        if self.owns {
            self.handle.delete();
        }
    }
}

impl<T: Send + 'static> sealed::Local<T> for MovableOwner<T> {
    fn local(&self) -> Option<Rc<ObjectCell<T>>> {
        None
    }
}

impl<T: Send + 'static> Receiver<T> for MovableOwner<T> {
    fn handle(&self) -> Handle<T> {
        self.handle.clone()
    }
}

impl<T: Send + 'static> fmt::Debug for MovableOwner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MovableOwner").field("handle", &self.handle).finish()
    }
}
