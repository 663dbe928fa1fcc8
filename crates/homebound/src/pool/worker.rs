//! A worker's thread: take work, run it, sleep, end.

mod membership;
mod pace;

use std::sync::Arc;
use std::time::Duration;

use super::crew::{Crew, Hand, Husks, LookUp, Taken};
use super::entry::Running;
use super::row::{Row, Runner, of_kind};
use crate::linger;
use crate::panic_guard;
use crate::sync::{self, Mutex};
use crate::unhandled;
use pace::Pace;

pub(crate) use membership::wait_for_others;
pub(super) use membership::{is_worker, membership, run_here};
pub(super) use pace::{Handful, LITTLE};

/// A thread whose time is over while work is on its way looks again after this, if nobody calls it.
const BRIEF: Duration = Duration::from_millis(1);

pub(super) struct Worker {
    crew: Arc<Crew>,
    hand: Arc<Mutex<Hand>>,
    /// Whether something may be in the hand. Only this thread puts into it, so what it has seen empty stays so.
    may_have_rows: bool,
    id: u64,
    husks: Husks,
    /// What ran last, which others may see in the hand: dropped under no lock, when it is no longer seen there.
    last: Option<Running>,
    was_called: bool,
    /// Whether it goes on with its hand though something more urgent waits: there is no place to take it to.
    is_bound: bool,
    pace: Pace,
}

/// The body of a worker's thread.
pub(super) fn run(crew: Arc<Crew>, id: u64) {
    let hand = Arc::new(Mutex::new(Hand::default()));
    crew.enter(Arc::clone(&hand));
    membership::enter(&crew, &hand);
    let pace = Pace::new();
    let mut worker = Worker {
        crew,
        hand,
        may_have_rows: false,
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
    membership::leave();
    tracing::trace!(target: "homebound", event = "pool.thread.ended", id);
}

/// Runs a task, which ends itself whatever happens in it; this keeps the thread if something of the user's panics after that.
pub(super) fn run_task(run: impl FnOnce() -> bool) -> bool {
    panic_guard::catch(None, run).unwrap_or_else(|report| {
        unhandled::panicked("what a job has left behind", report);
        true
    })
}

/// Does the work of a task that ends itself whatever happens in it; this keeps the thread if something of the user's panics after that.
#[inline]
pub(super) fn run_guarded(run: impl FnOnce()) {
    run_task(|| {
        run();
        true
    });
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
        if !self.may_have_rows {
            return None;
        }
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
                self.may_have_rows = !rows.is_empty();
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
        let mut may_linger = true;
        let mut has_gathered = false;
        loop {
            if let Some(runner) = self.in_hand() {
                return Some(runner);
            }
            let handful = self.pace.handful(has_gathered);
            let mut queue = match self
                .crew
                .take(&self.hand, handful, &mut self.husks, &mut self.was_called)
            {
                Taken::Row(runner, count) => {
                    self.may_have_rows = true;
                    self.pace.took(count);
                    return Some(runner);
                }
                Taken::Nothing(queue) => queue,
                Taken::Little => {
                    has_gathered = true;
                    linger::let_gather();
                    continue;
                }
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
            let now = self.pace.clock.now();
            if std::mem::take(&mut may_linger) && linger::try_at(now) {
                match Crew::search(queue, &self.hand, &mut self.was_called) {
                    None => {
                        let lingered = linger::let_others_run(now, || self.crew.has_waiting());
                        self.pace.pause(lingered.now);
                        continue;
                    }
                    Some(busy) => queue = busy,
                }
            }
            Crew::fall_asleep(queue, &self.hand, self.id, &mut self.husks);
            if !self.sleep(now) {
                return None;
            }
            may_linger = true;
        }
    }

    /// How to run what is in hand, unless something more urgent waits.
    fn in_hand(&self) -> Option<Runner> {
        if !self.may_have_rows {
            return None;
        }
        let hand = self.hand.lock();
        let runner = hand.runner()?;
        (!self.crew.is_more_urgent_than(hand.priority())).then_some(runner)
    }

    /// Parks from `begin` until somebody calls. Returns false when the thread is to end.
    fn sleep(&mut self, begin: Duration) -> bool {
        let expiry = self.crew.settings.expiry;
        let mut left = expiry;
        loop {
            if left != Some(Duration::ZERO) {
                sync::park(left);
            }
            let now = self.pace.clock.now();
            let slept = now.saturating_sub(begin);
            match self.crew.look_up(self.id, expiry.is_some_and(|expiry| slept >= expiry)) {
                LookUp::Called => {
                    self.was_called = true;
                    linger::waited(slept);
                    self.pace.restart(now);
                    return true;
                }
                LookUp::SleepOn => {
                    let rest = |expiry: Duration| expiry.saturating_sub(slept).max(BRIEF);
                    left = expiry.map(rest);
                }
                LookUp::End(queue) => {
                    Crew::leave(queue, &self.hand, &mut self.husks);
                    return false;
                }
            }
        }
    }
}
