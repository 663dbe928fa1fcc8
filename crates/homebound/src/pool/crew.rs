//! The workers of a pool and what they share: the queue, who sleeps, who is on the way.
//!
//! Who uses it: any thread puts work in and asks for counts; workers take work, sleep and end.
//!
//! # Words
//! A worker is *awake* unless it stands in `idle`; one that was just taken out of `idle`, or is being started, counts as awake.
//! *Places* is how many may be awake: the maximum, less what is reserved, plus what is lent by workers that wait for a task.
//! A *hand* is what a worker has taken from the queue and not begun: short work is taken by the row.
//!
//! # Invariants
//! 1. Only its owner puts into a hand, and only while it holds the queue's lock; anyone who holds that lock may take out. So whoever holds it
//!    and sees the queue and all hands empty knows that there is no work.
//! 2. A worker enters `idle`, or a search, only in a step in which it has seen that there is no work, or that more are awake than there are places.
//! 3. While work waits and fewer are awake than there are places, a wake is on its way: `waking` is set. Whoever makes that condition
//!    true (a push, a worker that takes and leaves something, a place that comes free) sees to it by [`Queue::call_one`]; the woken worker clears
//!    `waking` when it gets the lock, and passes the call on if it leaves something. So a wake is suppressed only while another one will
//!    look at the same work, and a long task never holds back what could run beside it. A worker that searches, or lets short work gather, has
//!    set `waking` itself: it looks again by itself, and soon. So does a push that gives way to a worker; it counts in `giving_way`.
//! 4. A hand's rows become more urgent from the first to the last, and the last is run: into a hand that is not empty comes only what is more urgent
//!    than all in it. Whoever steals takes from the last.
//! 5. Everything is done when the queue is empty and all workers stand in `idle` or search: their hands are empty then (2).
//!
//! # Protocol
//! push:  1 lock  2 put  3 `call_one`: take a sleeper out of `idle`, set `waking`  4 unlock  5 unpark it, or start a thread
//! sleep: 1 lock  2 look for work: queue, own place, others' hands  3 none: enter `idle`  4 unlock  5 park  6 lock; still in `idle`? from 5
//! The wake-up cannot be lost because looking and entering `idle` are one step under the lock that pushing needs, and because an
//! unpark that comes before the park makes the park return at once.
//!
//! # Locks
//! The queue's, then a hand's. Closures, tasks and what they hold are called and dropped after both are released: a row that is dropped under
//! one is empty, and whoever takes a task out of a hand's list of what runs knows that somebody else still holds it.

mod ending;
mod hand;
mod handover;
mod husks;
mod push;
mod steps;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::injector::Injector;
use super::worker;
use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::latch::Latch;
use crate::outcome::RejectReason;
use crate::panic_guard;
use crate::spawner::{NewThread, ThreadSpawner};
use crate::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use crate::sync::{Mutex, Thread};
use handover::Handover;

pub(super) use hand::Hand;
pub(super) use husks::Husks;
pub(super) use steps::{LookUp, Taken};

/// What [`Crew::top`] shows when nothing waits.
const NOTHING: i64 = i64::MIN;

pub(crate) struct Crew {
    queue: OwnLine<Mutex<Queue>>,
    /// The highest priority in the queue, for workers that look without the lock.
    top: OwnLine<AtomicI64>,
    /// How many tasks in the queue and in hands have gone elsewhere.
    husks: AtomicUsize,
    pub(super) settings: Settings,
}

/// On cache lines of its own: what one thread writes must not slow down who reads its neighbours.
#[repr(align(128))]
struct OwnLine<V>(V);

impl<V> std::ops::Deref for OwnLine<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

pub(super) struct Settings {
    pub(super) name: String,
    pub(super) stack_size: Option<usize>,
    pub(super) expiry: Option<Duration>,
    pub(super) clock: Clock,
    pub(super) spawner: Box<dyn ThreadSpawner>,
}

