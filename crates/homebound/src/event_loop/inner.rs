//! The loop's own half: what only its thread touches.
//!
//! # Invariants
//! 1. `local` holds, in order, what was taken from the shared queue and what was posted at home. A post at home first takes over what others have
//!    posted before it, so that one order of all posts is kept.
//! 2. No borrow of a field is held while user code runs, destructors included: things are taken out, the borrow ends, then they are called or dropped.
//! 3. Everything in `table` lives on this thread and is dropped on it, at the latest in `close`.

mod deliver;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::builder::TurnBudget;
use super::table::Table;
use super::tasks::LocalTask;
use super::{Idle, LoopHandle};
use crate::args::Words;
use crate::event::{Body, Event, Job};
use crate::event_queue::{Carrier, LocalQueue, Unused};
use crate::home::{LoopShared, drop_events};
use crate::linger;
use crate::panic_guard;
use crate::slot::Receive;
use crate::timer::Timers;
use crate::unhandled::{self, Unhandled};

/// So many events at once are a stream for which this thread comes too often. Fewer may be one message of two threads that answer each other.
const A_FEW: Range<usize> = 4..32;

/// A thread's loop, for as long as the thread lives: one that was forgotten rather than dropped is closed with its thread, so that nobody waits for it.
struct Current(RefCell<Weak<LoopInner>>);

impl Drop for Current {
    fn drop(&mut self) {
        if let Some(forgotten) = self.0.get_mut().upgrade() {
            forgotten.close();
        }
    }
}

thread_local! {
    static CURRENT: Current = const { Current(RefCell::new(Weak::new())) };
}

/// The loop of this thread, if it has one that is open.
#[inline]
pub(crate) fn current() -> Option<Rc<LoopInner>> {
    // A thread that is ending has no loop any more.
    CURRENT.try_with(|current| current.0.borrow().upgrade()).ok().flatten()
}

pub(crate) fn with_current<R>(act: impl FnOnce(&Rc<LoopInner>) -> R) -> Option<R> {
    current().map(|home| act(&home))
}

pub(super) fn set_current(inner: &Rc<LoopInner>) {
    CURRENT.with(|current| *current.0.borrow_mut() = Rc::downgrade(inner));
}

/// A job that waits for the loop to have nothing else to do.
pub(super) type IdleJob = Box<dyn FnMut() -> Idle>;

/// What only the loop's thread touches.
pub(crate) struct LoopInner {
    pub(crate) shared: Arc<LoopShared>,
    pub(super) budget: TurnBudget,
    pub(super) local: RefCell<LocalQueue<Event>>,
    /// Whether others post, and this thread comes for it so often that it finds only a few each time.
    trickles: Cell<bool>,
    /// Slots and objects by their numbers.
    pub(super) table: RefCell<Table>,
    /// For each object that can move: its slots.
    pub(super) movable: RefCell<FxHashMap<u64, Vec<u64>>>,
    /// Objects that have ended what they were doing and for which something waits.
    pub(super) ready: RefCell<VecDeque<u64>>,
    pub(crate) timers: Timers,
    pub(super) tasks: RefCell<FxHashMap<u64, Rc<LocalTask>>>,
    pub(super) idle: RefCell<VecDeque<IdleJob>>,
    /// Ends of objects, with the depth of the turn that asked for them.
    pub(super) held: RefCell<Vec<(u64, Event)>>,
    local_jobs: RefCell<FxHashMap<u64, Box<dyn FnOnce()>>>,
    next_local_job: Cell<u64>,
    /// How many runs and dispatches of this loop are on the stack.
    pub(super) depth: Cell<u64>,
    pub(super) runs: Cell<u64>,
    /// Whether the host was asked to dispatch since it last did.
    pub(super) host_asked: Cell<bool>,
    pub(super) closed: Cell<bool>,
    pub(crate) undelivered: Cell<u64>,
}

impl LoopInner {
    pub(super) fn new(shared: Arc<LoopShared>, budget: TurnBudget) -> Rc<Self> {
        shared.attach();
        if shared.waker.is_hosted() {
            // The host does not know of the loop yet: it has to hear of what comes before its first dispatch.
            let _ = shared.queue.prepare_sleep();
        }
        Rc::new(Self {
            shared,
            budget,
            local: RefCell::default(),
            trickles: Cell::new(false),
            table: RefCell::default(),
            movable: RefCell::default(),
            ready: RefCell::default(),
            timers: Timers::default(),
            tasks: RefCell::default(),
            idle: RefCell::default(),
            held: RefCell::default(),
            local_jobs: RefCell::default(),
            next_local_job: Cell::new(0),
            depth: Cell::new(0),
            runs: Cell::new(0),
            host_asked: Cell::new(false),
            closed: Cell::new(false),
            undelivered: Cell::new(0),
        })
    }

