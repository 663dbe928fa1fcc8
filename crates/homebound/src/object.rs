//! Objects that live on a loop, and their addresses.
//!
//! An object never crosses threads; its [`Handle`] does. Slots and posts get the object as `&mut`, on its home thread, one at a time: while one of
//! them runs, whatever else is sent to the object waits its turn, in order.
//!
//! # Invariants
//! 1. `value` is borrowed while user code has the object, and at no other time. A failed borrow means: it is running.
//! 2. `value` is taken out at the object's end. Slots that still hold the cell find nothing to call.
//! 3. What waits for a running object is marked in the flags of `value`; whoever ends the borrow sees to it ([`ObjectCell::settle`]).
//! 4. As long as something waits, nothing overtakes it: the object counts as busy for all but what leaves the waiting room (`ADMITTED`).
//! 5. Address and waiting room (`late`) are made when first needed: most objects of a program are never addressed from elsewhere.

mod handle;
mod home_value;
mod movable;
mod owner;
mod remote;

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;

use homebound_cells::{BorrowError, FlagCell, FlagRefMut};

use crate::event::{AnyJob, Body, Event};
use crate::event_loop::{LoopInner, current, with_current};
use crate::home::Resident;
use crate::slot::Receive;
use crate::unhandled;

pub use handle::{Handle, ObjectId, Receiver};
pub(crate) use handle::{install_or_send, sealed};
pub use home_value::Home;
pub use movable::MovableOwner;
pub use owner::{ObjectRef, ObjectRefMut, Owner};
pub use remote::RemoteOwner;

/// An object's value and what belongs to it on its home thread.
#[expect(unnameable_types, reason = "the sealed half of `Receiver` returns it")]
pub struct ObjectCell<T> {
    value: FlagCell<T>,
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

impl From<BorrowError> for NotNow {
    fn from(error: BorrowError) -> Self {
        match error {
            BorrowError::Borrowed => Self::Busy,
            BorrowError::Taken => Self::Gone,
        }
    }
}

/// Sees to what has come up while the object ran, also when its code panics.
struct Settle<'a, T: 'static>(&'a ObjectCell<T>);

impl<T> Drop for Settle<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.value.flags() != 0 {
            self.0.settle();
        }
    }
}

/// An object while user code has it. The borrow ends first, then what has come up is seen to.
struct Running<'a, T: 'static> {
    value: FlagRefMut<'a, T>,
    _settle: Settle<'a, T>,
}

impl<T: 'static> ObjectCell<T> {
    pub(crate) fn new(value: T) -> Rc<Self> {
        Rc::new(Self {
            value: FlagCell::new(value),
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
        if self.value.flags() & (QUEUED | ADMITTED) != 0 {
            cold_path();
            self.pass()?;
        }
        let mut running = match self.value.try_borrow_mut() {
            Ok(value) => Running {
                value,
                _settle: Settle(self),
            },
            Err(error) => {
                cold_path();
                return Err(error.into());
            }
        };
        Ok(act(&mut running.value))
    }

    /// Lets what has left the waiting room pass, and nothing else.
    #[cold]
    fn pass(&self) -> Result<(), NotNow> {
        if self.value.flags() & ADMITTED == 0 || self.value.is_borrowed() {
            return Err(NotNow::Busy);
        }
        self.value.lower(ADMITTED);
        Ok(())
    }

    #[cold]
    fn settle(&self) {
        let flags = self.value.flags();
        if flags & DOOMED != 0 {
            self.end();
        } else if flags & WAITING != 0
            && !self.value.is_borrowed()
            && let Some(late) = self.late.get()
        {
            self.value.lower(WAITING);
            with_current(|home| home.make_ready(late.resident.id));
        }
    }

    /// Ends the object: now, or when it stops running.
    pub(crate) fn end(&self) {
        if let Some(late) = self.late.get() {
            late.resident.set_gone();
        }
        let Ok(gone) = self.value.take() else {
            self.value.raise(DOOMED);
            return;
        };
        self.value.lower(DOOMED | WAITING | QUEUED | ADMITTED);
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

    /// Whether what comes now has to wait: the object is running, or something waits already.
    pub(crate) fn is_running(&self) -> bool {
        self.value.flags() & (QUEUED | ADMITTED) == QUEUED || self.value.is_borrowed()
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
            Body::Run(mut job) => match self.with(|value| job.run_only(Some(value))) {
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

    #[inline]
    fn receive_job(&self, home: &LoopInner, job: &mut dyn AnyJob) -> bool {
        match self.with(|value| job.run(Some(value))) {
            Ok(()) => true,
            Err(NotNow::Busy) => false,
            Err(NotNow::Gone) => {
                home.count_undelivered();
                true
            }
        }
    }

    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        self.with(|value| act(value))
    }

    fn is_busy(&self) -> bool {
        self.is_running()
    }

    fn is_running(&self) -> bool {
        self.value.is_borrowed()
    }

    fn wait(&self, event: Event) {
        if let Some(late) = self.late.get() {
            late.waiting.borrow_mut().push_back(event);
            self.value.raise(WAITING | QUEUED);
        }
    }

    fn next_waiting(&self) -> Option<Event> {
        let mut waiting = self.late.get()?.waiting.borrow_mut();
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.value.lower(QUEUED);
        }
        next
    }

    fn admit(&self, admitted: bool) {
        if admitted {
            self.value.raise(ADMITTED);
        } else {
            self.value.lower(ADMITTED);
        }
    }

    fn mark_waiting(&self) {
        self.value.raise(WAITING);
    }

    fn resident(&self) -> u64 {
        self.late.get().map_or(0, |late| late.resident.id)
    }

    fn close(&self) -> usize {
        if let Some(late) = self.late.get() {
            late.resident.set_gone();
            if late.left.get() {
                self.end();
            }
        }
        0
    }

    fn take_waiting(&self) -> VecDeque<Event> {
        self.value.lower(WAITING | QUEUED);
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

impl<T> fmt::Debug for ObjectCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectCell")
    }
}
