//! Who watches the deadlines: one thread for the program, there only while there are some.
//!
//! Who uses it: any thread enters and removes deadlines; the timekeeper's thread cancels what is due.
//!
//! # Invariants
//! 1. While there is an entry there is a thread, or one is being started: whoever enters the first one starts it, and the thread ends
//!    only in the step in which it sees the list empty.
//! 2. The thread sleeps at most until the earliest entry: whoever enters an earlier one wakes it.
//! 3. An entry is removed when its token is cancelled or dropped, so the list is as long as there are live deadlines.
//!
//! # Locks
//! One, never held while a token is cancelled, looked at or dropped. A test's clock has no thread: its tokens hear of each move.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::CancelReason;
use super::tree::{self, Node};
use crate::clock::{Clock, ClockWatcher};
use crate::spawner::{NewThread, StdSpawner, ThreadSpawner};
use crate::sync::{Condvar, Mutex, unique};

/// How long the thread stays without work. Programs that use deadlines at all use many.
const LINGER: Duration = Duration::from_secs(5);

type Entry = (Duration, u64);

struct Timekeeper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    due: BTreeMap<Entry, Weak<Node>>,
    has_thread: bool,
}

/// A deadline that is being watched; dropping it ends that.
pub(super) enum Deadline {
    Machine(Entry),
    Test { _watch: Arc<dyn ClockWatcher> },
}

/// Cancels `node` when `clock` shows `at`.
pub(super) fn watch(node: &Arc<Node>, clock: &Clock, at: Duration) {
    if clock.now() >= at {
        tree::cancel(node, CancelReason::Deadline);
        return;
    }
    if clock.runs() {
        let entry = (at, unique::next());
        // Kept before it is entered: whatever cancels the node from now on removes it.
        node.keep(Deadline::Machine(entry));
        keeper().enter(entry, Arc::downgrade(node));
        if node.is_cancelled() {
            // Cancelled between the two: its deadline was removed before it was entered.
            keeper().remove(entry);
        }
        return;
    }
    let watch: Arc<dyn ClockWatcher> = Arc::new(TestDeadline {
        node: Arc::downgrade(node),
        clock: clock.clone(),
        at,
    });
    clock.watch(Arc::downgrade(&watch));
    // The clock may have moved before it knew of us.
    watch.clock_moved();
    node.keep(Deadline::Test { _watch: watch });
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Self::Machine(entry) = self {
            keeper().remove(*entry);
        }
    }
}

struct TestDeadline {
    node: Weak<Node>,
    clock: Clock,
    at: Duration,
}

impl ClockWatcher for TestDeadline {
    fn clock_moved(&self) {
        if self.clock.now() >= self.at
            && let Some(node) = self.node.upgrade()
        {
            tree::cancel(&node, CancelReason::Deadline);
        }
    }
}

fn keeper() -> &'static Timekeeper {
    static KEEPER: OnceLock<Timekeeper> = OnceLock::new();
    KEEPER.get_or_init(|| Timekeeper {
        state: Mutex::default(),
        changed: Condvar::new(),
    })
}

impl Timekeeper {
    fn enter(&'static self, entry: Entry, node: Weak<Node>) {
        let (is_first, needs_thread) = {
            let mut state = self.state.lock();
            state.due.insert(entry, node);
            let is_first = state.due.first_key_value().is_some_and(|(first, _)| *first == entry);
            (is_first, !std::mem::replace(&mut state.has_thread, true))
        };
        if needs_thread {
            self.start();
        } else if is_first {
            self.changed.notify_one();
        }
    }

    fn remove(&self, entry: Entry) {
        // The node is only weakly known, so dropping the entry runs nobody's code.
        self.state.lock().due.remove(&entry);
    }

    fn start(&'static self) {
        let thread = NewThread::new("homebound-time".to_owned(), None, Box::new(|| self.run()));
        if let Err(error) = StdSpawner.spawn(thread) {
            // The next deadline that is entered tries again.
            self.state.lock().has_thread = false;
            tracing::error!(target: "homebound", event = "deadline.no_thread", %error);
        }
    }

    fn run(&self) {
        let clock = Clock::new();
        let mut state = self.state.lock();
        let mut lingered = false;
        loop {
            let now = clock.now();
            let later = state.due.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut state.due, later);
            if !due.is_empty() {
                drop(state);
                for node in due.into_values().filter_map(|node| node.upgrade()) {
                    tree::cancel(&node, CancelReason::Deadline);
                }
                lingered = false;
                state = self.state.lock();
                continue;
            }
            let next = state.due.first_key_value().map(|((at, _), _)| *at);
            if next.is_none() && lingered {
                state.has_thread = false;
                return;
            }
            lingered = next.is_none();
            self.changed
                .wait_timeout(&mut state, next.map_or(LINGER, |at| at.saturating_sub(now)));
        }
    }
}
