//! A signal's own half: a list of connections in order, and an emission that costs a call per slot.
//!
//! # Invariants
//! 1. `list` is in the order of connecting. While an emission runs (`depth > 0`) it is borrowed, so it is not changed: an entry that ends is marked
//!    (`id` 0), a new one goes to `added`. Whoever ends the outermost emission settles both.
//! 2. A connection made in a slot is not called by the emission that made it, but by every later one, nested ones among them (as in Qt).
//! 3. Before each slot the version of the shared half is compared; what other threads changed counts from the next slot on.
//! 4. No slot is dropped while a list is borrowed.

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use smallvec::SmallVec;

use super::OwnHalf;
use crate::delivery::Delivery;
use crate::emitter::{Change, Control};
use crate::event_loop::{current, with_current};
use crate::link::{self, Kind, Link, Takes, Target};
use crate::object::ObjectId;
use crate::panic_guard;
use crate::report::{EmitReport, Refusals};
use crate::slot::{CallSlot, Called};
use crate::sync::unique;
use crate::unhandled;

/// A signal's own half, on its home thread.
pub(crate) struct Core<A: Clone + Send + 'static> {
    list: RefCell<SmallVec<[Entry<A>; 1]>>,
    rare: OnceCell<Box<Rare<A>>>,
    depth: Cell<u32>,
    dirty: Cell<bool>,
    seen: Cell<u64>,
    pub(crate) control: Arc<Control<A>>,
}

/// What most signals never have.
struct Rare<A: Clone + Send + 'static> {
    /// What was connected while an emission ran.
    added: RefCell<Vec<Entry<A>>>,
    /// The calls that wait for a running object, by their connections.
    deferred: RefCell<Vec<Deferred<A>>>,
    sender: Cell<Option<ObjectId>>,
}

/// A connection and the slot that is to be called for it later, unless the connection ends before.
type Deferred<A> = (u64, Weak<RefCell<Option<Rc<dyn CallSlot<A>>>>>);

struct Entry<A: Clone + Send + 'static> {
    /// 0 if it has ended.
    id: Cell<u64>,
    way: Way<A>,
}

/// How an entry is called.
enum Way<A: Clone + Send + 'static> {
    /// A slot of this very thread, called at once.
    Here(Rc<dyn CallSlot<A>>),
    /// Whatever else.
    Link(Arc<Link<A>>),
}

impl<A: Clone + Send + 'static> Clone for Way<A> {
    fn clone(&self) -> Self {
        match self {
            Self::Here(slot) => Self::Here(Rc::clone(slot)),
            Self::Link(link) => Self::Link(Arc::clone(link)),
        }
    }
}

/// A version that the shared half never has.
const NEVER: u64 = u64::MAX;

/// How often one signal may be on the stack of its thread: far more than a program means to, and far less than a stack holds.
pub(crate) const DEEPEST: u32 = 256;

/// One emission on the stack; when the outermost ends, also by unwinding, the list is settled.
struct Emission<'a, A: Clone + Send + 'static> {
    core: &'a Core<A>,
    /// How many there were before it.
    nested: u32,
}

impl<A: Clone + Send + 'static> Drop for Emission<'_, A> {
    #[inline]
    fn drop(&mut self) {
        self.core.depth.set(self.nested);
        if self.nested == 0 && self.core.dirty.get() {
            self.core.settle();
        }
    }
}

