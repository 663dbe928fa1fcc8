//! Emitting away from the signal's home: the half of a [`Control`] that only other threads use.
//!
//! Who uses it: any thread that is not the signal's home emits; whoever connects, disconnects or ends the signal edits the list under the lock.
//!
//! # Protocol
//! emit: 1 load `version`  2 does this thread keep a list of that version? take that  3 else lock, take the present snapshot or copy the links, unlock, keep it
//! 4 deliver to each. The version is raised under the lock with each edit, so a list that bears the present number is the present list; and a thread that
//! was told of a change (by whatever means orders the two) loads the number that the change has raised.
//!
//! # What a thread keeps
//! A thread that emits no more keeps its last lists until it ends, for nobody else can reach them. So it keeps a list by itself only if that is plain memory: a few links
//! that lead to objects and loops and hold no value. Of any other list (a closure that runs on the emitting thread, another signal, a cell with a
//! value) it keeps a weak reference; the list goes with the disconnection, or with the emission that uses it just then.

use std::cell::Cell;
use std::mem::needs_drop;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use super::kept::{self, Keepable, Store};
use super::{Change, Control, UniqueKey};
use crate::args::ForGood;
use crate::link::{AnyLink, Link};
use crate::panic_guard;
use crate::report::{EmitReport, Refusals, Refused};
use crate::signal::DEEPEST;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::unhandled;

#[cfg(all(test, loom))]
mod loom;

/// The most links of a list that a thread keeps by itself.
const FEW: usize = 8;

/// What a signal has only once other threads have to do with it, or it was blocked.
pub(super) struct Away<A: Clone + Send + 'static> {
    pub(super) suppressed: AtomicU64,
    pub(super) state: Mutex<State<A>>,
}

pub(super) struct State<A: Clone + Send + 'static> {
    pub(super) links: Vec<Arc<Link<A>>>,
    /// How many of `links` are no longer connected.
    pub(super) dead: usize,
    pub(super) changes: Vec<Change<A>>,
    pub(super) unique: Vec<(UniqueKey, Weak<dyn AnyLink>)>,
    /// The list as the last emission that had to copy it found it.
    snapshot: Option<Arc<Snapshot<A>>>,
}

pub(super) struct Snapshot<A: Clone + Send + 'static> {
    version: u64,
    links: Vec<Arc<Link<A>>>,
    /// No emission will find it any more.
    retired: AtomicBool,
}

/// A snapshot as a thread keeps it.
enum Kept<A: Clone + Send + 'static> {
    /// Plain memory.
    Own(Arc<Snapshot<A>>),
    /// It goes with what is disconnected.
    Weak(Weak<Snapshot<A>>),
}

impl<A: Clone + Send + 'static> Kept<A> {
    fn new(snapshot: &Arc<Snapshot<A>>) -> Self {
        if snapshot.links.len() <= FEW && snapshot.links.iter().all(|link| link.is_plain()) {
            Self::Own(Arc::clone(snapshot))
        } else {
            Self::Weak(Arc::downgrade(snapshot))
        }
    }
}

impl<A: Clone + Send + 'static> Keepable for Kept<A> {
    fn is_stale(&self) -> bool {
        match self {
            // Relaxed: seen late, it stays a while longer.
            Self::Own(snapshot) => snapshot.retired.load(Ordering::Relaxed),
            Self::Weak(snapshot) => snapshot.strong_count() == 0,
        }
    }
}

impl<A: Clone + Send + 'static> State<A> {
    /// Takes the snapshot out, to be dropped after the lock is released: it may hold the last of a closure.
    pub(super) fn retire(&mut self) -> Option<Arc<Snapshot<A>>> {
        let snapshot = self.snapshot.take()?;
        snapshot.retired.store(true, Ordering::Relaxed);
        Some(snapshot)
    }
}

impl<A: Clone + Send + 'static> Away<A> {
    pub(super) fn new() -> Self {
        Self {
            suppressed: AtomicU64::new(0),
            state: Mutex::new(State {
                links: Vec::new(),
                dead: 0,
                changes: Vec::new(),
                unique: Vec::new(),
                snapshot: None,
            }),
        }
    }
}

