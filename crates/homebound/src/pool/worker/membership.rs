//! The pool that a thread works for, and what it does for it while it waits.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::pool::crew::{Crew, Hand};
use crate::pool::entry::Running;
use crate::sync::Mutex;

/// How deep tasks may run inside the wait of others on one stack. Deeper ones wait for another thread.
const DEEPEST: u32 = 64;

thread_local! {
    static CURRENT: RefCell<Option<Membership>> = const { RefCell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Whether [`CURRENT`] was ever set: quicker to look at.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// The pool that a thread works for.
#[derive(Clone)]
pub(in crate::pool) struct Membership {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
}

/// This thread works for `crew` from now on.
pub(super) fn enter(crew: &Arc<Crew>, hand: &Arc<Mutex<Hand>>) {
    // No model has this: its threads share one thread-local.
    if cfg!(loom) {
        return;
    }
    IS_WORKER.set(true);
    CURRENT.set(Some(Membership {
        crew: Arc::clone(crew),
        hand: Arc::clone(hand),
    }));
}

pub(super) fn leave() {
    CURRENT.set(None);
}

/// Whether this thread works for a pool.
pub(in crate::pool) fn is_worker() -> bool {
    IS_WORKER.get()
}

/// The pool that this thread works for, if it does.
#[inline]
pub(in crate::pool) fn membership() -> Option<Membership> {
    if !IS_WORKER.get() {
        return None;
    }
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

impl Membership {
    pub(in crate::pool) fn is_of(&self, crew: &Arc<Crew>) -> bool {
        Arc::ptr_eq(&self.crew, crew)
    }

    /// Waits by `wait` for something that others do; meanwhile another worker of the pool may have this one's place.
    ///
    /// Lending the place, not helping with other tasks: a helped task may be long, may want a lock that the waiting one holds,
    /// and its own waits would pile up on this stack.
    pub(super) fn wait(&self, wait: impl FnOnce()) {
        self.crew.change(|limits| *limits.lent += 1);
        wait();
        self.crew.change(|limits| *limits.lent -= 1);
    }
}

/// Waits by `wait` for something that others do, on whatever thread.
pub(crate) fn wait_for_others(wait: impl FnOnce()) {
    match membership() {
        Some(member) => member.wait(wait),
        None => wait(),
    }
}

/// Runs a task on this thread because it waits for it. None if the stack is deep already.
#[inline]
pub(in crate::pool) fn run_here<R>(task: impl FnOnce() -> Running, run: impl FnOnce() -> R) -> Option<R> {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        return None;
    }
    DEPTH.set(depth + 1);
    let ran = match membership() {
        None => run(),
        Some(member) => {
            let task = task();
            member.hand.lock().tasks.push(task);
            let ran = run();
            // The caller holds it too: nothing is dropped under the lock.
            member.hand.lock().tasks.pop();
            ran
        }
    };
    DEPTH.set(depth);
    Some(ran)
}
