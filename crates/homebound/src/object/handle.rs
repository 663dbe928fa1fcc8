//! The address of an object, and how things get there.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use super::ObjectCell;
use crate::cancel::CancellationToken;
use crate::event::{Body, Event, Job};
use crate::event_loop::{LoopInner, LoopProxy, PostError, current};
use crate::event_queue::{LocalQueue, Unused};
use crate::home::{Installer, Resident};
use crate::reply::{Reply, reply};
use crate::waits::Awaited;

/// The number of an object: never given to another one in the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) u64);

/// The address of an object: `Send`, `Sync`, cheap to clone, and weak. It does not keep the object alive and does not give access to it; it
/// sends closures to the object's home.
///
/// # Examples
///
/// ```
/// let home = homebound::EventLoop::new()?;
/// let list = home.insert(Vec::new());
/// let handle = list.handle();
///
/// std::thread::spawn(move || handle.post(|list| list.push("from afar"))).join().unwrap().unwrap();
/// home.drain();
/// assert_eq!(*list.borrow(), ["from afar"]);
/// # Ok::<(), homebound::LoopExistsError>(())
/// ```
pub struct Handle<T: 'static> {
    pub(crate) resident: Arc<Resident>,
    _object: PhantomData<fn(&mut T)>,
}

/// A closure for an object.
struct ObjectJob<T, F>(F, PhantomData<fn(&mut T)>);

impl<T: 'static, F: FnOnce(&mut T) + Send + 'static> Job for ObjectJob<T, F> {
    #[inline]
    fn run(self, object: Option<&mut dyn Any>) {
        if let Some(object) = object.and_then(<dyn Any>::downcast_mut) {
            (self.0)(object);
        }
    }
}

impl<T: 'static> Handle<T> {
    pub(crate) fn new(resident: Arc<Resident>) -> Self {
        Self {
            resident,
            _object: PhantomData,
        }
    }

    /// The object's number.
    pub fn id(&self) -> ObjectId {
        ObjectId(self.resident.id)
    }

    /// Whether the object is there. It may be gone a moment later.
    pub fn is_alive(&self) -> bool {
        self.resident.is_alive()
    }

    /// A token below which to put what ends with the object: cancelled, with the reason `OwnerGone`, when the object ends.
    pub fn lifetime(&self) -> CancellationToken {
        self.resident.lifetime().child()
    }

    /// The address of the object's home at this moment.
    pub fn proxy(&self) -> LoopProxy {
        LoopProxy::new(self.resident.home())
    }

    /// Runs `job` with the object, at its home, after all that this thread sent to that loop before.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the object or its loop is gone. If the object ends between the post and its arrival, the closure is dropped at
    /// the object's home, and counted in [`LoopHandle::undelivered`](crate::LoopHandle::undelivered).
    pub fn post<F: FnOnce(&mut T) + Send + 'static>(&self, job: F) -> Result<(), PostError<F>> {
        self.post_with_priority(0, job)
    }

    /// As [`post`](Self::post), but before everything of a lower priority on that loop. Ordinary events have the priority 0.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the object or its loop is gone.
    pub fn post_with_priority<F: FnOnce(&mut T) + Send + 'static>(
        &self,
        priority: i32,
        job: F,
    ) -> Result<(), PostError<F>> {
        if !self.is_alive() {
            return Err(PostError::new(job));
        }
        let target = self.resident.id;
        self.resident
            .send_with(priority, ObjectJob(job, PhantomData), |job, queue| {
                queue.push_job(priority, target, job)
            })
            .map_err(|ObjectJob(job, _)| PostError::new(job))
    }

    /// Runs `question` with the object, at its home, and brings back what it returns: to await, or to wait for.
    ///
    /// If the object or its loop is gone, or the closure panics, the reply says so. A wait for an object of this thread, or of one that waits for this thread in turn, is refused,
    /// also when the object comes there by a move while somebody waits. What was asked runs nevertheless: await such an answer.
    ///
    /// # Examples
    ///
    /// ```
    /// let home = homebound::EventLoop::new()?;
    /// let name = home.insert(String::from("window"));
    /// let length = name.handle().ask(|name| name.len());
    /// assert_eq!(home.run_until(length), Some(Ok(6)));
    /// # Ok::<(), homebound::LoopExistsError>(())
    /// ```
    pub fn ask<R: Send + 'static>(&self, question: impl FnOnce(&mut T) -> R + Send + 'static) -> Reply<R> {
        let (replier, reply) = reply(Awaited::Object(Arc::clone(&self.resident)));
        // A refused closure drops the replier, and with it the reply is lost: that is what the caller will hear.
        let _ = self.post(move |object| replier.answer(question(object)));
        reply
    }

    /// Ends the object, at its home, after all that was sent to it before. Qt's `deleteLater`.
    ///
    /// Asked for in a slot of its home, it comes when the turn that runs the slot goes on, not in a nested run of the loop inside the slot.
    pub fn delete(&self) {
        let level = self.resident.at_home().map_or(0, |home| home.level());
        // A closed loop has ended its objects.
        let _ = self.resident.send(Event {
            target: self.resident.id,
            body: Body::Delete(level),
        });
    }
}

