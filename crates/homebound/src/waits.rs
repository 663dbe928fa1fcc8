//! Who waits for whom: threads with loops that block until another's loop has done something.
//!
//! Who uses it: a thread enters what it waits for before it blocks, and leaves it afterwards; who has moved an object looks whether that has closed a circle.
//!
//! # Invariants
//! 1. The graph holds no circle in which nobody was refused. A thread that would close one is refused before it blocks ([`Waits::begin`]); a
//!    move that closes one refuses a thread that blocks already ([`after_move`]).
//! 2. Each loop waits for one thing at most; a wait inside of another (in a hook around waits) hides it and gives it back.
//!
//! # Protocol
//! wait: 1 lock  2 follow the chain from what is awaited: does it lead here? refused  3 enter  4 unlock  5 block until done or `refused`  6 leave
//! move: 1 the object's home has changed  2 lock  3 who waits for the object, and is waited for by its new home? mark as `refused`  4 unlock  5 rouse them
//! Of a wait and a move at the same time one sees the other: either the wait is entered when the move looks, or it looks for the home after it has changed.
//!
//! # Locks
//! The graph's, alone; the locks of what is waited in are taken after it is released.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::event_loop::with_current;
use crate::home::Resident;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Whose loop has to run before a wait can end.
#[derive(Debug, Clone)]
pub(crate) enum Awaited {
    /// Any thread may end it: no circle is known.
    Anybody,
    /// The loop with this number.
    Loop(u64),
    /// The loop that this object lives on at the time.
    Object(Arc<Resident>),
}

impl Awaited {
    /// The number of the loop, 0 for none in particular.
    fn loop_id(&self) -> u64 {
        match self {
            Self::Anybody => 0,
            Self::Loop(id) => *id,
            Self::Object(resident) => resident.loop_id(),
        }
    }
}

/// Where a thread blocks, so that it can be roused to look again.
pub(crate) trait Rouse: Send + Sync {
    fn rouse(&self);
}

/// What a loop's thread waits for.
struct Waiting {
    awaited: Awaited,
    refused: Arc<AtomicBool>,
    at: Arc<dyn Rouse>,
}

type Graph = FxHashMap<u64, Waiting>;

fn graph() -> &'static Mutex<Graph> {
    static GRAPH: OnceLock<Mutex<Graph>> = OnceLock::new();
    GRAPH.get_or_init(Mutex::default)
}

/// A wait that was entered. It is left when this is dropped.
pub(crate) struct Waits {
    /// Nothing if nobody can wait for this thread, or if anybody may end its wait.
    entered: Option<Entered>,
}

struct Entered {
    this: u64,
    refused: Arc<AtomicBool>,
    hidden: Option<Waiting>,
}

impl Waits {
    /// `None` if the wait would close a circle of threads that wait for each other. `at` is asked for only if one can be closed later.
    pub(crate) fn begin(awaited: &Awaited, at: impl FnOnce() -> Arc<dyn Rouse>) -> Option<Self> {
        let this = match awaited {
            Awaited::Anybody => None,
            _ => with_current(|home| home.shared.id),
        };
        let Some(this) = this else {
            return Some(Self { entered: None });
        };
        let refused = Arc::new(AtomicBool::new(false));
        let waiting = Waiting {
            awaited: awaited.clone(),
            refused: Arc::clone(&refused),
            at: at(),
        };
        let mut graph = graph().lock();
        if leads_to(&graph, awaited, this) {
            drop(graph);
            drop(waiting);
            return None;
        }
        let hidden = graph.insert(this, waiting);
        let entered = Some(Entered { this, refused, hidden });
        Some(Self { entered })
    }

    /// Whether a move has closed a circle since: the wait would never end.
    pub(crate) fn is_refused(&self) -> bool {
        self.entered
            .as_ref()
            .is_some_and(|entered| entered.refused.load(Ordering::Acquire))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let Some(entered) = self.entered.take() else { return };
        let left = {
            let mut graph = graph().lock();
            match entered.hidden {
                Some(hidden) => graph.insert(entered.this, hidden),
                None => graph.remove(&entered.this),
            }
        };
        drop(left);
    }
}

/// Whether waiting for `awaited` is, in the end, waiting for the loop `this`.
fn leads_to(graph: &Graph, awaited: &Awaited, this: u64) -> bool {
    let mut at = awaited.loop_id();
    // A circle that is being broken up may still stand there: its length bounds the walk.
    for _ in 0..=graph.len() {
        if at == this {
            return true;
        }
        match graph.get(&at) {
            Some(waiting) if !waiting.refused.load(Ordering::Relaxed) => at = waiting.awaited.loop_id(),
            _ => return false,
        }
    }
    false
}

/// Breaks up the circles that a move of this object has closed. Call it under no lock.
pub(crate) fn after_move(object: u64) {
    let mut roused = Vec::new();
    {
        let graph = graph().lock();
        for (this, waiting) in graph.iter() {
            if matches!(&waiting.awaited, Awaited::Object(resident) if resident.id == object)
                && leads_to(&graph, &waiting.awaited, *this)
            {
                waiting.refused.store(true, Ordering::Release);
                roused.push(Arc::clone(&waiting.at));
            }
        }
    }
    for at in roused {
        at.rouse();
    }
}
