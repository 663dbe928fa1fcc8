//! Emitting away from the signal's home: the half of a [`Control`] that only other threads use.
//!
//! Who uses it: any thread that is not the signal's home emits; whoever connects, disconnects or ends the signal edits the list under the lock.
//! The invariants and the protocol stand at the top of [`super`].

use std::cell::Cell;
use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwapOption;

use super::{Change, Control, UniqueKey};
use crate::link::{AnyLink, Link};
use crate::panic_guard;
use crate::report::{EmitReport, Refusals, Refused};
use crate::signal::DEEPEST;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::unhandled;

/// What a signal has only once other threads have to do with it, or it was blocked.
pub(super) struct Away<A: Clone + Send + 'static> {
    pub(super) suppressed: AtomicU64,
    pub(super) state: Mutex<State<A>>,
    /// Made with the first emission away from home: to change or drop one costs a look at every thread that ever read one.
    snapshot: OnceLock<ArcSwapOption<Snapshot<A>>>,
}

pub(super) struct State<A: Clone + Send + 'static> {
    pub(super) links: Vec<Arc<Link<A>>>,
    /// How many of `links` are no longer connected.
    pub(super) dead: usize,
    pub(super) changes: Vec<Change<A>>,
    pub(super) unique: Vec<(UniqueKey, Weak<dyn AnyLink>)>,
}

pub(super) struct Snapshot<A: Clone + Send + 'static> {
    version: u64,
    links: Vec<Arc<Link<A>>>,
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
            }),
            snapshot: OnceLock::new(),
        }
    }
}

impl<A: Clone + Send + 'static> Control<A> {
    pub(in crate::emitter) fn emit_away(&self, args: &A) -> EmitReport {
        if self.is_blocked() {
            self.count_suppressed();
            return EmitReport::default();
        }
        let Some(_level) = Level::enter() else {
            return EmitReport::too_deep();
        };
        let version = self.version();
        if let Some(snapshot) = self.away.get().and_then(|away| away.snapshot.get())
            && let Some(current) = &*snapshot.load()
            && current.version == version
        {
            return deliver_all(&current.links, args);
        }
        match self.snapshot_anew() {
            Some(anew) => deliver_all(&anew.links, args),
            None => self.gone(),
        }
    }

    pub(super) fn take_snapshot(&self) -> Option<Arc<Snapshot<A>>> {
        self.away.get()?.snapshot.get()?.swap(None)
    }

    /// Says once that the signal is gone: at the end of a program that may come up a million times a second.
    #[cold]
    fn gone(&self) -> EmitReport {
        let mut refusals = Refusals::default();
        if !self.told_gone.swap(true, Ordering::Relaxed) {
            refusals.push(Refused::SignalGone);
        }
        EmitReport::new(refusals)
    }

    #[cold]
    fn snapshot_anew(&self) -> Option<Arc<Snapshot<A>>> {
        let (anew, before);
        {
            let away = self.away();
            let state = away.state.lock();
            if self.is_closed() {
                return None;
            }
            let links = state
                .links
                .iter()
                .filter(|link| link.is_connected())
                .map(Arc::clone)
                .collect();
            anew = Arc::new(Snapshot {
                version: self.version(),
                links,
            });
            let snapshot = away.snapshot.get_or_init(ArcSwapOption::const_empty);
            before = snapshot.swap(Some(Arc::clone(&anew)));
        }
        drop(before);
        Some(anew)
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

/// Delivers to each link in order. A slot that panics (one that runs on this thread) does not keep the others from theirs.
fn deliver_all<A: Clone + Send + 'static>(links: &[Arc<Link<A>>], args: &A) -> EmitReport {
    let mut refusals = Refusals::default();
    let mut rest = links.iter();
    while let Err(payload) = panic_guard::catch(None, || {
        for link in rest.by_ref() {
            link.deliver(args, &mut refusals);
        }
    }) {
        unhandled::panicked("a slot", payload);
    }
    EmitReport::new(refusals)
}
