//! The half of a signal that every thread may hold.
//!
//! Who uses it: any thread emits, connects and disconnects through an [`Emitter`] or a [`Connection`]; the signal's home thread takes over what others changed.
//!
//! # Invariants
//! 1. `links` is in the order of connecting, which is the order of the numbers. It is kept only once the signal is `shared`.
//! 2. Each change of `links`, and each change that the home has still to take over (`changes`), raises `version` under the lock; blocking and unblocking
//!    raise it, too. So an emission at home finds with one load that nothing has changed.
//! 3. A snapshot of `links` is used for an emission only if its version is the present one. So a connection made or ended before an emission, as that thread sees it,
//!    counts in it.
//!
//! # Protocol
//! connect, disconnect: 1 lock  2 edit  3 raise `version`  4 unlock  5 drop what was taken out
//! emit away: see [`away`]
//! emit at home: before each slot, load `version`; if it is not the one last seen: lock, take `changes`, unlock, apply them to the home's own list
//!
//! # Locks
//! One; links are cut and dropped, and slots are called, after it is released.

mod away;
mod kept;
#[cfg(all(test, loom))]
mod loom;

use std::any::TypeId;
use std::sync::{Arc, Weak};

use homebound_cells::ThreadBound;

use crate::connection::{AnyControl, ConnectError, Sender};
use crate::event_loop::LoopProxy;
use crate::home::LoopShared;
use crate::link::{AnyLink, Link};
use crate::signal::{Core, OwnHalf};
use crate::sync::MutexGuard;
use crate::sync::OnceBox;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::sync::unique;

use away::{Away, State};

/// What all holders of a signal share.
pub(crate) struct Control<A: Clone + Send + 'static> {
    pub(crate) id: u64,
    /// What only the signal's home reaches; a signal may have no home.
    core: Option<ThreadBound<Core<A>>>,
    /// The loop of the home thread, to be told of changes; a thread may have none.
    home: Option<Arc<LoopShared>>,
    version: AtomicU64,
    blocked: AtomicU32,
    /// Whether emitters exist. Changed under the lock; where it is false only the home thread connects and emits.
    shared: AtomicBool,
    /// Whether an emission through a gone signal was reported.
    told_gone: AtomicBool,
    closed: AtomicBool,
    /// What only emitters, and connections that are ended on other threads, need: most signals have neither.
    away: OnceBox<Away<A>>,
}

/// A list of links that is short enough to be rewritten at each disconnect.
const SHORT: usize = 32;

/// What makes two connections the same: receiver and slot.
pub(crate) type UniqueKey = (u64, TypeId);

/// What another thread did to a signal's connections.
pub(crate) enum Change<A: Clone + Send + 'static> {
    Add(Arc<Link<A>>),
    Remove(u64),
}

