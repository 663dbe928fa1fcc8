//! A worker's thread: take work, run it, sleep, end.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use super::crew::{Crew, Hand, Husks, LookUp, Taken};
use super::entry::{Entry, Ran, Runnable};
use crate::clock::Clock;
use crate::panic_guard;
use crate::sync::{self, Mutex};
use crate::unhandled;

/// The most that a worker takes at once.
const HANDFUL: usize = 32;
/// Work that takes less than this is short: taking one by one would cost more than doing it.
const SHORT: Duration = Duration::from_micros(2);
/// How deep tasks may run inside the wait of others on one stack. Deeper ones wait for another thread.
const DEEPEST: u32 = 64;

/// How often a worker without work lets others run before it sleeps.
const LINGER: u32 = if cfg!(loom) { 0 } else { 4 };

thread_local! {
    static CURRENT: RefCell<Option<Membership>> = const { RefCell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The pool that a thread works for.
#[derive(Clone)]
pub(super) struct Membership {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
}

/// The pool that this thread works for, if it does.
pub(super) fn membership() -> Option<Membership> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

impl Membership {
    pub(super) fn is_of(&self, crew: &Arc<Crew>) -> bool {
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
pub(super) fn run_here<R>(task: impl FnOnce() -> Arc<dyn Runnable>, run: impl FnOnce() -> R) -> Option<R> {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        return None;
    }
    let member = membership();
    if let Some(member) = &member {
        let task = task();
        member.hand.lock().tasks.push(task);
    }
    DEPTH.set(depth + 1);
    let ran = run();
    DEPTH.set(depth);
    if let Some(member) = &member {
        // The caller holds it too: nothing is dropped under the lock.
        member.hand.lock().tasks.pop();
    }
    Some(ran)
}

struct Worker {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
    id: u64,
    husks: Husks,
    /// What ran last: its memory goes back at the next take.
    last: Option<(Arc<dyn Runnable>, Ran)>,
    was_called: bool,
    pace: Pace,
}

/// How much to take at once: more while it proves short, one by one after something long.
struct Pace {
    clock: Clock,
    since: Duration,
    /// What was taken last; nothing when it has done nothing since it woke.
    taken: u32,
    handful: usize,
}

/// The body of a worker's thread.
pub(super) fn run(crew: Arc<Crew>, id: u64) {
    let hand = Arc::new(Mutex::new(Hand::default()));
    crew.enter(Arc::clone(&hand));
    // No model has this: its threads share one thread-local.
    if cfg!(not(loom)) {
        CURRENT.set(Some(Membership {
            crew: Arc::clone(&crew),
            hand: Arc::clone(&hand),
        }));
    }
    let pace = Pace::new();
    let mut worker = Worker {
        crew,
        hand,
        id,
        husks: Husks::default(),
        last: None,
        was_called: true,
        pace,
    };
    tracing::trace!(target: "homebound", event = "pool.thread.started", id);
    while let Some(entry) = worker.next() {
        // A task ends itself whatever happens in it; this keeps the thread if something of the user's panics after that.
        if let Err(report) = panic_guard::catch(None, || worker.work(entry)) {
            unhandled::panicked("what a job has left behind", report);
        }
    }
    // Tells the last `drop` of the pool, which may be this thread's own: after everything else.
    CURRENT.set(None);
    tracing::trace!(target: "homebound", event = "pool.thread.ended", id);
}

impl Worker {
    fn work(&mut self, entry: Entry) {
        match entry {
            Entry::Plain(mut plain) => {
                if let Err(report) = panic_guard::catch(None, || plain.call()) {
                    unhandled::panicked("a pool's closure", report);
                }
                self.husks.keep_plain(plain);
            }
            Entry::Task(task) => {
                let ran = task.run();
                if ran == Ran::Elsewhere {
                    self.crew.found_husks(1);
                }
                self.last = Some((task, ran));
            }
        }
    }

    /// The next piece of work. None when the thread is to end; it has left the pool then.
    fn next(&mut self) -> Option<Entry> {
        let mut lingered = LINGER == 0;
        loop {
            if let Some(entry) = self.own() {
                return Some(entry);
            }
            let max = self.pace.handful();
            let queue = match self.crew.take(&self.hand, max, &mut self.husks, &mut self.was_called) {
                Taken::Entry(entry) => {
                    keep_last(&mut self.last, &mut self.husks);
                    return Some(entry);
                }
                Taken::Nothing(queue) => queue,
            };
            if !self.hand.lock().entries.is_empty() {
                // It only looked for something more urgent.
                drop(queue);
                if let Some(entry) = self.next_in_hand() {
                    return Some(entry);
                }
                continue;
            }
            if queue.is_closed() {
                Crew::leave(queue, &self.hand, &mut self.husks);
                return None;
            }
            let mut queue = queue;
            if !lingered && queue.begin_search(&self.hand) {
                drop(queue);
                lingered = true;
                self.was_called = true;
                keep_last(&mut self.last, &mut self.husks);
                self.linger();
                continue;
            }
            Crew::fall_asleep(queue, &self.hand, self.id, &mut self.husks);
            keep_last(&mut self.last, &mut self.husks);
            if !self.sleep() {
                return None;
            }
            lingered = LINGER == 0;
        }
    }

    /// Lets others run for a moment, in which they may bring work: cheaper for all than to sleep and be woken.
    fn linger(&self) {
        for _ in 0..LINGER {
            if self.crew.has_waiting() {
                return;
            }
            std::thread::yield_now();
        }
    }

    /// The next of the hand, unless something more urgent waits.
    fn own(&mut self) -> Option<Entry> {
        let entry = {
            let mut hand = self.hand.lock();
            if hand.entries.is_empty() || self.crew.is_more_urgent_than(hand.priority) {
                return None;
            }
            let entry = hand.entries.pop_front();
            hand.begin(entry.as_ref());
            entry
        };
        keep_last(&mut self.last, &mut self.husks);
        entry
    }

    fn next_in_hand(&mut self) -> Option<Entry> {
        let entry = {
            let mut hand = self.hand.lock();
            let entry = hand.entries.pop_front();
            hand.begin(entry.as_ref());
            entry
        };
        keep_last(&mut self.last, &mut self.husks);
        entry
    }

    /// Parks until somebody calls. Returns false when the thread is to end.
    fn sleep(&mut self) -> bool {
        let expiry = self.crew.settings.expiry;
        let begin = self.pace.clock.now();
        loop {
            let slept = self.pace.clock.now().saturating_sub(begin);
            let left = expiry.map(|expiry| expiry.saturating_sub(slept));
            if left != Some(Duration::ZERO) {
                sync::park(left);
            }
            let is_expired = expiry.is_some_and(|expiry| self.pace.clock.now().saturating_sub(begin) >= expiry);
            match self.crew.look_up(self.id, is_expired) {
                LookUp::Called => {
                    self.was_called = true;
                    self.pace.restart();
                    return true;
                }
                LookUp::SleepOn => {}
                LookUp::End(queue) => {
                    Crew::leave(queue, &self.hand, &mut self.husks);
                    return false;
                }
            }
        }
    }
}

/// Sends the memory of what ran last on its way back.
fn keep_last(last: &mut Option<(Arc<dyn Runnable>, Ran)>, husks: &mut Husks) {
    match last.take() {
        Some((task, Ran::Bare)) => husks.keep_task(task),
        Some((task, _)) => unhandled::drop_caught("what a job held", task),
        None => {}
    }
}

impl Pace {
    fn new() -> Self {
        Self {
            clock: Clock::new(),
            since: Duration::ZERO,
            taken: 0,
            handful: 1,
        }
    }

    fn handful(&mut self) -> usize {
        let now = self.clock.now();
        let is_short = self.taken > 0 && now.saturating_sub(self.since) / self.taken < SHORT;
        self.handful = if is_short { (self.handful * 2).min(HANDFUL) } else { 1 };
        self.since = now;
        self.taken = u32::try_from(self.handful).unwrap_or(u32::MAX);
        self.handful
    }

    fn restart(&mut self) {
        self.taken = 0;
    }
}
