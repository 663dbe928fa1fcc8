//! Objects that live on a loop, and their addresses.
//!
//! An object never crosses threads; its [`Handle`] does. Slots and posts get the object as `&mut`, on its home thread, one at a time: while one of
//! them runs, whatever else is sent to the object waits its turn, in order.
//!
//! # Invariants
//! 1. `value` is borrowed while user code has the object, and at no other time. A failed borrow means: it is running.
//! 2. `value` is `None` from the object's end on. Slots that still hold the cell find nothing to call.
//! 3. What waits for a running object is marked in `flags`; whoever ends the borrow sees to it ([`ObjectCell::settle`]).
//! 4. As long as something waits, nothing overtakes it: the object counts as busy for all but what leaves the waiting room (`ADMITTED`).
//! 5. Address and waiting room (`late`) are made when first needed: most objects of a program are never addressed from elsewhere.

mod home_value;
mod movable;
mod remote;

use std::any::Any;
use std::cell::{Cell, OnceCell, Ref, RefCell, RefMut};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

use crate::cancel::CancellationToken;
use crate::event::{Body, Event};
use crate::event_loop::{LoopInner, LoopProxy, PostError, current, with_current};
use crate::event_queue::Carrier;
use crate::home::{Installer, Resident};
use crate::reply::{Reply, reply};
use crate::slot::Receive;
use crate::unhandled;

pub use home_value::Home;
pub use movable::MovableOwner;
pub use remote::RemoteOwner;

/// An object's value and what belongs to it on its home thread.
#[expect(unnameable_types, reason = "the sealed half of `Receiver` returns it")]
pub struct ObjectCell<T> {
    value: RefCell<Option<T>>,
    flags: Cell<u8>,
    late: OnceCell<Box<Late>>,
}

/// What an object has only once it is addressed.
struct Late {
    resident: Arc<Resident>,
    /// Its loop keeps it: no owner on this thread will drop it.
    left: Cell<bool>,
    waiting: RefCell<VecDeque<Event>>,
}

/// The object is to end as soon as it stops running.
const DOOMED: u8 = 1;
/// Events wait for the object.
const WAITING: u8 = 2;
/// The waiting room is not empty.
const QUEUED: u8 = 4;
/// What comes now has left the waiting room.
const ADMITTED: u8 = 8;

const RUNNING: &str = "the object is running: one of its slots is on the stack of this thread, or it is borrowed";
const DELETED: &str = "the object was deleted through its handle";

/// Why an object cannot be used just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotNow {
    Busy,
    Gone,
}

/// Sees to what has come up while the object ran, also when its code panics.
struct Settle<'a, T: 'static>(&'a ObjectCell<T>);

impl<T> Drop for Settle<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.flags.get() != 0 {
            self.0.settle();
        }
    }
}

impl<T: 'static> ObjectCell<T> {
    pub(crate) fn new(value: T) -> Rc<Self> {
        Rc::new(Self {
            value: RefCell::new(Some(value)),
            flags: Cell::new(0),
            late: OnceCell::new(),
        })
    }

    /// An object whose address is known before it is built.
    fn with_resident(value: T, resident: Arc<Resident>) -> Rc<Self> {
        let cell = Self::new(value);
        let late = Late {
            resident,
            left: Cell::new(true),
            waiting: RefCell::default(),
        };
        assert!(cell.late.set(Box::new(late)).is_ok(), "a new cell has no address");
        cell
    }

    /// Runs `act` with the object, unless it is running or gone.
    #[inline]
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Result<R, NotNow> {
        // Dropped after the borrow below.
        let settle = Settle(self);
        let flags = self.flags.get();
        let Some(mut value) = (flags & (QUEUED | ADMITTED) != QUEUED)
            .then(|| self.value.try_borrow_mut().ok())
            .flatten()
        else {
            std::mem::forget(settle);
            return Err(NotNow::Busy);
        };
        if flags != 0 {
            self.flags.set(flags & !ADMITTED);
        }
        match value.as_mut() {
            Some(value) => Ok(act(value)),
            None => Err(NotNow::Gone),
        }
    }

    #[cold]
    fn settle(&self) {
        let flags = self.flags.get();
        if flags & DOOMED != 0 {
            self.end();
        } else if flags & WAITING != 0
            && !self.is_borrowed()
            && let Some(late) = self.late.get()
        {
            self.flags.set(flags & !WAITING);
            with_current(|home| home.make_ready(late.resident.id));
        }
    }

    /// Ends the object: now, or when it stops running.
    pub(crate) fn end(&self) {
        if let Some(late) = self.late.get() {
            late.resident.set_gone();
        }
        let Ok(mut value) = self.value.try_borrow_mut() else {
            self.flags.set(self.flags.get() | DOOMED);
            return;
        };
        let gone = value.take();
        drop(value);
        self.flags.set(0);
        if let Some(late) = self.late.get() {
            let waiting = std::mem::take(&mut *late.waiting.borrow_mut());
            with_current(|home| home.uninstall(late.resident.id));
            forgo(late.resident.id, waiting);
        }
        drop_object(gone);
    }

    fn late(self: &Rc<Self>) -> &Late {
        self.late.get_or_init(|| {
            let resident = match current() {
                Some(home) => {
                    let resident = Resident::pinned(Arc::clone(&home.shared));
                    home.install(resident.id, Rc::clone(self) as Rc<dyn Receive>);
                    resident
                }
                None => Resident::homeless(),
            };
            Box::new(Late {
                resident,
                left: Cell::new(false),
                waiting: RefCell::default(),
            })
        })
    }

    pub(crate) fn resident(self: &Rc<Self>) -> &Arc<Resident> {
        &self.late().resident
    }

    fn is_borrowed(&self) -> bool {
        self.value.try_borrow_mut().is_err()
    }

    /// Whether what comes now has to wait: the object is running, or something waits already.
    pub(crate) fn is_running(&self) -> bool {
        self.flags.get() & (QUEUED | ADMITTED) == QUEUED || self.is_borrowed()
    }
}

