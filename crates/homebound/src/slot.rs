//! What a loop can call: a slot or an object, found by its number.

mod bound;

use std::any::Any;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crate::args::Words;
use crate::event::{AnyJob, Body, Event};
use crate::event_loop::LoopInner;
use crate::home::{Installer, Resident, RovingHome};
use crate::object::NotNow;

pub(crate) use bound::{AtHome, BareSlot, CrossSlot, HomeSlot, ObjectSlot, bind};

/// A receiver of events, living in its loop's table.
pub(crate) trait Receive: 'static {
    /// Takes what has arrived. Gives it back if its object is running: then it waits in `wait`.
    fn receive(&self, home: &LoopInner, body: Body) -> Result<(), Body>;

    /// Takes arguments that lie in place. Returns whether it could: if not, they have to wait.
    fn receive_words(&self, home: &LoopInner, words: Words) -> bool {
        self.receive(home, Body::Words(words)).is_ok()
    }

    /// Takes a job that is on its caller's stack. Returns whether it could: if not, it has to wait.
    fn receive_job(&self, _home: &LoopInner, _job: &mut dyn AnyJob) -> bool {
        true
    }

    /// Whether what comes now has to wait: its object is running, or something waits for it already.
    fn is_busy(&self) -> bool {
        false
    }

    /// Whether its object is running.
    fn is_running(&self) -> bool {
        false
    }

    /// The object as one that may cross threads, if it may.
    fn shared_object(&self) -> Option<Arc<dyn SharedObject>> {
        None
    }

    /// The home of an object that can move.
    fn roving_home(&self) -> Option<&RovingHome> {
        None
    }

    /// Keeps an event until the object has ended what it is doing.
    fn wait(&self, event: Event);

    /// The next of what waits, oldest first.
    fn next_waiting(&self) -> Option<Event> {
        None
    }

    /// Lets one event pass although others wait: it has just left the waiting room.
    fn admit(&self, _admitted: bool) {}

    /// Takes out all that waits, for its loop is closed.
    fn take_waiting(&self) -> VecDeque<Event> {
        VecDeque::new()
    }

    /// Says that something waits although the object has become busy again.
    fn mark_waiting(&self) {}

    /// The number of the object it belongs to.
    fn resident(&self) -> u64;

    /// What brings it to another loop, if it can move.
    fn depart(&self) -> Option<Box<dyn Installer>> {
        None
    }

    /// Whether it still has something to deliver although it was asked to end; then it ends by itself.
    fn lingers(&self) -> bool {
        false
    }

    /// Its object is gone: nothing is delivered any more.
    fn cut(&self) {}

    /// Runs `act` with the object at once.
    fn with_any(&self, _act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow> {
        Err(NotNow::Gone)
    }

    /// Its loop is closed. Returns how many values were left in its connection's cell.
    fn close(&self) -> usize {
        0
    }

    /// For finding the typed object behind a handle.
    fn into_any(self: Rc<Self>) -> Rc<dyn Any>;

    /// For calling it with arguments of any type, at home.
    fn as_any(&self) -> &dyn Any;
}

/// What came of a direct call.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    Done,
    /// Its object is running: nothing was called.
    Busy,
    /// Its object is gone.
    Gone,
}

impl From<Result<(), NotNow>> for Called {
    fn from(result: Result<(), NotNow>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(NotNow::Busy) => Self::Busy,
            Err(NotNow::Gone) => Self::Gone,
        }
    }
}

/// A slot for arguments of one type, called on its home thread.
pub(crate) trait CallSlot<A>: 'static {
    fn call(&self, args: &A) -> Called;

    /// Whether its object is running.
    fn is_busy(&self) -> bool;

    /// Lets an event wait for its object, behind what waits already.
    fn wait(&self, event: Event);

    /// The number of its object.
    fn resident(&self) -> u64;

    /// The address of its object.
    fn address(&self) -> Option<Arc<Resident>> {
        None
    }

    /// The same slot for another loop, if its object can move.
    fn depart(&self) -> Option<SharedSlot<A>> {
        None
    }
}

/// A slot that may cross threads; only its home calls it.
pub(crate) type SharedSlot<A> = Arc<dyn CrossSlot<A>>;

/// An object that may cross threads; only its home uses it.
pub(crate) trait SharedObject: Send + Sync {
    fn with_any(&self, act: &mut dyn FnMut(&mut dyn Any)) -> Result<(), NotNow>;
    fn is_busy(&self) -> bool;
    fn wait(&self, event: Event);
    fn number(&self) -> u64;
}