pub(super) struct Queue {
    pub(super) waiting: Injector,
    idle: Vec<Sleeper>,
    members: Vec<Member>,
    /// How often workers have taken from the queue.
    takes: u64,
    threads: usize,
    started: u64,
    /// What [`Queue::count_places`] has last come to.
    places: usize,
    max: usize,
    /// Places taken away by `reserve`; below zero, places given by `release`.
    reserved: isize,
    lent: usize,
    waking: bool,
    /// Pushes that have started the first thread and have not put their work in yet: until then no thread ends for lack of work.
    coming: usize,
    /// Whether `waking` is set by a worker that has found nothing and looks again in a moment.
    searching: bool,
    /// Pushes that let a worker look first: they call another themselves if it does not.
    giving_way: usize,
    handover: Handover,
    /// Where a worker has last taken the only piece of work, or found nothing and searches.
    looked_on: Cpu,
    closed: bool,
    done: Vec<Arc<Latch>>,
    ended: Vec<Arc<Latch>>,
}

struct Member {
    hand: Arc<Mutex<Hand>>,
    /// At which take it last took more than it began at once. [`NEVER`] when its hand was seen empty since.
    took: u64,
}

struct Sleeper {
    id: u64,
    thread: Thread,
}

/// Whom to wake after the lock is released.
#[must_use]
pub(super) enum Call {
    Nobody,
    Sleeper(Thread),
    NewThread,
}

/// The pool takes no work.
#[derive(Debug)]
pub(crate) enum Refusal {
    Closed,
    NoThread(io::Error),
}

impl Refusal {
    pub(super) fn reason(&self) -> RejectReason {
        match self {
            Self::Closed => RejectReason::Closed,
            Self::NoThread(error) => {
                tracing::error!(target: "homebound", event = "pool.no_thread", %error);
                RejectReason::NoThread
            }
        }
    }
}

impl Queue {
    fn awake(&self) -> usize {
        self.threads - self.idle.len()
    }

    /// How many may be awake, from what it depends on.
    fn count_places(&self) -> usize {
        let max = isize::try_from(self.max.saturating_add(self.lent)).unwrap_or(isize::MAX);
        usize::try_from(max.saturating_sub(self.reserved)).unwrap_or(0)
    }

    fn places(&self) -> usize {
        self.places
    }

    fn has_work(&self) -> bool {
        !self.waiting.is_empty() || self.members.iter().any(|member| !member.hand.lock().rows.is_empty())
    }

    /// Whether somebody is about to look at all that waits.
    fn is_seen_to(&self) -> bool {
        self.waking || self.giving_way > 0
    }

    /// Sees to it that somebody comes for the work that waits, if there is a place.
    fn call_one(&mut self) -> Call {
        if self.is_seen_to() || self.awake() >= self.places() {
            return Call::Nobody;
        }
        self.waking = true;
        if let Some(sleeper) = self.idle.pop() {
            Call::Sleeper(sleeper.thread)
        } else {
            self.threads += 1;
            Call::NewThread
        }
    }

    /// As [`call_one`](Self::call_one), if there is work at all.
    fn call_for_any(&mut self) -> Call {
        self.call_if(Self::has_work)
    }

    /// As [`call_one`](Self::call_one), if there is more work than what the owner of `hand` begins now.
    fn call_for_rest(&mut self, hand: &Mutex<Hand>) -> Call {
        self.call_if(|queue| {
            let is_left = |member: &Member| {
                let begun = usize::from(std::ptr::eq(&raw const *member.hand, hand));
                member.hand.lock().has_more_than(begun)
            };
            !queue.waiting.is_empty() || queue.members.iter().any(is_left)
        })
    }