/// Drops an object's value. A panic of its destructor while this thread unwinds already would abort the program.
fn drop_object<T>(value: Option<T>) {
    if std::thread::panicking() {
        unhandled::drop_caught("an object", value);
    }
}

/// Sees to what waited for an object that has ended: its slots get what is theirs, and with it hear that it is gone; closures for it are dropped and counted.
fn forgo(object: u64, waiting: VecDeque<Event>) {
    let home = current();
    for event in waiting {
        let left = match &home {
            Some(home) if event.target != object => home.post_home(event).err(),
            Some(home) if matches!(event.body, Body::Run(_)) => {
                home.count_undelivered();
                Some(event)
            }
            _ => Some(event),
        };
        unhandled::drop_caught("an undelivered event", left);
    }
}

impl<T: 'static> Receive for ObjectCell<T> {
    fn receive(&self, home: &LoopInner, body: Body) -> Result<(), Body> {
        match body {
            Body::Run(mut job) => match self.with(|value| job.run(Some(value))) {
                Ok(()) => home.recycle(job),
                Err(NotNow::Busy) => return Err(Body::Run(job)),
                Err(NotNow::Gone) => home.count_undelivered(),
            },
            // After all that was sent before, what waits among it.
            Body::Delete(level) if self.is_running() => return Err(Body::Delete(level)),
            Body::Delete(_) => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        self.with(|value| act(value))
    }

    fn is_busy(&self) -> bool {
        self.is_running()
    }

    fn is_running(&self) -> bool {
        self.is_borrowed()
    }

    fn wait(&self, event: Event) {
        if let Some(late) = self.late.get() {
            late.waiting.borrow_mut().push_back(event);
            self.flags.set(self.flags.get() | WAITING | QUEUED);
        }
    }

    fn next_waiting(&self) -> Option<Event> {
        let mut waiting = self.late.get()?.waiting.borrow_mut();
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.flags.set(self.flags.get() & !QUEUED);
        }
        next
    }

    fn admit(&self, admitted: bool) {
        let flags = self.flags.get() & !ADMITTED;
        self.flags.set(if admitted { flags | ADMITTED } else { flags });
    }

    fn mark_waiting(&self) {
        self.flags.set(self.flags.get() | WAITING);
    }

    fn resident(&self) -> u64 {
        self.late.get().map_or(0, |late| late.resident.id)
    }

    fn close(&self) {
        if let Some(late) = self.late.get() {
            late.resident.set_gone();
            if late.left.get() {
                self.end();
            }
        }
    }

    fn take_waiting(&self) -> VecDeque<Event> {
        self.flags.set(self.flags.get() & !(WAITING | QUEUED));
        self.late
            .get()
            .map_or_else(VecDeque::new, |late| std::mem::take(&mut *late.waiting.borrow_mut()))
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Owns an object of this loop: when it is dropped, so is the object, here.
///
/// If the object is running at that moment (a slot of its own drops its owner), it ends when the slot has returned. `!Send`, so that the
/// object can be borrowed without a question; [`RemoteOwner`] is the owner for other threads.
pub struct Owner<T: 'static> {
    cell: Rc<ObjectCell<T>>,
    owns: bool,
}

