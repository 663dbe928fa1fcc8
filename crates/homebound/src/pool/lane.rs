//! A lane of a pool: at most so many of these at once, so many more may wait, and then a rule.
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
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::crew::Crew;
use super::entry::Runnable;
use super::task::{CrewRef, Task};
use crate::cancel::CancelReason;
use crate::job::JobContext;
use crate::outcome::{Failure, Outcome, RejectReason};
use crate::sync::{Mutex, unique};

/// What a [`Lane`] does with work for which it has neither a place nor room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The new work is rejected.
    #[default]
    Reject,
    /// The work that has waited longest is rejected, and the new work waits.
    ReplaceOldest,
}

/// Runs at most so many tasks of a pool at once.
///
/// Dropping the lane cancels what waits in it and asks what runs to stop.
///
/// # Examples
///
/// ```
/// use homebound::{Outcome, ThreadPool};
///
/// let pool = ThreadPool::builder().build();
/// let downloads = pool.lane(2).queue(100).build();
/// let job = downloads.task(|_| Ok("a file")).spawn()?;
/// assert!(job.wait().is_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lane<K: Hash + Eq + Clone + Send + 'static = ()> {
    core: Arc<Core<K>>,
}

/// Sets a [`Lane`] up.
#[derive(Debug)]
#[must_use = "`build` makes the lane"]
pub struct LaneBuilder<'p> {
    crew: &'p Arc<Crew>,
    at_once: usize,
    room: usize,
    when_full: WhenFull,
}

struct Core<K> {
    crew: Arc<Crew>,
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

struct Ticket<K> {
    task: Arc<dyn Runnable>,
    priority: i32,
    key: Option<K>,
}

struct Newest {
    number: u64,
    task: Weak<dyn Runnable>,
    superseded: Arc<AtomicBool>,
}

/// A task on its way into its lane.
pub(crate) struct Entrance {
    gate: Box<dyn Gate>,
    number: u64,
    superseded: Option<Arc<AtomicBool>>,
}

/// What is to be done with a task that came to a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Admitted {
    In,
    Refused(RejectReason),
}

/// A lane as its tasks see it.
trait Gate: Send {
    fn admit(
        self: Box<Self>,
        number: u64,
        task: Arc<dyn Runnable>,
        priority: i32,
        flag: Option<Arc<AtomicBool>>,
    ) -> Admitted;
    fn end_hook(&self, number: u64) -> Box<dyn FnOnce() + Send>;
}

struct KeyedGate<K> {
    core: Arc<Core<K>>,
    key: Option<K>,
}

impl<'p> LaneBuilder<'p> {
    pub(super) fn new(crew: &'p Arc<Crew>, at_once: usize) -> Self {
        Self {
            crew,
            at_once,
            room: usize::MAX,
            when_full: WhenFull::Reject,
        }
    }

    /// Sets how many may wait; as many as there are if not set.
    pub fn queue(mut self, room: usize) -> Self {
        self.room = room;
        self
    }

    /// Sets what happens when that many wait.
    pub fn when_full(mut self, rule: WhenFull) -> Self {
        self.when_full = rule;
        self
    }

    /// Makes the lane.
    pub fn build(self) -> Lane {
        self.build_keyed()
    }

