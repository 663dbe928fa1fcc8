//! Changing the list of connections, and looking into it.

use std::cell::Cell;
use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;

use homebound_cells::DirectRc;
use smallvec::SmallVec;

use super::{Entry, NEVER, OwnHalf, Way};
use crate::connection::{AnyControl, ConnectError, Connection, Ends};
use crate::delivery::Delivery;
use crate::emitter::{Change, Control};
use crate::event_loop::current;
use crate::link::{self, Kind, Link, Takes, Target};
use crate::panic_guard;
use crate::slot::CallSlot;
use crate::sync::unique;
use crate::unhandled;

impl<A: Clone + Send + 'static> Entry<A> {
    fn new(id: u64, way: Way<A>) -> Self {
        Self { id: Cell::new(id), way }
    }

    /// Whether it is connected, as far as is known here.
    fn is_there(&self) -> bool {
        self.id.get() != 0
            && match &self.way {
                Way::Here(_) => true,
                // It may have ended at its receiver, which does not tell.
                Way::Link(link) => link.is_connected(),
            }
    }
}

impl<A: Clone + Send + 'static> OwnHalf<'_, A> {
    /// Looks into the list, and into what is to be appended to it.
    fn look<R>(self, look: impl Fn(&[Entry<A>]) -> R) -> (R, Option<R>) {
        let list = look(&self.core.list.borrow());
        (list, self.core.rare(|rare| look(&rare.added)))
    }

    fn find<R>(self, id: u64, act: impl Fn(&Entry<A>) -> R) -> Option<R> {
        let (list, added) = self.look(|entries| entries.iter().find(|entry| entry.id.get() == id).map(&act));
        list.or(added.flatten())
    }

    pub(crate) fn is_connected(self, id: u64) -> bool {
        self.catch_up();
        self.find(id, |_| ()).is_some()
    }

    pub(crate) fn connections(self) -> usize {
        self.catch_up();
        let (list, added) = self.look(|entries| entries.iter().filter(|entry| entry.is_there()).count());
        list + added.unwrap_or(0)
    }

    /// Connects a slot of this thread that is called at once.
    #[inline]
    pub(crate) fn connect_here(self, slot: impl CallSlot<A>) -> Connection {
        panic_guard::watch_for_locations();
        // What others have connected before stands before it.
        self.catch_up();
        let id = if self.control.is_shared() {
            self.add_shared(direct(Rc::new(slot)))
        } else {
            // Nobody else connects, so only this list has to stay in the order of the numbers.
            let id = unique::next_here(self.last());
            // Made in its place: `Rc::new` makes it on the stack and reads it back while that is still being written.
            self.add(id, Way::Here(direct(Rc::new_cyclic(|_| slot))));
            id
        };
        let control: Arc<dyn AnyControl> = Arc::<Control<A>>::clone(self.control);
        Connection {
            id,
            ends: Ends::Slot(control),
        }
    }

    /// The number of the last connection that is there.
    #[inline]
    fn last(self) -> u64 {
        if let Ok(list) = self.core.list.try_borrow_mut() {
            return list.last().map_or(0, |last| last.id.get());
        }
        self.last_while_emitted()
    }

    #[cold]
    fn last_while_emitted(self) -> u64 {
        let newest = |entries: &[Entry<A>]| entries.iter().map(|entry| entry.id.get()).rfind(|id| *id != 0);
        let (list, added) = self.look(newest);
        list.max(added.flatten()).unwrap_or(0)
    }

    /// Connects a slot of this thread so that emitters reach it, too.
    #[inline(never)]
    fn add_shared(self, slot: DirectRc<dyn CallSlot<A>>) -> u64 {
        let id = unique::next();
        if let Some(link) = link_to(id, &slot) {
            self.control.add_shared(&link);
        }
        self.add(id, Way::Here(slot));
        id
    }

    /// Connects whatever else.
    pub(crate) fn add_link(self, link: &Arc<Link<A>>) -> Result<(), ConnectError> {
        panic_guard::watch_for_locations();
        self.catch_up();
        if self.control.is_closed() {
            // A slot that was dropped just now has taken the signal along.
            return Err(ConnectError::SignalGone);
        }
        self.control.add_shared(link);
        self.add(link.id, Way::Link(Arc::clone(link)));
        Ok(())
    }

    #[inline]
    fn add(self, id: u64, way: Way<A>) {
        if let Ok(mut list) = self.core.list.try_borrow_mut()
            && list.len() < list.capacity()
        {
            return list.push(Entry::new(id, way));
        }
        self.add_slowly(Entry::new(id, way));
    }