impl<A: Clone + Send + 'static> Control<A> {
    /// `core` is `None` for a signal without a home; else this thread is its home.
    pub(crate) fn new(core: Option<Core<A>>, home: Option<Arc<LoopShared>>) -> Arc<Self> {
        let has_home = core.is_some();
        Arc::new(Self {
            id: unique::next(),
            home,
            core: core.map(ThreadBound::new),
            version: AtomicU64::new(0),
            blocked: AtomicU32::new(0),
            shared: AtomicBool::new(!has_home),
            told_gone: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            away: OnceBox::new(),
        })
    }

    /// What other threads use; made if there is none.
    fn away(&self) -> &Away<A> {
        self.away.get_or_init(Away::new)
    }

    fn lock(&self) -> MutexGuard<'_, State<A>> {
        self.away().state.lock()
    }

    /// Whether the signal has ended. Under the lock it cannot end meanwhile, if others have something of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether this thread is the signal's home.
    pub(crate) fn is_home(&self) -> bool {
        self.core.as_ref().is_some_and(ThreadBound::is_here)
    }

    /// The signal's own half, if this is its home and it has not ended.
    #[inline]
    pub(crate) fn own_half(self: &Arc<Self>) -> Option<OwnHalf<'_, A>> {
        self.own_half_to_emit().filter(|_| !self.is_closed())
    }

    /// The signal's own half, if this is its home; the version tells an emission whether it has ended.
    #[inline]
    pub(crate) fn own_half_to_emit(self: &Arc<Self>) -> Option<OwnHalf<'_, A>> {
        let core = self.core.as_ref()?.get()?;
        Some(OwnHalf::new(self, core))
    }

    /// The signal as its connections hold it.
    #[inline]
    pub(crate) fn sender(self: &Arc<Self>) -> Sender {
        let control: Arc<dyn AnyControl> = Arc::<Self>::clone(self);
        if self.core.is_none() {
            Sender::Homeless(Arc::downgrade(&control))
        } else {
            Sender::AtHome(control)
        }
    }

    /// The version of the connections. Acquire: who sees a change made by another thread before it told this one, sees its effect.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Acquire)
    }

    /// Begins to keep links for emitters, the first time with those that exist.
    pub(crate) fn share(&self, links: impl FnOnce() -> Vec<Arc<Link<A>>>) {
        if self.is_shared() {
            return;
        }
        let links = links();
        let mut state = self.lock();
        self.shared.store(true, Ordering::Release);
        state.links = links;
        self.raise();
    }

    /// Adds a link that the home has in its own list already.
    pub(crate) fn add_shared(&self, link: &Arc<Link<A>>) {
        if self.is_shared() {
            let mut state = self.lock();
            insert(&mut state.links, link);
            self.raise();
        }
    }

    /// Adds a link from another thread than the signal's home.
    pub(crate) fn add_away(&self, link: &Arc<Link<A>>) -> Result<(), ConnectError> {
        let mut state = self.lock();
        if self.is_closed() {
            return Err(ConnectError::SignalGone);
        }
        insert(&mut state.links, link);
        if self.core.is_some() {
            state.changes.push(Change::Add(Arc::clone(link)));
        }
        self.raise();
        Ok(())
    }

    /// Asks the home to remove a connection. Returns whether the signal is there to do so.
    fn remove_away(&self, id: u64) -> bool {
        let mut state = self.lock();
        if self.is_closed() {
            return false;
        }
        state.changes.push(Change::Remove(id));
        self.raise();
        true
    }

    #[cold]
    fn disconnect_away(self: Arc<Self>, id: u64) {
        if self.core.is_some() && !self.is_home() && self.remove_away(id) {
            self.tell_home();
        }
    }

    /// Drops the slot soon, also if the signal is never emitted again. A closed loop does not matter: the version says all.
    fn tell_home(self: Arc<Self>) {
        let Some(home) = self.home.clone() else { return };
        let catch_up = move || {
            if let Some(own) = self.own_half() {
                own.catch_up();
            }
        };
        let _ = LoopProxy::new(home).post(catch_up);
    }

    fn raise(&self) {
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Remembers a unique connection, unless it exists.
    pub(crate) fn claim(&self, key: UniqueKey, link: Weak<dyn AnyLink>) -> Result<(), ConnectError> {
        let mut state = self.lock();
        // A link that is upgraded here may be the last of its kind: it is dropped after the lock is released.
        let known: Vec<_> = state.unique.iter().map(|(_, link)| link.upgrade()).collect();
        let mut connected = known
            .iter()
            .map(|link| link.as_ref().is_some_and(|link| link.is_connected()));
        state.unique.retain(|_| connected.next().unwrap_or(false));
        let exists = state.unique.iter().any(|(other, _)| *other == key);
        if !exists {
            state.unique.push((key, link));
        }
        drop(state);
        drop(known);
        if exists { Err(ConnectError::Exists) } else { Ok(()) }
    }

    /// The changes that other threads have made, and a version that they lead to at least.
    pub(crate) fn take_changes(&self) -> (Vec<Change<A>>, u64) {
        // Before the look: whoever raises it afterwards is seen the next time. The other way round, what is made between the two would never be looked for.
        let version = self.version();
        let changes = match self.away.get() {
            Some(away) => std::mem::take(&mut away.state.lock().changes),
            None => Vec::new(),
        };
        (changes, version)
    }

    /// Ends a connection that may have no link but the one that is kept here.
    #[inline]
    pub(crate) fn end(&self, id: u64) {
        if self.is_shared() {
            self.end_shared(id);
        }
    }

    #[inline(never)]
    fn end_shared(&self, id: u64) {
        if let Some(link) = self.forget_shared(id) {
            link.cut();
        }
    }

    /// Forgets a link that is no longer connected, if it is kept here, and returns it. What it has sent may still be on its way.
    #[inline]
    pub(crate) fn forget(&self, id: u64) -> Option<Arc<Link<A>>> {
        if self.is_shared() { self.forget_shared(id) } else { None }
    }

    fn forget_shared(&self, id: u64) -> Option<Arc<Link<A>>> {
        let mut forgotten = None;
        let mut gone = Vec::new();
        let mut snapshot = None;
        {
            let mut state = self.lock();
            if let Ok(at) = state.links.binary_search_by_key(&id, |link| link.id) {
                forgotten = Some(Arc::clone(&state.links[at]));
                state.dead += 1;
                // It would keep the closure of the link until the next emission, which may never be.
                snapshot = state.retire();
                // Removing from the middle of a long list each time would cost as much as the list is long.
                if state.links.len() <= SHORT || state.dead * 2 > state.links.len() {
                    let (kept, dead) = std::mem::take(&mut state.links)
                        .into_iter()
                        .partition(|link| link.id != id && link.is_connected());
                    (state.links, gone) = (kept, dead);
                    state.dead = 0;
                }
                self.raise();
            }
        }
        drop((gone, snapshot));
        forgotten
    }

    /// The signal's end: what was sent arrives; nothing can be connected or emitted any more.
    pub(crate) fn close(&self) {
        let Some(away) = self.away.get() else {
            // Emitters are told of at home, before they exist: nobody but a disconnection can come too late to see this.
            self.closed.store(true, Ordering::Release);
            return;
        };
        let (links, changes, unique, snapshot);
        {
            let mut state = away.state.lock();
            self.closed.store(true, Ordering::Release);
            links = std::mem::take(&mut state.links);
            changes = std::mem::take(&mut state.changes);
            unique = std::mem::take(&mut state.unique);
            snapshot = state.retire();
            self.raise();
        }
        for link in &links {
            link.finish();
        }
        drop((links, changes, unique, snapshot));
    }

    // ---- blocking

    #[inline]
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::Relaxed) > 0
    }

    /// Raises the version: an emission at home looks at nothing else.
    pub(crate) fn block(&self) {
        self.blocked.fetch_add(1, Ordering::Relaxed);
        self.raise();
    }

    pub(crate) fn unblock(&self) {
        self.blocked.fetch_sub(1, Ordering::Relaxed);
        self.raise();
    }

    #[cold]
    pub(crate) fn count_suppressed(&self) {
        self.away().suppressed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn suppressed(&self) -> u64 {
        self.away
            .get()
            .map_or(0, |away| away.suppressed.load(Ordering::Relaxed))
    }
}

/// Threads may take their numbers in one order and come here in another.
fn insert<A: Clone + Send + 'static>(links: &mut Vec<Arc<Link<A>>>, link: &Arc<Link<A>>) {
    let at = links.partition_point(|other| other.id < link.id);
    links.insert(at, Arc::clone(link));
}

impl<A: Clone + Send + 'static> AnyControl for Control<A> {
    fn disconnect(self: Arc<Self>, id: u64) {
        self.end(id);
        match self.own_half() {
            Some(own) => own.remove(id),
            None => self.disconnect_away(id),
        }
    }

    fn is_connected(self: Arc<Self>, id: u64) -> bool {
        if self.is_home() {
            return self.own_half().is_some_and(|own| own.is_connected(id));
        }
        let state = self.lock();
        if self.is_shared() {
            return state
                .links
                .binary_search_by_key(&id, |link| link.id)
                .is_ok_and(|at| state.links[at].is_connected());
        }
        !self.is_closed()
            && !state
                .changes
                .iter()
                .any(|change| matches!(change, Change::Remove(gone) if *gone == id))
    }
}

impl<A: Clone + Send + 'static> Drop for Control<A> {
    fn drop(&mut self) {
        // A signal without a home ends here; one with a home was closed by it.
        self.close();
    }
}