    /// Makes a lane for work with keys: of a key only the newest counts. See [`Lane::task_for`].
    ///
    /// Keys are plain data: they are hashed, compared, cloned and dropped under the lane's lock.
    pub fn build_keyed<K: Hash + Eq + Clone + Send + 'static>(self) -> Lane<K> {
        let state = State {
            waiting: BTreeMap::new(),
            flying: HashMap::new(),
            newest: HashMap::new(),
            is_letting_in: false,
            is_closed: false,
        };
        let Self {
            crew,
            at_once,
            room,
            when_full,
        } = self;
        Lane {
            core: Arc::new(Core {
                crew: Arc::clone(crew),
                at_once,
                room,
                when_full,
                state: Mutex::new(state),
            }),
        }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Lane<K> {
    /// Describes a task of this lane. It is admitted when it is spawned.
    ///
    /// A thread that waits for it never runs it, since that would be one more at once.
    pub fn task<T, F>(&self, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        self.enter(None, work)
    }

    /// Describes a task that takes the place of whatever this lane has for `key`.
    ///
    /// The one before it is cancelled with [`CancelReason::Superseded`]: at once if it waits; if it runs, its result never arrives.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{CancelReason, Outcome, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().build();
    /// let searches = pool.lane(1).build_keyed::<&str>();
    /// let first = searches.task_for("box", |cx| { cx.token().wait(); Ok("old") }).spawn()?;
    /// let second = searches.task_for("box", |_| Ok("new")).spawn()?;
    /// assert!(matches!(first.wait(), Outcome::Cancelled(CancelReason::Superseded)));
    /// assert!(matches!(second.wait(), Outcome::Done("new")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn task_for<T, F>(&self, key: K, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        self.enter(Some(key), work)
    }

    fn enter<T, F>(&self, key: Option<K>, work: F) -> Task<'_, T, F>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    {
        let superseded = key.is_some().then(Arc::default);
        let gate = Box::new(KeyedGate {
            core: Arc::clone(&self.core),
            key,
        });
        Task::new(CrewRef::Pool(&self.core.crew), work).through(Entrance {
            gate,
            number: unique::next(),
            superseded,
        })
    }

    /// Returns how many are in the pool now: running, or about to.
    pub fn running(&self) -> usize {
        self.core.state.lock().flying.len()
    }

    /// Returns how many wait.
    pub fn queued(&self) -> usize {
        self.core.state.lock().waiting.len()
    }

    /// Cancels everything in the lane, for `reason`.
    pub fn cancel_all(&self, reason: CancelReason) {
        self.core.end_all(reason, false);
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Drop for Lane<K> {
    fn drop(&mut self) {
        self.core.end_all(CancelReason::OwnerGone, true);
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Core<K> {
    fn admit(self: &Arc<Self>, number: u64, ticket: Ticket<K>, flag: Option<Arc<AtomicBool>>) -> Admitted {
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
                let Some((number, ticket)) = next else {
                    state.is_letting_in = false;
                    return;
                };
                state
                    .flying
                    .insert(number, (Arc::downgrade(&ticket.task), ticket.key.clone()));
                ticket
            };
            if let Err(refusal) = self.crew.push_task(next.priority, Arc::clone(&next.task)) {
                let _was_waiting = next.task.end_waiting(Outcome::Rejected(refusal.reason()));
            }
        }
    }

    /// A task has ended.
    fn ended(self: &Arc<Self>, number: u64) {
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

    fn end_all(self: &Arc<Self>, reason: CancelReason, close: bool) {
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

impl<K: Hash + Eq + Clone + Send + 'static> Gate for KeyedGate<K> {
    fn admit(
        self: Box<Self>,
        number: u64,
        task: Arc<dyn Runnable>,
        priority: i32,
        flag: Option<Arc<AtomicBool>>,
    ) -> Admitted {
        self.core.admit(
            number,
            Ticket {
                task,
                priority,
                key: self.key,
            },
            flag,
        )
    }

    fn end_hook(&self, number: u64) -> Box<dyn FnOnce() + Send> {
        let core = Arc::clone(&self.core);
        Box::new(move || core.ended(number))
    }
}

impl Entrance {
    pub(super) fn end_hook(&self) -> Box<dyn FnOnce() + Send> {
        self.gate.end_hook(self.number)
    }

    pub(super) fn superseded(&self) -> Option<Arc<AtomicBool>> {
        self.superseded.clone()
    }

    pub(super) fn admit(self, task: Arc<dyn Runnable>, priority: i32) -> Admitted {
        self.gate.admit(self.number, task, priority, self.superseded)
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> fmt::Debug for Lane<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("running", &self.running())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