    pub(crate) fn handle(self: &Rc<Self>) -> LoopHandle {
        LoopHandle::new(Rc::clone(self))
    }

    /// How deep this thread's turns are nested just now; 0 outside of them.
    pub(crate) fn level(&self) -> u64 {
        self.depth.get()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    // ---- posting at home

    /// Posts from this very thread: no lock, unless others have posted meanwhile.
    #[inline]
    pub(crate) fn post_home(&self, event: Event) -> Result<(), Event> {
        if self.closed.get() {
            return Err(event);
        }
        self.absorb();
        self.local.borrow_mut().events.push(event);
        self.nudge();
        Ok(())
    }

    /// Posts arguments that lie in place, from this very thread. Returns whether the loop is open.
    #[inline]
    pub(crate) fn post_home_words(&self, target: u64, words: Words) -> bool {
        if self.closed.get() {
            return false;
        }
        self.absorb();
        self.local
            .borrow_mut()
            .events
            .push_with(move || Event::words(target, words));
        self.nudge();
        true
    }

    /// Lets `put` lay `value` into the queue, from this very thread; hands it back if the loop is closed.
    pub(crate) fn post_home_with<V>(
        &self,
        value: V,
        put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
    ) -> Result<(), V> {
        if self.closed.get() {
            return Err(value);
        }
        self.absorb();
        let unused = put(value, &mut self.local.borrow_mut());
        drop(unused);
        self.nudge();
        Ok(())
    }

    pub(super) fn post_local<F: FnOnce() + 'static>(&self, job: F) -> Result<(), F> {
        if self.closed.get() {
            return Err(job);
        }
        let event = self.local_event(Box::new(job));
        let posted = self.post_home(event);
        debug_assert!(posted.is_ok(), "the loop was open a line above");
        Ok(())
    }

    /// An event that runs `job`, which stays on this thread.
    pub(crate) fn local_event(&self, job: Box<dyn FnOnce()>) -> Event {
        let key = self.next_local_job.get();
        self.next_local_job.set(key.wrapping_add(1));
        self.local_jobs.borrow_mut().insert(key, job);
        Event {
            target: 0,
            body: Body::Local(key),
        }
    }

    /// On a closed loop it is dropped at once.
    pub(super) fn add_idle(&self, job: IdleJob) {
        if self.closed.get() {
            return unhandled::drop_caught("an idle job", job);
        }
        self.idle.borrow_mut().push_back(job);
        self.nudge();
    }

    /// Lets what others post gather for a moment, if of late it came by the handful.
    pub(super) fn gather(&self) {
        if self.trickles.take() && self.shared.queue.has_any() {
            linger::let_gather();
        }
    }

    /// Takes over what others have posted.
    #[inline]
    pub(super) fn absorb(&self) {
        if self.shared.queue.has_any() {
            let taken = self.shared.queue.take(&mut self.local.borrow_mut());
            self.trickles.set(A_FEW.contains(&taken));
        }
    }

    /// Asks the host to dispatch, once, if this thread is not dispatching.
    #[inline]
    pub(crate) fn nudge(&self) {
        if self.shared.waker.is_hosted() && self.depth.get() == 0 && !self.host_asked.replace(true) {
            // Another thread's post may have asked already.
            if self.shared.queue.awake() {
                self.shared.waker.wake();
            }
        }
    }

    /// Keeps an emptied box for those who post.
    #[inline]
    pub(crate) fn recycle(&self, carrier: Box<dyn Carrier>) {
        self.local.borrow_mut().spare.keep(carrier);
    }

    /// Takes a job out of the first event, which is of this type.
    #[inline]
    pub(crate) fn take_job<J: Job>(&self) -> Option<J> {
        self.local.borrow_mut().take_job()
    }

    // ---- the table

    #[inline]
    pub(crate) fn find(&self, target: u64) -> Option<Rc<dyn Receive>> {
        self.table.borrow_mut().find(target)
    }

    /// Puts a slot or an object into the table. On a closed loop it is dropped at once.
    pub(crate) fn install(&self, number: u64, receiver: Rc<dyn Receive>) {
        if self.closed.get() {
            return;
        }
        let before = self.table.borrow_mut().insert(number, receiver);
        drop(before);
    }

