//! Who waits in a lane, who of it is in the pool, and who comes next.
//!
//! Who uses it: any thread admits tasks; whoever ends a task of the lane, in whichever way, lets the next one in.
//!
//! # Invariants
//! 1. A task of the lane is in `flying` from when it is given to the pool until its end hook has run; in `waiting` before that, or
//!    nowhere. So `flying` is never more than `at_once`, and a task that is cancelled, rejected or panics gives its place back.
//! 2. `newest` names for each key the task that was admitted last and has not ended. Who takes its entry supersedes it: marks it, so that its
//!    result never arrives, and then ends or stops it.
//! 3. Only one thread at a time lets tasks in; whoever comes meanwhile leaves that to it. It stops only when, under the lock, there is
//!    nothing to let in. So a long row of tasks that end at once needs no stack.
//!
//! # Locks
//! The lane's, then a task's (only to see whether it has ended). The pool is called, and tasks are ended, without both.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::{Admitted, LaneBuilder, WhenFull};
use crate::cancel::CancelReason;
use crate::outcome::{Outcome, RejectReason};
use crate::pool::crew::Crew;
use crate::pool::entry::Runnable;
use crate::sync::Mutex;

pub(super) struct Core<K> {
    pub(super) crew: Arc<Crew>,
    at_once: usize,
    room: usize,
    when_full: WhenFull,
    state: Mutex<State<K>>,
}

struct State<K> {
    /// By number, which rises: the first is the oldest.
    waiting: BTreeMap<u64, Ticket<K>>,
    flying: HashMap<u64, (Weak<dyn Runnable>, Option<K>)>,
    newest: HashMap<K, Newest>,
    is_letting_in: bool,
    is_closed: bool,
}

pub(super) struct Ticket<K> {
    pub(super) task: Arc<dyn Runnable>,
    pub(super) priority: i32,
    pub(super) key: Option<K>,
}

struct Newest {
    number: u64,
    task: Weak<dyn Runnable>,
    superseded: Arc<AtomicBool>,
}

impl<K: Hash + Eq + Clone + Send + 'static> Core<K> {
    pub(super) fn new(settings: &LaneBuilder<'_>) -> Arc<Self> {
        let state = State {
            waiting: BTreeMap::new(),
            flying: HashMap::new(),
            newest: HashMap::new(),
            is_letting_in: false,
            is_closed: false,
        };
        Arc::new(Self {
            crew: Arc::clone(settings.crew),
            at_once: settings.at_once,
            room: settings.room,
            when_full: settings.when_full,
            state: Mutex::new(state),
        })
    }

    /// How many are in the pool.
    pub(super) fn running(&self) -> usize {
        self.state.lock().flying.len()
    }

    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting.len()
    }

    /// Takes a task in, lets it wait or refuses it. `flag` is set when a newer one of its key takes its place.
    pub(super) fn admit(self: &Arc<Self>, number: u64, ticket: Ticket<K>, flag: Option<Arc<AtomicBool>>) -> Admitted {
        let mut ended: Vec<(Arc<dyn Runnable>, Outcome<()>)> = Vec::new();
        let mut stopped = None;
        {
            let mut state = self.state.lock();
            // Cancelled before it came: its end hook has run, or will and finds nothing.
            if ticket.task.is_husk() {
                return Admitted::In;
            }
            if state.is_closed {
                return Admitted::Refused(RejectReason::Closed);
            }
            // What waits for the same key makes room.
            let has_room = state.flying.len() < self.at_once
                || state.waiting.len() < self.room
                || state
                    .newest_of(&ticket)
                    .is_some_and(|old| state.waiting.contains_key(&old.number));
            let may_replace = self.when_full == WhenFull::ReplaceOldest && self.room > 0;
            if !has_room && !may_replace {
                return Admitted::Refused(RejectReason::LaneFull);
            }
            if let Some(old) = state.supersede(&ticket, number, flag) {
                match state.waiting.remove(&old.number) {
                    Some(waiting) => ended.push((waiting.task, Outcome::Cancelled(CancelReason::Superseded))),
                    None => stopped = old.task.upgrade(),
                }
            }
            if !has_room {
                let oldest = state.waiting.pop_first();
                ended.extend(oldest.map(|(_, oldest)| (oldest.task, Outcome::Rejected(RejectReason::Replaced))));
            }
            state.waiting.insert(number, ticket);
        }
        for (task, outcome) in ended {
            let _was_waiting = task.end_waiting(outcome);
        }
        if let Some(task) = stopped {
            let _was_waiting = task.stop(CancelReason::Superseded);
        }
        self.let_in();
        Admitted::In
    }

    /// Gives the pool what there are places for.
    fn let_in(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.is_letting_in, true) {
                return;
            }
        }
        loop {
            let next = {
                let mut state = self.state.lock();
                let next = if state.flying.len() < self.at_once {
                    state.waiting.pop_first()
                } else {
                    None
                };
                let Some((number, Ticket { task, priority, key })) = next else {
                    state.is_letting_in = false;
                    return;
                };
                state.flying.insert(number, (Arc::downgrade(&task), key));
                (task, priority)
            };
            let (task, priority) = next;
            if let Err(refusal) = self.crew.push_task(priority, Arc::clone(&task)) {
                let _was_waiting = task.end_waiting(Outcome::Rejected(refusal.reason()));
            }
        }
    }

    /// A task has ended.
    pub(super) fn ended(self: &Arc<Self>, number: u64) {
        let _ticket = {
            let mut state = self.state.lock();
            let ticket = state.waiting.remove(&number);
            let flown = state.flying.remove(&number);
            let key = ticket
                .as_ref()
                .and_then(|ticket| ticket.key.clone())
                .or(flown.and_then(|(_, key)| key));
            if let Some(key) = key
                && state.newest.get(&key).is_some_and(|newest| newest.number == number)
            {
                state.newest.remove(&key);
            }
            ticket
        };
        self.let_in();
    }

    /// Ends what waits and asks what is in the pool to stop.
    pub(super) fn end_all(self: &Arc<Self>, reason: CancelReason, close: bool) {
        let (waiting, flying) = {
            let mut state = self.state.lock();
            state.is_closed |= close;
            let waiting = std::mem::take(&mut state.waiting);
            state.newest.retain(|_, newest| !waiting.contains_key(&newest.number));
            let flying: Vec<_> = state.flying.values().filter_map(|(task, _)| task.upgrade()).collect();
            (waiting, flying)
        };
        for ticket in waiting.into_values() {
            let _was_waiting = ticket.task.end_waiting(Outcome::cancelled(reason));
        }
        for task in flying {
            let _was_waiting = task.stop(reason);
        }
    }
}

impl<K: Hash + Eq + Clone> State<K> {
    fn newest_of(&self, ticket: &Ticket<K>) -> Option<&Newest> {
        self.newest.get(ticket.key.as_ref()?)
    }

    /// Makes the ticket's task the newest of its key. Returns the one that was, marked.
    fn supersede(&mut self, ticket: &Ticket<K>, number: u64, flag: Option<Arc<AtomicBool>>) -> Option<Newest> {
        let (Some(key), Some(superseded)) = (&ticket.key, flag) else {
            return None;
        };
        let newest = Newest {
            number,
            task: Arc::downgrade(&ticket.task),
            superseded,
        };
        let old = self.newest.insert(key.clone(), newest)?;
        old.superseded.store(true, Ordering::Release);
        Some(old)
    }
}
