//! A signal's own half: a list of connections in order, and an emission that costs a call per slot.
//!
//! It lies in the memory of the shared half, where only the home thread reaches it.
//!
//! # Invariants
//! 1. `list` is in the order of connecting. While an emission runs it is borrowed, so it is not changed: an entry that ends is marked
//!    (`id` 0), a new one goes to `added`. Whoever ends the outermost emission settles both.
//! 2. A connection made in a slot is not called by the emission that made it, but by every later one, nested ones among them (as in Qt).
//! 3. Before each slot the version of the shared half is compared with `calm`; what other threads changed counts from the next slot on. As long as an entry is
//!    marked, or the signal is blocked, `calm` is no version at all: then each emission and each slot is looked at.
//! 4. No slot is dropped while a list is borrowed, nor anything else of the user's touched while `rare` is taken out.
//! 5. From the signal's end on it owns no memory: the last holder of the shared half may be another thread, which drops none of this.

mod deferred;
mod emission;
mod list;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use homebound_cells::DirectRc;
use smallvec::SmallVec;

use self::deferred::Deferred;
use crate::emitter::Control;
use crate::event_loop::with_current;
use crate::link::Link;
use crate::object::ObjectId;
use crate::slot::CallSlot;
use crate::unhandled;

pub(crate) use emission::DEEPEST;

/// What only a signal's home thread touches.
pub(crate) struct Core<A: Clone + Send + 'static> {
    list: RefCell<SmallVec<[Entry<A>; 1]>>,
    rare: Cell<Option<Box<Rare<A>>>>,
    /// How many emissions of it run inside of its outermost one.
    nested: Cell<u32>,
    /// Whether there is something to settle.
    dirty: Cell<bool>,
    /// Whether the signal was dropped while it was emitted.
    ended: Cell<bool>,
    /// The version of the shared half whose changes were taken over.
    taken: Cell<u64>,
    /// The same if slots can be called without another look, else [`NEVER`].
    calm: Cell<u64>,
}

/// A version that the shared half never has.
const NEVER: u64 = u64::MAX;

/// What most signals never have.
struct Rare<A: Clone + Send + 'static> {
    /// What was connected while an emission ran.
    added: Vec<Entry<A>>,
    /// The calls that wait for a running object, by their connections.
    deferred: Vec<Deferred<A>>,
    sender: Option<ObjectId>,
}

struct Entry<A: Clone + Send + 'static> {
    /// 0 if it has ended.
    id: Cell<u64>,
    way: Way<A>,
}

/// How an entry is called.
enum Way<A: Clone + Send + 'static> {
    /// A slot of this very thread, called at once.
    Here(DirectRc<dyn CallSlot<A>>),
    /// Whatever else.
    Link(Arc<Link<A>>),
}

impl<A: Clone + Send + 'static> Clone for Way<A> {
    fn clone(&self) -> Self {
        match self {
            Self::Here(slot) => Self::Here(slot.clone()),
            Self::Link(link) => Self::Link(Arc::clone(link)),
        }
    }
}

impl<A: Clone + Send + 'static> Default for Rare<A> {
    fn default() -> Self {
        Self {
            added: Vec::new(),
            deferred: Vec::new(),
            sender: None,
        }
    }
}

impl<A: Clone + Send + 'static> Default for Core<A> {
    fn default() -> Self {
        Self {
            list: RefCell::default(),
            rare: Cell::new(None),
            nested: Cell::new(0),
            dirty: Cell::new(false),
            ended: Cell::new(false),
            taken: Cell::new(0),
            calm: Cell::new(0),
        }
    }
}

impl<A: Clone + Send + 'static> Core<A> {
    /// Looks at what most signals never have, if this one has it.
    fn rare<R>(&self, act: impl FnOnce(&mut Rare<A>) -> R) -> Option<R> {
        let rare = self.rare.take()?;
        Some(self.use_rare(rare, act))
    }

    /// Looks at what most signals never have; this one does from now on.
    fn rare_or_new<R>(&self, act: impl FnOnce(&mut Rare<A>) -> R) -> R {
        let rare = self.rare.take().unwrap_or_default();
        self.use_rare(rare, act)
    }

    fn use_rare<R>(&self, mut rare: Box<Rare<A>>, act: impl FnOnce(&mut Rare<A>) -> R) -> R {
        let result = act(&mut rare);
        self.rare.set(Some(rare));
        result
    }
}

/// A signal at its home, with both halves.
pub(crate) struct OwnHalf<'a, A: Clone + Send + 'static> {
    pub(crate) control: &'a Arc<Control<A>>,
    core: &'a Core<A>,
}

impl<A: Clone + Send + 'static> Clone for OwnHalf<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Clone + Send + 'static> Copy for OwnHalf<'_, A> {}

/// Makes a signal whose home is this thread.
pub(super) fn begin<A: Clone + Send + 'static>() -> Arc<Control<A>> {
    let home = with_current(|home| Arc::clone(&home.shared));
    Control::new(Some(Core::default()), home)
}

impl<'a, A: Clone + Send + 'static> OwnHalf<'a, A> {
    #[inline]
    pub(crate) fn new(control: &'a Arc<Control<A>>, core: &'a Core<A>) -> Self {
        Self { control, core }
    }

    /// The object that was named as the sender.
    pub(crate) fn sender(self) -> Option<ObjectId> {
        self.core.rare(|rare| rare.sender).flatten()
    }

    pub(super) fn set_sender(self, sender: ObjectId) {
        self.core.rare_or_new(|rare| rare.sender = Some(sender));
    }

    /// The signal's end: what was sent arrives, the connections end.
    pub(super) fn end(self) {
        if !self.core.is_at_rest() {
            // A slot drops the signal that an emitter emits: that emission goes on to its own end.
            self.core.ended.set(true);
            self.core.dirty.set(true);
            return;
        }
        self.control.close();
        let added = self.core.rare.take().map(|rare| rare.added);
        for entry in self.core.list.take().into_iter().chain(added.into_iter().flatten()) {
            if let Way::Link(link) = &entry.way {
                link.finish();
            }
            unhandled::drop_caught("a slot", entry);
        }
    }
}