impl<T: 'static> Owner<T> {
    pub(crate) fn new(cell: Rc<ObjectCell<T>>) -> Self {
        Self { cell, owns: true }
    }

    pub(crate) fn cell(&self) -> &Rc<ObjectCell<T>> {
        &self.cell
    }

    /// The address of the object, for slots, posts and other threads.
    pub fn handle(&self) -> Handle<T> {
        Handle::new(Arc::clone(self.cell.resident()))
    }

    /// Borrows the object. As long as the borrow lasts, what is sent to it waits.
    ///
    /// # Panics
    /// If the object is mutably borrowed: one of its slots is running, further up this stack. If it was deleted through its handle.
    #[track_caller]
    pub fn borrow(&self) -> ObjectRef<'_, T> {
        let Ok(value) = self.cell.value.try_borrow() else {
            panic!("{RUNNING}")
        };
        let Ok(value) = Ref::filter_map(value, Option::as_ref) else {
            panic!("{DELETED}")
        };
        ObjectRef {
            value,
            _settle: Settle(&self.cell),
        }
    }

    /// Borrows the object mutably, as a frame of an immediate-mode toolkit does. As long as the borrow lasts, what is sent to it waits.
    ///
    /// # Panics
    /// If the object is borrowed: one of its slots is running, further up this stack ([`try_borrow_mut`](Self::try_borrow_mut) asks first). If it was deleted through
    /// its handle.
    #[track_caller]
    pub fn borrow_mut(&self) -> ObjectRefMut<'_, T> {
        match self.try_borrow_mut() {
            Some(value) => value,
            None => panic!("the object is running: one of its slots is on the stack of this thread"),
        }
    }

    /// Borrows the object mutably, or `None` while it is running.
    ///
    /// # Panics
    /// If the object was deleted through its handle.
    #[track_caller]
    pub fn try_borrow_mut(&self) -> Option<ObjectRefMut<'_, T>> {
        let value = self.cell.value.try_borrow_mut().ok()?;
        assert!(!value.is_none(), "{DELETED}");
        Some(ObjectRefMut {
            value: RefMut::map(value, |value| value.as_mut().expect(DELETED)),
            _settle: Settle(&self.cell),
        })
    }

    /// Leaves the object to its loop: it lives until [`Handle::delete`] or the loop's end.
    pub fn leave(mut self) -> Handle<T> {
        self.owns = false;
        self.cell.late().left.set(true);
        self.handle()
    }
}

impl<T: 'static> Drop for Owner<T> {
    fn drop(&mut self) {
        if self.owns {
            self.cell.end();
        }
    }
}

impl<T> fmt::Debug for ObjectCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectCell")
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Owner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cell.value.try_borrow() {
            Ok(value) => f.debug_tuple("Owner").field(&*value).finish(),
            Err(_) => f.write_str("Owner(running)"),
        }
    }
}

/// A borrow of an object at its home.
pub struct ObjectRef<'a, T: 'static> {
    // Declared before `_settle`: the borrow ends first.
    value: Ref<'a, T>,
    _settle: Settle<'a, T>,
}

/// A mutable borrow of an object at its home.
pub struct ObjectRefMut<'a, T: 'static> {
    // Declared before `_settle`: the borrow ends first.
    value: RefMut<'a, T>,
    _settle: Settle<'a, T>,
}

impl<T> Deref for ObjectRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for ObjectRefMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for ObjectRefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for ObjectRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for ObjectRefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

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
struct ObjectJob<T, F>(Option<F>, PhantomData<fn(&mut T)>);

impl<T: 'static, F: FnOnce(&mut T) + Send + 'static> Carrier for ObjectJob<T, F> {
    fn run(&mut self, object: Option<&mut dyn Any>) {
        if let (Some(job), Some(object)) = (self.0.take(), object.and_then(<dyn Any>::downcast_mut)) {
            job(object);
        }
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
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
            .send_with(priority, job, |job, spare| {
                let (body, unused) = crate::args::fill(ObjectJob(Some(job), PhantomData), spare, Body::Run);
                (Event { target, body }, unused)
            })
            .map_err(PostError::new)
    }

    /// Runs `question` with the object, at its home, and brings back what it returns: to await, or to wait for.
    ///
    /// If the object or its loop is gone, or the closure panics, the reply says so.
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
        let (replier, reply) = reply(self.resident.home().id);
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
        make: impl FnOnce(V, &mut Vec<Box<dyn Carrier>>) -> (Event, Option<Box<dyn Carrier>>),
    ) -> Result<(), V> {
        match self.at_home() {
            Some(home) => home.post_home_with(priority, value, make),
            None => self.post_with(priority, value, make),
        }
    }

    /// The loop of this thread, if it is the object's home. Then it stays so until this thread moves the object.
    #[inline]
    pub(crate) fn at_home(&self) -> Option<Rc<LoopInner>> {
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

impl<T: 'static> sealed::Local<T> for Owner<T> {
    fn local(&self) -> Option<Rc<ObjectCell<T>>> {
        Some(Rc::clone(&self.cell))
    }
}

impl<T: 'static> Receiver<T> for Owner<T> {
    fn handle(&self) -> Handle<T> {
        Self::handle(self)
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