    #[inline(never)]
    fn add_slowly(self, entry: Entry<A>) {
        if let Ok(mut list) = self.core.list.try_borrow_mut() {
            list.push(entry);
        } else {
            self.core.rare_or_new(|rare| rare.added.push(entry));
            self.core.dirty.set(true);
        }
    }

    /// Ends a connection of the home's list.
    pub(crate) fn remove(self, id: u64) {
        if self.core.rare(|_| ()).is_some() {
            cold_path();
            self.take_back(id);
        }
        if let Ok(mut list) = self.core.list.try_borrow_mut()
            && list.last().is_some_and(|last| last.id.get() == id)
        {
            let last = list.pop();
            drop(list);
            return drop_caught(last);
        }
        drop_caught(self.take(id));
    }

    /// Takes a connection out of the list; while that is borrowed, marks it.
    #[inline(never)]
    fn take(self, id: u64) -> Option<Entry<A>> {
        let Ok(mut list) = self.core.list.try_borrow_mut() else {
            self.find(id, |entry| self.mark(entry));
            return None;
        };
        // Found in order of numbers, but for what other threads have added.
        let at = match list.binary_search_by_key(&id, |entry| entry.id.get()) {
            Ok(at) => Some(at),
            Err(_) => list.iter().position(|entry| entry.id.get() == id),
        };
        at.map(|at| list.remove(at))
    }

    /// Marks an entry as one that has ended.
    pub(super) fn mark(self, entry: &Entry<A>) {
        entry.id.set(0);
        self.core.dirty.set(true);
        self.core.calm.set(NEVER);
    }

    /// Takes over what other threads have changed.
    #[inline]
    pub(crate) fn catch_up(self) {
        if self.control.version() != self.core.taken.get() {
            self.take_over();
        }
    }

    #[cold]
    fn take_over(self) {
        panic_guard::watch_for_locations();
        let (changes, version) = self.control.take_changes();
        self.core.taken.set(version);
        self.calm_down();
        for change in changes {
            match change {
                Change::Add(link) => self.add(link.id, Way::Link(link)),
                Change::Remove(id) => self.remove(id),
            }
        }
    }

    /// Lets slots be called without another look, if nothing is against it. Whoever blocks the signal from now on raises the version.
    fn calm_down(self) {
        let core = self.core;
        let calm = !core.dirty.get() && !self.control.is_blocked();
        core.calm.set(if calm { core.taken.get() } else { NEVER });
    }

    /// After the outermost emission: drops what has ended, appends what is new.
    #[cold]
    pub(super) fn settle(self) {
        let core = self.core;
        core.dirty.set(false);
        self.calm_down();
        let added = core.rare(|rare| std::mem::take(&mut rare.added));
        let ended: SmallVec<[_; 1]> = {
            let mut list = core.list.borrow_mut();
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
        if core.ended.get() {
            self.end();
        }
    }

    /// Lets emitters reach the slots that are connected here.
    pub(crate) fn share(self) {
        self.control.share(|| {
            let links = |entries: &[Entry<A>]| entries.iter().filter_map(Entry::link).collect::<Vec<_>>();
            let (mut list, added) = self.look(links);
            list.extend(added.into_iter().flatten());
            list
        });
    }
}

impl<A: Clone + Send + 'static> Entry<A> {
    /// The way for other threads to its slot, if it has not ended.
    fn link(&self) -> Option<Arc<Link<A>>> {
        match (self.id.get(), &self.way) {
            (0, _) => None,
            (_, Way::Link(link)) => Some(Arc::clone(link)),
            (id, Way::Here(slot)) => link_to(id, slot),
        }
    }
}

#[inline]
fn drop_caught<A: Clone + Send + 'static>(entry: Option<Entry<A>>) {
    match entry.map(|entry| entry.way) {
        Some(Way::Here(slot)) => unhandled::drop_caught("a slot", slot),
        Some(Way::Link(link)) => unhandled::drop_caught("a slot", link),
        None => {}
    }
}

#[inline]
fn direct<A>(slot: Rc<dyn CallSlot<A>>) -> DirectRc<dyn CallSlot<A>> {
    slot.into()
}

/// The way for other threads to a slot of this thread.
fn link_to<A: Clone + Send + 'static>(id: u64, slot: &DirectRc<dyn CallSlot<A>>) -> Option<Arc<Link<A>>> {
    let home = current()?;
    let link = Link::new(id, Delivery::Auto, false, Takes::One, Target::Object(slot.address()?));
    link::install(&home, Arc::clone(&link), Kind::One(slot.clone().into()));
    Some(link)
}