impl<A: Clone + Send + 'static> Control<A> {
    // In line, it would cost an emission at home the saving of its registers.
    #[inline(never)]
    pub(in crate::emitter) fn emit_away(&self, args: A) -> EmitReport {
        if self.is_blocked() {
            self.count_suppressed();
            return EmitReport::default();
        }
        let Some(_level) = Level::enter() else {
            return EmitReport::too_deep();
        };
        let mut args = Some(args);
        let mut emit = |store: &Store| args.take().map(|args| self.emit_from(store, args));
        let emitted = kept::of_this_thread(&mut emit).flatten();
        emitted.or_else(|| emit(&Store::new())).unwrap_or_default()
    }

    /// Emits on the thread that keeps `store`.
    #[inline]
    fn emit_from(&self, store: &Store, args: A) -> EmitReport {
        let Some(kept) = store.find::<Kept<A>>(self.id, self.version()) else {
            return self.emit_anew(store, args);
        };
        match &*kept {
            Kept::Own(snapshot) => deliver_all(&snapshot.links, args),
            Kept::Weak(snapshot) => match snapshot.upgrade() {
                Some(snapshot) => deliver_all(&snapshot.links, args),
                None => self.emit_anew(store, args),
            },
        }
    }

    #[cold]
    fn emit_anew(&self, store: &Store, args: A) -> EmitReport {
        let Some(snapshot) = self.snapshot() else {
            return self.gone();
        };
        store.keep(self.id, snapshot.version, Rc::new(Kept::new(&snapshot)));
        deliver_all(&snapshot.links, args)
    }

    /// Says once that the signal is gone: at the end of a program that may come up a million times a second.
    #[cold]
    pub(crate) fn gone(&self) -> EmitReport {
        let mut refusals = Refusals::default();
        if !self.told_gone.swap(true, Ordering::Relaxed) {
            refusals.push(Refused::SignalGone);
        }
        EmitReport::new(refusals)
    }

    /// The present list, or `None` if the signal has ended.
    fn snapshot(&self) -> Option<Arc<Snapshot<A>>> {
        let (present, before);
        {
            let mut state = self.lock();
            if self.is_closed() {
                return None;
            }
            // Under the lock nobody edits the list; blocking raises the number without it, and then this emission's list is copied once more.
            let version = self.version();
            if let Some(snapshot) = &state.snapshot
                && snapshot.version == version
            {
                return Some(Arc::clone(snapshot));
            }
            before = state.retire();
            present = Arc::new(Snapshot {
                version,
                links: state.links.iter().filter(|link| link.is_connected()).cloned().collect(),
                retired: AtomicBool::new(false),
            });
            state.snapshot = Some(Arc::clone(&present));
        }
        drop(before);
        Some(present)
    }
}

thread_local! {
    static AWAY: Cell<u32> = const { Cell::new(0) };
}

/// One emission away from home on this thread's stack, also when it unwinds.
struct Level;

impl Level {
    /// `None` if there are too many: signals emit each other in a circle.
    fn enter() -> Option<Self> {
        let depth = AWAY.get();
        (depth < DEEPEST).then(|| {
            AWAY.set(depth + 1);
            Self
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        AWAY.set(AWAY.get() - 1);
    }
}

/// Delivers to each link in order; the last one is given the arguments for good.
#[inline]
fn deliver_all<A: Clone + Send + 'static>(links: &[Arc<Link<A>>], args: A) -> EmitReport {
    let mut refusals = Refusals::default();
    match links.split_last() {
        Some((last, others)) if needs_drop::<A>() => {
            deliver_to_each(others, &args, &mut refusals);
            if let Err(report) = panic_guard::catch(None, || last.deliver(ForGood(args), &mut refusals)) {
                unhandled::panicked("a slot", report);
            }
        }
        _ => deliver_to_each(links, &args, &mut refusals),
    }
    EmitReport::new(refusals)
}

/// A slot that panics (one that runs on this thread) does not keep the others from theirs.
fn deliver_to_each<A: Clone + Send + 'static>(links: &[Arc<Link<A>>], args: &A, refusals: &mut Refusals) {
    let mut rest = links.iter();
    while let Err(payload) = panic_guard::catch(None, || {
        for link in rest.by_ref() {
            link.deliver(args, refusals);
        }
    }) {
        unhandled::panicked("a slot", payload);
    }
}
