//! Which loop an object belongs to, as a value that can change.
//!
//! A [`Resident`] is what other threads know of an object: its number, its home, whether it lives. Most objects are pinned to the loop that
//! made them; their home is a plain pointer. An object that can move keeps its home in a cell that stands still while somebody posts (see [`roving`]).

mod roving;

use std::sync::{Arc, OnceLock};

pub(crate) use homebound_cells::here;

use crate::args::Words;
use crate::cancel::{CancelReason, CancellationToken};
use crate::clock::{Clock, ClockWatcher};
use crate::event::Event;
use crate::event_loop::LoopInner;
use crate::event_queue::{EventQueue, LocalQueue, Posted, State, Unused};
use crate::sync::MutexGuard;
use crate::sync::atomic::{AtomicBool, Ordering, fence};
use crate::sync::unique;
use crate::unhandled::{self, Unhandled};
use crate::waker::{LoopWaker, Waker};

pub(crate) use roving::RovingHome;

/// What other threads see of a loop.
#[derive(Debug)]
pub(crate) struct LoopShared {
    pub(crate) id: u64,
    /// The number of the thread it runs on; 0 before it does.
    thread: std::sync::atomic::AtomicU64,
    pub(crate) name: String,
    pub(crate) queue: EventQueue<Event>,
    pub(crate) waker: Waker,
    pub(crate) clock: Clock,
    pub(crate) quit: AtomicBool,
}

impl LoopShared {
    /// Makes the shared half of a loop that is to run later: what is posted waits for it.
    pub(crate) fn new(name: String, clock: Clock, host: Option<Box<dyn LoopWaker>>) -> Arc<Self> {
        let shared = Arc::new(Self {
            id: unique::next(),
            thread: std::sync::atomic::AtomicU64::new(0),
            name,
            queue: EventQueue::new(),
            waker: Waker::new(host),
            clock,
            quit: AtomicBool::new(false),
        });
        let watcher: Arc<dyn ClockWatcher> = Arc::clone(&shared) as Arc<dyn ClockWatcher>;
        shared.clock.watch(Arc::downgrade(&watcher));
        shared
    }

    /// Says that the loop runs on this thread.
    pub(crate) fn attach(&self) {
        self.waker.attach();
        // Relaxed: a thread compares it with its own number, which nobody else has.
        self.thread.store(here(), std::sync::atomic::Ordering::Relaxed);
    }

    /// Ends a loop that has never begun: what was posted ahead is dropped here, and reported.
    pub(crate) fn close_unattached(&self) {
        if self.thread() != 0 {
            return;
        }
        let events = drop_events(&mut self.queue.close());
        self.waker.end();
        if events > 0 {
            unhandled::report(&Unhandled::Undelivered {
                home: self.name.clone(),
                events,
            });
        }
    }

    /// The number of the thread it runs on; 0 before it does.
    #[inline]
    pub(crate) fn thread(&self) -> u64 {
        self.thread.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Posts from another thread (or from this one, if the order with home posts does not matter).
    #[inline]
    pub(crate) fn post(&self, event: Event) -> Result<(), Event> {
        if self.queue.post(event)? == Posted::WakeIt {
            self.waker.wake();
        }
        Ok(())
    }

    /// Posts arguments that lie in place. Returns whether the loop is open.
    #[inline]
    pub(crate) fn post_words(&self, target: u64, words: Words) -> bool {
        let posted = self.queue.post_made(move || Event::words(target, words));
        if posted == Some(Posted::WakeIt) {
            self.waker.wake();
        }
        posted.is_some()
    }

    /// Lets the loop look around, without an event.
    pub(crate) fn rouse(&self) {
        if self.queue.nudge() == Posted::WakeIt {
            self.waker.wake();
        }
    }

    /// Asks the loop to quit; the request stays until a run has ended by it.
    pub(crate) fn quit(&self) {
        self.quit.store(true, Ordering::Release);
        self.rouse();
    }
}

impl ClockWatcher for LoopShared {
    fn clock_moved(&self) {
        self.rouse();
    }
}

/// Lays an event into a queue, behind all others.
pub(crate) fn lay(event: Event, queue: &mut LocalQueue<Event>) -> Unused {
    queue.events.push(event);
    None
}

/// Drops all events, each by itself, and returns how many carried something of the user's.
pub(crate) fn drop_events(queue: &mut LocalQueue<Event>) -> usize {
    let mut undelivered = 0;
    while let Some(event) = queue.pop_any() {
        undelivered += event.body.count();
        unhandled::drop_caught("an undelivered event", event);
    }
    undelivered
}

/// Brings something to its home: runs there once, before anything that was posted after it.
pub(crate) trait Installer: Send {
    fn install(self: Box<Self>, home: &LoopInner);
    /// The number that events for it carry.
    fn target(&self) -> u64;
    /// It was to bring something away that stays: nothing is missing there, so its end means nothing.
    fn call_off(self: Box<Self>) {}
}

/// What other threads know of an object.
#[derive(Debug)]
pub(crate) struct Resident {
    pub(crate) id: u64,
    place: Place,
    alive: AtomicBool,
    /// Cancelled with the object's end; made for whoever asks.
    lifetime: OnceLock<CancellationToken>,
}

#[derive(Debug)]
enum Place {
    Pinned(Arc<LoopShared>),
    Movable(RovingHome),
}

impl Resident {
    pub(crate) fn pinned(home: Arc<LoopShared>) -> Arc<Self> {
        Self::at(Place::Pinned(home))
    }

