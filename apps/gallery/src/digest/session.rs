//! One run of digest: an object that lives on the program's main loop and sends the pool to work.
//!
//! Who does what: the session decides at its home; tasks on its own pool take entries from the source, read chunks, write text and count
//! what there is. Each comes home with its outcome. Whoever shows the run connects to the session's signals, which emit at that home;
//! none of its work knows who that is. Nothing is shared between the threads: what a task needs travels with it and comes back.
//!
//! # Invariants
//! 1. The source and the sink are each in one place: here, or with the one task that has them. So the manifest's lines are written in
//!    order, and no lock is held while somebody reads a folder or waits for a disk.
//! 2. After each change [`Session::go_on`] starts whatever can be started; nothing else does.
//! 3. `finished` is emitted once, and nothing after it.

mod tasks;

use std::num::NonZeroUsize;
use std::time::Duration;

use homebound::{CancellationToken, Clock, Handle, Signal, ThreadPool};

use super::chunk::Report;
use super::output::Sink;
use super::plan::Plan;
use super::rate::Rate;
use super::source::Source;
use super::trouble::Trouble;
use super::view::{Ending, Overview, Summary, WorkerView};

/// Text that waits for the writer; with more, no new chunk is read.
const MOST_TEXT: usize = 4 << 20;
/// Tasks besides those that read: one takes entries, one writes, one counts.
const OTHER_TASKS: usize = 3;

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) source: Source,
    /// The same source again, to learn how much there is; only worth it if somebody looks.
    pub(crate) to_count: Option<Source>,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) sink: Sink,
    /// Whether only what is wrong gets a verdict.
    pub(crate) quiet: bool,
}

/// Where the sink is.
#[derive(Debug)]
enum Place {
    Here(Sink),
    /// With the task that writes.
    Away,
    /// Dropped, with a task that ended badly or at the end.
    Lost,
}

impl Place {
    /// Takes the sink for a task, if it is here.
    fn send(&mut self) -> Option<Sink> {
        match std::mem::replace(self, Self::Away) {
            Self::Here(sink) => Some(sink),
            elsewhere => {
                *self = elsewhere;
                None
            }
        }
    }
}

/// A run, from its start to its summary.
#[derive(Debug)]
pub(crate) struct Session {
    /// How far the whole is.
    pub(crate) overview: Signal<Overview>,
    /// What one of the readers is at.
    pub(crate) workers: Signal<WorkerView>,
    /// What was left out, in the order of the source.
    pub(crate) troubles: Signal<Trouble>,
    /// The end.
    pub(crate) finished: Signal<Summary>,

    me: Option<Handle<Session>>,
    pool: ThreadPool,
    token: CancellationToken,
    clock: Clock,
    began: Duration,
    plan: Plan,
    source: Option<Source>,
    to_count: Option<Source>,
    sink: Place,
    text: String,
    quiet: bool,
    rate: Rate,
    view: Overview,
    summary: Summary,
    ending: Option<Ending>,
    /// How many tasks have not come home.
    away: usize,
    is_ending: bool,
    is_over: bool,
}

impl Session {
    pub(crate) fn new(order: Order, clock: &Clock) -> Self {
        let Order {
            source,
            to_count,
            jobs,
            sink,
            quiet,
        } = order;
        let pool = ThreadPool::builder()
            .name("digest")
            .max_threads(jobs.get() + OTHER_TASKS)
            .build();
        Self {
            overview: Signal::new(),
            workers: Signal::new(),
            troubles: Signal::new(),
            finished: Signal::new(),
            me: None,
            pool,
            token: CancellationToken::new(),
            clock: clock.clone(),
            began: clock.now(),
            plan: Plan::new(jobs.get()),
            source: Some(source),
            to_count,
            sink: Place::Here(sink),
            text: String::new(),
            quiet,
            rate: Rate::since(clock.now()),
            view: Overview::default(),
            summary: Summary::default(),
            ending: None,
            away: 0,
            is_ending: false,
            is_over: false,
        }
    }