impl Resident {
    /// Posts from wherever this is: at home without a lock.
    pub(crate) fn send(&self, event: Event) -> Result<(), Event> {
        match self.at_home() {
            Some(home) => home.post_home(event),
            None => self.post(event),
        }
    }

    pub(crate) fn send_with<V>(
        &self,
        priority: i32,
        value: V,
        put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
    ) -> Result<(), V> {
        match self.at_home() {
            Some(home) => home.post_home_with(value, put),
            None => self.post_with(priority, value, put),
        }
    }

    /// The loop of this thread, if it is the object's home. Then it stays so until this thread moves the object.
    #[inline]
    pub(crate) fn at_home(&self) -> Option<Rc<LoopInner>> {
        if !self.may_be_here() {
            return None;
        }
        current().filter(|home| self.is_home(home.shared.id))
    }
}

/// Brings an object to its home: at once if this is its thread, else as an event before all others for it. A closed loop is the object's end.
pub(crate) fn install_or_send(resident: &Resident, installer: Box<dyn Installer>) {
    if let Some(home) = resident.at_home() {
        installer.install(&home);
    } else {
        let refused = resident.post(Event {
            target: resident.id,
            body: Body::Install(installer),
        });
        if refused.is_err() {
            resident.set_gone();
        }
    }
}

impl<T: 'static> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.resident))
    }
}

impl<T: 'static> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.resident.id == other.resident.id
    }
}

impl<T: 'static> Eq for Handle<T> {}

impl<T: 'static> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.resident.id)
            .field("alive", &self.is_alive())
            .finish()
    }
}

/// Whatever has the address of an object: its owners and its handle.
pub trait Receiver<T: 'static>: sealed::Local<T> {
    /// The address of the object.
    fn handle(&self) -> Handle<T>;
}

pub(crate) mod sealed {
    use super::{ObjectCell, Rc};

    /// Finds the object itself where that needs no address.
    #[expect(unnameable_types, reason = "nobody else is to implement `Receiver`")]
    pub trait Local<T> {
        /// The object, if it lives on this very thread and is pinned there.
        fn local(&self) -> Option<Rc<ObjectCell<T>>>;
    }
}

impl<T: 'static> sealed::Local<T> for Handle<T> {
    fn local(&self) -> Option<Rc<ObjectCell<T>>> {
        let object = self.resident.at_home()?.find(self.resident.id)?;
        object.into_any().downcast().ok()
    }
}

impl<T: 'static> Receiver<T> for Handle<T> {
    fn handle(&self) -> Handle<T> {
        self.clone()
    }
}