    fn call_if(&mut self, has_work: impl FnOnce(&Self) -> bool) -> Call {
        // The cheap questions first: asking for work looks into every hand.
        if self.is_seen_to() || self.awake() >= self.places() || !has_work(self) {
            Call::Nobody
        } else {
            self.call_one()
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.idle.len() + usize::from(self.searching) == self.threads
    }
}

impl Crew {
    pub(super) fn new(settings: Settings, max: usize) -> Arc<Self> {
        let queue = Queue {
            waiting: Injector::new(),
            idle: Vec::new(),
            members: Vec::new(),
            takes: 0,
            threads: 0,
            started: 0,
            places: max,
            max,
            reserved: 0,
            lent: 0,
            waking: false,
            coming: 0,
            searching: false,
            giving_way: 0,
            handover: Handover::default(),
            looked_on: Cpu::unknown(),
            closed: false,
            done: Vec::new(),
            ended: Vec::new(),
        };
        Arc::new(Self {
            queue: OwnLine(Mutex::new(queue)),
            top: OwnLine(AtomicI64::new(NOTHING)),
            husks: AtomicUsize::new(0),
            settings,
        })
    }

    /// Lets workers see the highest priority that waits. Stored only when it changes: workers read it for each task.
    #[inline]
    fn show_top(&self, queue: &Queue, at_least: Option<i64>) {
        let shown = self.top.load(Ordering::Relaxed);
        let top = match at_least {
            Some(priority) => shown.max(priority),
            None => queue.waiting.top().map_or(NOTHING, i64::from),
        };
        if top != shown {
            self.top.store(top, Ordering::Relaxed);
        }
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.is_more_urgent_than(NOTHING)
    }

    pub(super) fn is_more_urgent_than(&self, priority: i64) -> bool {
        // Relaxed: seen a little late, a task of higher priority waits for one more of lower.
        self.top.load(Ordering::Relaxed) > priority
    }

    pub(super) fn make(self: &Arc<Self>, call: Call) {
        match call {
            Call::Nobody => {}
            Call::Sleeper(thread) => thread.unpark(),
            Call::NewThread => {
                if let Err(error) = self.start_thread() {
                    tracing::error!(target: "homebound", event = "pool.no_thread", pool = %self.settings.name, %error);
                }
            }
        }
    }

    /// Starts a thread that is already counted.
    #[cold]
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let id = {
            let mut queue = self.queue.lock();
            queue.started += 1;
            queue.started
        };
        let unbegun = Unbegun(Some(Arc::clone(self)));
        let name = format!("{}-{id}", self.settings.name);
        let body = Box::new(move || unbegun.begin(id));
        let thread = NewThread::new(name, self.settings.stack_size, body);
        panic_guard::catch(None, || self.settings.spawner.spawn(thread))
            .unwrap_or_else(|report| Err(io::Error::other(report.to_string())))
    }

    pub(super) fn change(self: &Arc<Self>, change: impl FnOnce(&mut Limits<'_>)) {
        let mut queue = self.queue.lock();
        let Queue {
            max, reserved, lent, ..
        } = &mut *queue;
        change(&mut Limits { max, reserved, lent });
        queue.places = queue.count_places();
        let call = queue.call_for_any();
        drop(queue);
        self.make(call);
    }
}

/// A thread that is counted and has not begun. If it never does (the spawner fails, or panics, or forgets it), it is counted no more.
struct Unbegun(Option<Arc<Crew>>);

impl Unbegun {
    fn begin(mut self, id: u64) {
        if let Some(crew) = self.0.take() {
            worker::run(crew, id);
        }
    }
}

impl Drop for Unbegun {
    fn drop(&mut self) {
        let Some(crew) = self.0.take() else { return };
        let mut queue = crew.queue.lock();
        queue.threads -= 1;
        queue.waking = false;
        Crew::unlock(queue);
    }
}

fn set_all(latches: &[Arc<Latch>]) {
    for latch in latches {
        latch.set();
    }
}

/// What says how many may be awake.
pub(super) struct Limits<'a> {
    pub(super) max: &'a mut usize,
    pub(super) reserved: &'a mut isize,
    pub(super) lent: &'a mut usize,
}

impl Queue {
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        f.debug_struct("Crew")
            .field("name", &self.settings.name)
            .field("queued", &counts.queued)
            .field("active", &counts.active)
            .field("threads", &counts.threads)
            .finish_non_exhaustive()
    }
}