    /// Begins. `me` is the address of this session, for what its tasks send home.
    pub(crate) fn start(&mut self, me: Handle<Self>) {
        self.me = Some(me);
        self.began = self.clock.now();
        self.rate = Rate::since(self.began);
        self.count();
        self.go_on();
    }

    /// Asks the run to stop: what is being read is given up at its next block.
    pub(crate) fn cancel(&mut self) {
        self.stop(Ending::Cancelled);
        self.go_on();
    }

    /// Ends a cancelled run at once, whatever its tasks still wait for.
    pub(crate) fn give_up(&mut self) {
        self.stop(Ending::Cancelled);
        self.end_now();
    }

    /// Whether no task is under way.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.away == 0
    }

    fn stop(&mut self, ending: Ending) {
        if self.ending.is_none() {
            self.ending = Some(ending);
            self.token.cancel();
            self.plan.stop();
        }
    }

    fn go_on(&mut self) {
        if self.is_ending {
            self.end();
        }
        if self.is_over || self.is_ending {
            return;
        }
        while let Some(report) = self.plan.next_report() {
            self.absorb(report);
        }
        while self.text.len() < MOST_TEXT
            && let Some(job) = self.plan.next_job()
        {
            self.read(job);
        }
        if self.plan.wants_chunk()
            && let Some(source) = self.source.take()
        {
            self.take(source);
        }
        self.write_on();
    }

    /// Writes what waits, or ends the run when nothing is left to write.
    fn write_on(&mut self) {
        if self.plan.is_reading() {
            // More lines are to come; those that are there need not wait for them.
            if !self.text.is_empty() {
                self.write();
            }
            return;
        }
        let is_stopped = self.ending.is_some();
        if !is_stopped && !self.plan.is_done() {
            if !self.text.is_empty() {
                self.write();
            }
            return;
        }
        // A stream gets its last lines also when the run was cancelled; a file will not be there.
        let wants_text = match &self.sink {
            Place::Here(Sink::Stream(_)) => matches!(self.ending, None | Some(Ending::Cancelled)),
            Place::Here(Sink::File(_)) => !is_stopped,
            Place::Away => return,
            Place::Lost => false,
        };
        if wants_text && !self.text.is_empty() {
            self.write();
        } else if is_stopped {
            self.sink = Place::Lost;
            self.end();
        } else {
            self.finish();
        }
    }

    /// Ends the run when the last task has come home: what they bring must find somebody.
    fn end(&mut self) {
        self.is_ending = true;
        self.token.cancel();
        if self.is_at_rest() {
            self.end_now();
        }
    }

    fn end_now(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.token.cancel();
        self.summary.took = self.clock.now().saturating_sub(self.began);
        self.summary.ending = self.ending.take().unwrap_or_default();
        self.finished.emit(self.summary.clone());
    }

    /// Takes in the next report in the order of the source.
    fn absorb(&mut self, report: Report) {
        self.summary.files += report.files;
        self.summary.bytes += report.bytes;
        self.summary.mismatched += report.mismatched;
        self.summary.unread += report.unread + report.troubles.len() as u64;
        self.text.push_str(&report.lines);
        for trouble in report.troubles {
            self.troubles.emit(trouble);
        }
    }

    fn show(&mut self) {
        let now = self.clock.now();
        let bytes = self.view.read_bytes + self.plan.bytes_under_way();
        self.rate.note(now, bytes);
        self.view.bytes = bytes;
        self.view.took = now.saturating_sub(self.began);
        self.view.rate = self.rate.per_second();
        let left = self.view.total_bytes.saturating_sub(bytes);
        self.view.remaining = if self.view.is_counted {
            self.rate.time_for(left)
        } else {
            None
        };
        self.overview.emit(self.view.clone());
    }
}

#[cfg(all(test, unix))]
pub(crate) mod tests;