    /// Notes an object that can move.
    pub(crate) fn note_movable(&self, object: u64) {
        self.movable.borrow_mut().entry(object).or_default();
    }

    /// Notes a slot; if its object can move, it moves along.
    pub(crate) fn note_slot(&self, object: u64, slot: u64) {
        if let Some(slots) = self.movable.borrow_mut().get_mut(&object) {
            slots.push(slot);
        }
    }

    /// Takes a slot or an object out of the table and drops it.
    pub(crate) fn uninstall(&self, number: u64) {
        let gone = self.table.borrow_mut().remove(number);
        let mut slots = None;
        if let Some(gone) = &gone {
            let mut movable = self.movable.borrow_mut();
            let object = gone.resident();
            if object == number {
                slots = movable.remove(&object);
            } else if let Some(slots) = movable.get_mut(&object) {
                slots.retain(|slot| *slot != number);
            }
        }
        // Its slots end with it, and whoever waits for room in one of them goes on.
        for slot in slots.into_iter().flatten() {
            if let Some(slot) = self.find(slot) {
                slot.cut();
                unhandled::drop_caught("a slot", slot);
            }
        }
        // Caught, here and above: who ends it has more to see to, and may unwind already.
        unhandled::drop_caught("a slot", gone);
    }

    /// Lets the object's waiting events run before any others.
    pub(crate) fn make_ready(&self, object: u64) {
        self.ready.borrow_mut().push_back(object);
        self.nudge();
    }

    /// Counts a closure whose object was gone when it arrived.
    pub(crate) fn count_undelivered(&self) {
        self.undelivered.set(self.undelivered.get() + 1);
        tracing::debug!(target: "homebound", event = "event_loop.undelivered", home = %self.shared.name);
    }

    // ---- the end

    /// Ends the loop: refuses posts, drops at home what is left, and says what was not delivered.
    pub(super) fn close(&self) {
        if self.closed.replace(true) {
            return;
        }
        let mut shared = self.shared.queue.close();
        let mut undelivered = 0;
        // Destructors may bring new things; each round empties what there is, and posts are refused by now.
        loop {
            let mut left = std::mem::take(&mut *self.local.borrow_mut());
            undelivered += drop_events(&mut shared) + drop_events(&mut left);
            let table = self.table.borrow_mut().take();
            let tasks: Vec<_> = self.tasks.borrow_mut().drain().collect();
            let jobs: Vec<_> = self.local_jobs.borrow_mut().drain().collect();
            let held = std::mem::take(&mut *self.held.borrow_mut());
            drop(held);
            let idle = std::mem::take(&mut *self.idle.borrow_mut());
            let timers = self.timers.clear();
            if table.is_empty() && tasks.is_empty() && jobs.is_empty() && idle.is_empty() && timers.is_empty() {
                break;
            }
            for receiver in table {
                // Also of an object that its owner keeps: whoever waits for the arrival must not wait for ever.
                for event in receiver.take_waiting() {
                    undelivered += event.body.count();
                    unhandled::drop_caught("an undelivered event", event);
                }
                match panic_guard::catch(None, || receiver.close()) {
                    Ok(left) => undelivered += left,
                    Err(payload) => unhandled::panicked("the destructor of an object", payload),
                }
                unhandled::drop_caught("what was left to a loop", receiver);
            }
            // One by one: a second panic while the first unwinds would abort the program.
            tasks
                .into_iter()
                .for_each(|task| unhandled::drop_caught("a future of a loop", task));
            jobs.into_iter()
                .for_each(|job| unhandled::drop_caught("a posted closure", job));
            idle.into_iter()
                .for_each(|job| unhandled::drop_caught("an idle job", job));
            timers
                .into_iter()
                .for_each(|timer| unhandled::drop_caught("a timer", timer));
        }
        self.shared.waker.end();
        // A loop may be dropped by a destructor of its thread's locals, after the entry here is gone; and it need not be the newest one.
        let _ = CURRENT.try_with(|current| {
            let mut current = current.0.borrow_mut();
            if std::ptr::eq(current.as_ptr(), self) {
                *current = Weak::new();
            }
        });
        if undelivered > 0 {
            unhandled::report(&Unhandled::Undelivered {
                home: self.shared.name.clone(),
                events: undelivered,
            });
        }
    }
}