impl<A: Clone + Send + 'static> Core<A> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let home = with_current(|home| Arc::clone(&home.shared));
            let control = Control::new(Some(OwnHalf::new(this.clone())), home);
            Self {
                list: RefCell::default(),
                rare: OnceCell::new(),
                depth: Cell::new(0),
                dirty: Cell::new(false),
                seen: Cell::new(0),
                control,
            }
        })
    }

    fn rare(&self) -> &Rare<A> {
        self.rare.get_or_init(|| {
            Box::new(Rare {
                added: RefCell::default(),
                deferred: RefCell::default(),
                sender: Cell::new(None),
            })
        })
    }

    /// The object that was named as the sender.
    pub(crate) fn sender(&self) -> Option<ObjectId> {
        self.rare.get()?.sender.get()
    }

    pub(super) fn set_sender(&self, sender: ObjectId) {
        self.rare().sender.set(Some(sender));
    }

    /// What was connected while an emission ran, if anything was.
    fn added(&self) -> Option<Ref<'_, Vec<Entry<A>>>> {
        self.rare.get().map(|rare| rare.added.borrow())
    }

    #[inline]
    pub(crate) fn emit(&self, args: &A) -> EmitReport {
        if self.control.version() != self.seen.get() && !self.may_emit() {
            return EmitReport::default();
        }
        if self.depth.get() > 0 {
            return self.emit_nested(args);
        }
        if self.list.borrow().is_empty() {
            return EmitReport::default();
        }
        self.emit_to_list(args, 0)
    }

    /// Emits from inside of another emission of this signal, and also to what its slots have added.
    #[cold]
    fn emit_nested(&self, args: &A) -> EmitReport {
        let nested = self.depth.get();
        if nested >= DEEPEST {
            return EmitReport::too_deep();
        }
        // What is added from now on is for later emissions.
        let newer = self.added().map_or(0, |added| added.len());
        let mut refusals = Refusals::default();
        refusals.extend(self.emit_to_list(args, nested));
        if newer > 0 {
            self.depth.set(nested + 1);
            let _emission = Emission { core: self, nested };
            self.emit_to_added(newer, args, &mut refusals);
        }
        EmitReport::new(refusals)
    }

    fn emit_to_list(&self, args: &A, nested: u32) -> EmitReport {
        self.depth.set(nested + 1);
        let emission = Emission { core: self, nested };
        let mut refusals = Refusals::default();
        {
            let list = self.list.borrow();
            let mut rest = list.iter();
            // The iterator lives outside: after a panic the emission goes on with the next slot.
            while let Err(payload) = panic_guard::catch(None, || {
                for entry in rest.by_ref() {
                    self.call(entry, args, &mut refusals);
                }
            }) {
                unhandled::panicked("a slot", payload);
            }
        }
        drop(emission);
        EmitReport::new(refusals)
    }

    /// Takes over what was changed before the emission, by whomever, so that it counts in it. Returns whether the signal is not blocked.
    #[cold]
    fn may_emit(&self) -> bool {
        if self.control.is_blocked() {
            self.control.count_suppressed();
            return false;
        }
        self.catch_up();
        true
    }

    #[cold]
    fn emit_to_added(&self, newer: usize, args: &A, refusals: &mut Refusals) {
        for at in 0..newer {
            let Some((id, way)) = self
                .added()
                .and_then(|added| added.get(at).map(|entry| (entry.id.get(), entry.way.clone())))
            else {
                return;
            };
            if id == 0 {
                continue;
            }
            let called = panic_guard::catch(None, || self.call_way(id, &way, args, refusals));
            match called {
                Ok(true) => {}
                Ok(false) => self.remove(id),
                Err(payload) => unhandled::panicked("a slot", payload),
            }
        }
    }

    #[inline]
    fn call(&self, entry: &Entry<A>, args: &A, refusals: &mut Refusals) {
        self.catch_up();
        let id = entry.id.get();
        if id != 0 && !self.call_way(id, &entry.way, args, refusals) {
            entry.id.set(0);
            self.dirty.set(true);
        }
    }

    /// Calls one entry. Returns whether it is still connected.
    #[inline]
    fn call_way(&self, id: u64, way: &Way<A>, args: &A, refusals: &mut Refusals) -> bool {
        match way {
            Way::Here(slot) => match slot.call(args) {
                Called::Done => true,
                called => self.not_done(id, slot, called, args),
            },
            Way::Link(link) => self.call_link(link, args, refusals),
        }
    }

    /// Sees to a slot that could not be called just now. Returns whether it is still connected.
    #[cold]
    fn not_done(&self, id: u64, slot: &Rc<dyn CallSlot<A>>, called: Called, args: &A) -> bool {
        if called == Called::Busy {
            self.defer(id, slot, args);
        } else {
            self.control.end(id);
        }
        called == Called::Busy
    }

    /// Returns whether the link is still connected.
    #[inline(never)]
    fn call_link(&self, link: &Arc<Link<A>>, args: &A, refusals: &mut Refusals) -> bool {
        let connected = link.deliver(args, refusals);
        if !connected {
            drop(self.control.forget(link.id));
        }
        connected
    }

    /// The slot's object is running, further up the stack: the call waits until it has ended (D6 of the design).
    fn defer(&self, id: u64, slot: &Rc<dyn CallSlot<A>>, args: &A) {
        let (core, args) = (self.control.core().map(|core| Rc::downgrade(&core)), args.clone());
        let called = Rc::new(RefCell::new(Some(Rc::clone(slot))));
        self.rare().deferred.borrow_mut().push((id, Rc::downgrade(&called)));
        let job = move || {
            let core = core.and_then(|core| core.upgrade());
            if let Some(core) = &core {
                core.catch_up();
            }
            // A connection that has ended meanwhile has taken its slot; the signal's own end does not take back what it has sent.
            let called = called.take();
            if let Some(called) = called
                && called.call(&args) == Called::Gone
                && let Some(core) = core
            {
                core.remove(id);
            }
        };
        with_current(|home| slot.wait(home.local_event(Box::new(job))));
    }

    /// Keeps from being called what was put off for a connection that has ended.
    #[cold]
    fn take_back(&self, id: u64) {
        let Some(rare) = self.rare.get() else { return };
        let mut slots = Vec::new();
        rare.deferred
            .borrow_mut()
            .retain(|(connection, called)| match called.upgrade() {
                Some(called) if *connection == id => {
                    slots.push(called.take());
                    false
                }
                other => other.is_some(),
            });
        // One of them may be the last of its slot.
        slots
            .into_iter()
            .for_each(|slot| unhandled::drop_caught("a slot", slot));
    }

    fn find<R>(&self, id: u64, act: impl Fn(&Entry<A>) -> R) -> Option<R> {
        let find = |entries: &[Entry<A>]| entries.iter().find(|entry| entry.id.get() == id).map(&act);
        find(&self.list.borrow()).or_else(|| find(&self.added()?))
    }

    pub(crate) fn is_connected(&self, id: u64) -> bool {
        self.catch_up();
        self.find(id, |_| ()).is_some()
    }

    pub(super) fn connections(&self) -> usize {
        self.catch_up();
        let is_there = |entry: &&Entry<A>| match &entry.way {
            Way::Here(_) => entry.id.get() != 0,
            // It may have ended at its receiver, which does not tell.
            Way::Link(link) => entry.id.get() != 0 && link.is_connected(),
        };
        let count = |entries: &[Entry<A>]| entries.iter().filter(is_there).count();
        count(&self.list.borrow()) + self.added().map_or(0, |added| count(&added))
    }

    // ---- changing the list

    /// Connects a slot of this thread that is called at once.
    pub(crate) fn add_here(&self, slot: Rc<dyn CallSlot<A>>) -> u64 {
        // What others have connected before stands before it.
        self.catch_up();
        let id;
        if self.control.is_shared() {
            id = unique::next();
            if let Some(link) = link_to(id, &slot) {
                self.control.add_shared(&link);
            }
        } else {
            // Nobody else connects, so only this list has to stay in the order of the numbers.
            id = unique::next_here(self.last());
        }
        self.add(id, Way::Here(slot));
        id
    }

    /// The number of the last connection that is there.
    fn last(&self) -> u64 {
        let last = |entries: &[Entry<A>]| {
            let mut ids = entries.iter().rev().map(|entry| entry.id.get());
            ids.find(|id| *id != 0).unwrap_or(0)
        };
        last(&self.list.borrow()).max(self.added().map_or(0, |added| last(&added)))
    }

    /// Connects whatever else.
    pub(crate) fn add_link(&self, link: &Arc<Link<A>>) {
        self.catch_up();
        self.control.add_shared(link);
        self.add(link.id, Way::Link(Arc::clone(link)));
    }

    #[inline]
    fn add(&self, id: u64, way: Way<A>) {
        if let Ok(mut list) = self.list.try_borrow_mut() {
            list.push(Entry { id: Cell::new(id), way });
        } else {
            self.rare().added.borrow_mut().push(Entry { id: Cell::new(id), way });
            self.dirty.set(true);
        }
    }

    /// Ends a connection of the home's list.
    pub(crate) fn remove(&self, id: u64) {
        if self.rare.get().is_some() {
            self.take_back(id);
        }
        // Found in order of numbers, but for what other threads have added.
        let removed = if let Ok(mut list) = self.list.try_borrow_mut() {
            if list.last().is_some_and(|entry| entry.id.get() == id) {
                list.pop()
            } else {
                let at = match list.binary_search_by_key(&id, |entry| entry.id.get()) {
                    Ok(at) => Some(at),
                    Err(_) => list.iter().position(|entry| entry.id.get() == id),
                };
                at.map(|at| list.remove(at))
            }
        } else {
            self.mark_ended(id);
            None
        };
        match removed.map(|removed| removed.way) {
            Some(Way::Here(slot)) => unhandled::drop_caught("a slot", slot),
            Some(Way::Link(link)) => unhandled::drop_caught("a slot", link),
            None => {}
        }
    }

    fn mark_ended(&self, id: u64) {
        self.find(id, |entry| entry.id.set(0));
        self.dirty.set(true);
    }

    /// Takes over what other threads have changed.
    #[inline]
    pub(crate) fn catch_up(&self) {
        if self.control.version() != self.seen.get() {
            self.take_over();
        }
    }

    #[cold]
    fn take_over(&self) {
        let (changes, version) = self.control.take_changes();
        // A blocked signal looks at each emission; what was raised before `version` is seen here.
        self.seen.set(if self.control.is_blocked() { NEVER } else { version });
        for change in changes {
            match change {
                Change::Add(link) => self.add(link.id, Way::Link(link)),
                Change::Remove(id) => self.remove(id),
            }
        }
    }

    /// After the outermost emission: drops what has ended, appends what is new.
    #[cold]
    fn settle(&self) {
        self.dirty.set(false);
        let ended: SmallVec<[_; 1]> = {
            let mut list = self.list.borrow_mut();
            let added = self.rare.get().map(|rare| rare.added.take());
            let all = std::mem::take(&mut *list)
                .into_iter()
                .chain(added.into_iter().flatten());
            let (ended, kept) = all.partition(|entry| entry.id.get() == 0);
            *list = kept;
            ended
        };
        ended
            .into_iter()
            .for_each(|entry| unhandled::drop_caught("a slot", entry));
    }

    /// Lets emitters reach the slots that are connected here.
    pub(super) fn share(&self) {
        self.control.share(|| {
            let list = self.list.borrow();
            let added = self.added();
            let links = list
                .iter()
                .chain(added.iter().flat_map(|added| added.iter()))
                .filter_map(|entry| match (entry.id.get(), &entry.way) {
                    (0, _) => None,
                    (_, Way::Link(link)) => Some(Arc::clone(link)),
                    (id, Way::Here(slot)) => link_to(id, slot),
                });
            links.collect()
        });
    }
}

/// The way for other threads to a slot of this thread.
fn link_to<A: Clone + Send + 'static>(id: u64, slot: &Rc<dyn CallSlot<A>>) -> Option<Arc<Link<A>>> {
    let home = current()?;
    let link = Link::new(id, Delivery::Auto, false, Takes::One, Target::Object(slot.address()?));
    link::install(&home, Arc::clone(&link), Kind::One(Rc::clone(slot)));
    Some(link)
}

impl<A: Clone + Send + 'static> Drop for Core<A> {
    fn drop(&mut self) {
        let added = self.rare.take().map(|rare| rare.added.into_inner());
        for entry in self.list.take().into_iter().chain(added.into_iter().flatten()) {
            if let Way::Link(link) = &entry.way {
                link.finish();
            }
            unhandled::drop_caught("a slot", entry);
        }
        self.control.close();
        if let Some(own_half) = &self.control.own_half {
            own_half.clear();
        }
    }
}