    pub(crate) fn movable(home: Arc<LoopShared>) -> Arc<Self> {
        Self::at(Place::Movable(RovingHome::new(home)))
    }

    /// The address of an object on a thread that has no loop any more: nothing can be posted to it.
    pub(crate) fn homeless() -> Arc<Self> {
        let home = LoopShared::new(String::from("no loop"), Clock::new(), None);
        drop(home.queue.close());
        Self::pinned(home)
    }

    fn at(place: Place) -> Arc<Self> {
        Arc::new(Self {
            id: unique::next(),
            place,
            alive: AtomicBool::new(true),
            lifetime: OnceLock::new(),
        })
    }

    /// Its home at this moment.
    pub(crate) fn home(&self) -> Arc<LoopShared> {
        match &self.place {
            Place::Pinned(home) => Arc::clone(home),
            Place::Movable(home) => Arc::clone(home.halt().home()),
        }
    }

    /// The number of its home's loop at this moment.
    #[inline]
    pub(crate) fn loop_id(&self) -> u64 {
        match &self.place {
            Place::Pinned(home) => home.id,
            Place::Movable(home) => home.loop_id(),
        }
    }

    /// Its home as one that can change; `None` if it is pinned.
    pub(crate) fn roving(&self) -> Option<&RovingHome> {
        match &self.place {
            Place::Pinned(_) => None,
            Place::Movable(home) => Some(home),
        }
    }

    /// Its home, if that never changes.
    #[inline]
    pub(crate) fn pinned_home(&self) -> Option<&LoopShared> {
        match &self.place {
            Place::Pinned(home) => Some(home),
            Place::Movable(_) => None,
        }
    }

    /// Whether this thread may be the one of its home. A plain comparison where it is pinned: on most threads the answer is no.
    #[inline]
    pub(crate) fn may_be_here(&self) -> bool {
        match &self.place {
            Place::Pinned(home) => home.thread() == here(),
            Place::Movable(_) => true,
        }
    }

    /// Whether its home is the loop with this number. At that loop's thread the answer holds until that thread does something else.
    #[inline]
    pub(crate) fn is_home(&self, loop_id: u64) -> bool {
        self.loop_id() == loop_id
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    /// The object has ended, or never was. Call it under no lock and no borrow: whoever ends with the object hears of it.
    pub(crate) fn set_gone(&self) {
        self.alive.store(false, Ordering::Release);
        // Against `lifetime`: of the two, one sees what the other has stored.
        fence(Ordering::SeqCst);
        if let Some(lifetime) = self.lifetime.get() {
            lifetime.cancel_with(CancelReason::OwnerGone);
        }
    }

    /// A token that is cancelled when the object ends.
    pub(crate) fn lifetime(&self) -> &CancellationToken {
        let lifetime = self.lifetime.get_or_init(CancellationToken::new);
        fence(Ordering::SeqCst);
        if !self.is_alive() {
            lifetime.cancel_with(CancelReason::OwnerGone);
        }
        lifetime
    }

    /// Posts to its home, wherever that is; hands the event back if that loop is closed.
    #[inline]
    pub(crate) fn post(&self, event: Event) -> Result<(), Event> {
        match &self.place {
            Place::Pinned(home) => home.post(event),
            Place::Movable(_) => self.post_with(0, event, lay),
        }
    }

    /// Posts arguments that lie in place. Returns whether its loop is open.
    #[inline]
    pub(crate) fn post_words(&self, target: u64, words: Words) -> bool {
        match &self.place {
            Place::Pinned(home) => home.post_words(target, words),
            Place::Movable(_) => self.post(Event::words(target, words)).is_ok(),
        }
    }

    /// Lets `put` lay `value` into the queue of its home; hands it back if that loop is closed.
    ///
    /// `put` runs under the queue's lock: it moves memory and calls nothing of the user's.
    pub(crate) fn post_with<V>(
        &self,
        priority: i32,
        value: V,
        put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
    ) -> Result<(), V> {
        match &self.place {
            Place::Pinned(home) => home.post_with(priority, value, put),
            Place::Movable(home) => {
                let halted = home.halt();
                let at = halted.home();
                let posted = at.put_with(at.queue.lock(), priority, value, put);
                // Woken, and dropped, under no lock.
                let sleeps = matches!(posted, Ok((Posted::WakeIt, _))).then(|| Arc::clone(at));
                drop(halted);
                let (_, unused) = posted?;
                if let Some(sleeps) = sleeps {
                    sleeps.waker.wake();
                }
                drop(unused);
                Ok(())
            }
        }
    }
}

impl LoopShared {
    /// Lets `put` lay `value` into the queue; see [`Resident::post_with`].
    pub(crate) fn post_with<V>(
        &self,
        priority: i32,
        value: V,
        put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
    ) -> Result<(), V> {
        let (posted, unused) = self.put_with(self.queue.lock(), priority, value, put)?;
        if posted == Posted::WakeIt {
            self.waker.wake();
        }
        drop(unused);
        Ok(())
    }

    /// The part under the lock.
    #[inline]
    fn put_with<V>(
        &self,
        mut state: MutexGuard<'_, State<Event>>,
        priority: i32,
        value: V,
        put: impl FnOnce(V, &mut LocalQueue<Event>) -> Unused,
    ) -> Result<(Posted, Unused), V> {
        if state.is_closed() {
            return Err(value);
        }
        Ok(self
            .queue
            .append_with(&mut state, priority, |waiting| put(value, waiting)))
    }
}
