//! A worker's thread: take work, run it, sleep, end.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use super::crew::{Crew, Hand, Husks, LookUp, Taken};
use super::entry::Running;
use super::row::{ROW, Row, Runner, of_kind};
use crate::clock::Clock;
use crate::panic_guard;
use crate::sync::{self, Mutex};
use crate::unhandled;

/// What is taken at once may take so long: what comes later and is taken by others may start so much too early.
const AT_ONCE: Duration = Duration::from_millis(1);
/// How deep tasks may run inside the wait of others on one stack. Deeper ones wait for another thread.
const DEEPEST: u32 = 64;

/// How often a worker without work lets others run before it sleeps.
const LINGER: u32 = if cfg!(loom) { 0 } else { 4 };

thread_local! {
    static CURRENT: RefCell<Option<Membership>> = const { RefCell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Whether [`CURRENT`] was ever set: quicker to look at.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// The pool that a thread works for.
#[derive(Clone)]
pub(super) struct Membership {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
}

/// The pool that this thread works for, if it does.
pub(super) fn membership() -> Option<Membership> {
    if !IS_WORKER.get() {
        return None;
    }
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
pub(super) fn run_here<R>(task: impl FnOnce() -> Running, run: impl FnOnce() -> R) -> Option<R> {
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

pub(super) struct Worker {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
    id: u64,
    husks: Husks,
    /// What ran last, which others may see in the hand: dropped under no lock, when it is no longer seen there.
    last: Option<Running>,
    was_called: bool,
    /// Whether it goes on with its hand though something more urgent waits: there is no place to take it to.
    is_bound: bool,
    pace: Pace,
}

/// How much to take at once: more while it proves short, one by one after something long.
struct Pace {
    clock: Clock,
    since: Duration,
    /// How much was taken since.
    taken: usize,
    handful: usize,
}

/// The body of a worker's thread.
pub(super) fn run(crew: Arc<Crew>, id: u64) {
    let hand = Arc::new(Mutex::new(Hand::default()));
    crew.enter(Arc::clone(&hand));
    // No model has this: its threads share one thread-local.
    if cfg!(not(loom)) {
        IS_WORKER.set(true);
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
        is_bound: false,
        pace,
    };
    tracing::trace!(target: "homebound", event = "pool.thread.started", id);
    while let Some(run) = worker.next() {
        run(&mut worker);
    }
    // Tells the last `drop` of the pool, which may be this thread's own: after everything else.
    CURRENT.set(None);
    tracing::trace!(target: "homebound", event = "pool.thread.ended", id);
}

/// Runs a task, which ends itself whatever happens in it; this keeps the thread if something of the user's panics after that.
pub(super) fn run_task(run: impl FnOnce() -> bool) -> bool {
    panic_guard::catch(None, run).unwrap_or_else(|report| {
        unhandled::panicked("what a job has left behind", report);
        true
    })
}

impl Worker {
    /// Takes a piece out of the topmost row in hand, which is of kind `R`. None if there is none, or something more urgent waits.
    ///
    /// `take` also says what the worker runs from now on. It may drop there what it ran before: the worker holds that still.
    #[inline]
    pub(super) fn take_in_hand<R: Row, W>(
        &mut self,
        take: impl FnOnce(&mut R, &mut Vec<Running>) -> Option<W>,
    ) -> Option<W> {
        let piece = {
            let mut hand = self.hand.lock();
            let Hand {
                rows,
                is_running,
                tasks,
            } = &mut *hand;
            let (priority, row) = rows.last_mut()?;
            if !std::mem::take(&mut self.is_bound) && self.crew.is_more_urgent_than(*priority) {
                return None;
            }
            let row = of_kind::<R>(&mut **row)?;
            let piece = take(row, tasks);
            if row.len() == 0
                && let Some((_, row)) = rows.pop()
            {
                self.husks.keep(row);
            }
            *is_running = true;
            piece
        };
        if self.last.is_some() {
            self.drop_last();
        }
        piece
    }

    /// What it ran, and whether the work was still there.
    pub(super) fn has_run(&mut self, task: Running, was_there: bool) {
        if !was_there {
            self.found_husk();
        }
        self.last = Some(task);
    }

    pub(super) fn found_husk(&self) {
        self.crew.found_husks(1);
    }

    fn drop_last(&mut self) {
        if let Some(task) = self.last.take() {
            unhandled::drop_caught("what a job held", task);
        }
    }

    /// How to run what it has in hand next. None when the thread is to end; it has left the pool then.
    fn next(&mut self) -> Option<Runner> {
        let mut lingered = LINGER == 0;
        loop {
            if let Some(runner) = self.in_hand() {
                return Some(runner);
            }
            let max = self.pace.handful();
            let queue = match self.crew.take(&self.hand, max, &mut self.husks, &mut self.was_called) {
                Taken::Row(runner, count) => {
                    self.pace.taken += count;
                    return Some(runner);
                }
                Taken::Nothing(queue) => queue,
            };
            if let Some(runner) = self.hand.lock().runner() {
                // It only looked for something more urgent.
                drop(queue);
                self.is_bound = true;
                return Some(runner);
            }
            if self.last.is_some() {
                // Before this counts as idle, or as gone: then what it ran is over, destructors included.
                self.hand.lock().end();
                drop(queue);
                self.drop_last();
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
                self.linger();
                self.pace.pause();
                continue;
            }
            Crew::fall_asleep(queue, &self.hand, self.id, &mut self.husks);
            if !self.sleep() {
                return None;
            }
            lingered = LINGER == 0;
        }
    }

    /// How to run what is in hand, unless something more urgent waits.
    fn in_hand(&self) -> Option<Runner> {
        let hand = self.hand.lock();
        let runner = hand.runner()?;
        (!self.crew.is_more_urgent_than(hand.priority())).then_some(runner)
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

impl Pace {
    fn new() -> Self {
        Self {
            clock: Clock::new(),
            since: Duration::ZERO,
            taken: 0,
            handful: 1,
        }
    }

    /// How much to take now. Looks at the clock when half as much was taken since it last did.
    fn handful(&mut self) -> usize {
        if cfg!(loom) {
            // A model must not depend on time.
            return ROW;
        }
        if self.taken * 2 < self.handful {
            return self.handful;
        }
        let now = self.clock.now();
        let each = now.saturating_sub(self.since).as_nanos() / self.taken.max(1) as u128;
        let fitting = AT_ONCE.as_nanos().checked_div(each).unwrap_or(u128::MAX);
        let at_most = usize::try_from(fitting).unwrap_or(usize::MAX).clamp(1, ROW);
        self.handful = (self.handful * 2).min(at_most);
        self.since = now;
        self.taken = 0;
        self.handful
    }

    /// The time since the last look was not spent on work.
    fn pause(&mut self) {
        self.taken = 0;
        self.since = self.clock.now();
    }

    /// Nothing is known of what comes.
    fn restart(&mut self) {
        self.handful = 1;
        self.pause();
    }
}
