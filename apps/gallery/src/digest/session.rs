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

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use homebound::{CancellationToken, Clock, Failure, Handle, JobContext, Outcome, ProgressEvent, Signal, ThreadPool};

use super::chunk::{self, Chunk, Report, Step};
use super::output::Sink;
use super::plan::{Job, Plan};
use super::rate::Rate;
use super::source::{Entry, Source};
use super::trouble::{OneLine, Reason, Trouble};
use super::view::{Ending, Overview, Summary, WorkerView};

/// Text that waits for the writer; with more, no new chunk is read.
const MOST_TEXT: usize = 4 << 20;
/// The entries that are counted between two reports of the count.
const COUNTED_AT_ONCE: usize = 2_048;
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
    sink: Option<Sink>,
    text: String,
    quiet: bool,
    rate: Rate,
    view: Overview,
    summary: Summary,
    ending: Option<Ending>,
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
            sink: Some(sink),
            text: String::new(),
            quiet,
            rate: Rate::since(clock.now()),
            view: Overview::default(),
            summary: Summary::default(),
            ending: None,
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
        self.end();
    }

    fn stop(&mut self, ending: Ending) {
        if self.ending.is_none() {
            self.ending = Some(ending);
            self.token.cancel();
            self.plan.stop();
        }
    }

    fn go_on(&mut self) {
        if self.is_over {
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
        let Some(sink) = self.sink.take() else { return };
        let wants_text = !is_stopped || matches!((&sink, &self.ending), (Sink::Stream(_), Some(Ending::Cancelled)));
        if wants_text && !self.text.is_empty() {
            self.sink = Some(sink);
            self.write();
        } else if is_stopped {
            drop(sink);
            self.end();
        } else {
            self.finish(sink);
        }
    }

    fn end(&mut self) {
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

/// What is sent to the pool, and what comes home.
impl Session {
    /// Starts a task whose outcome comes home.
    fn spawn<T: Send + 'static>(
        &mut self,
        name: &'static str,
        token: &CancellationToken,
        work: impl FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
        come_home: impl FnOnce(&mut Self, Outcome<T>) + Send + 'static,
    ) {
        let Some(me) = &self.me else { return };
        let come_home = move |session: &mut Self, outcome| {
            come_home(session, outcome);
            session.go_on();
        };
        match self
            .pool
            .task(work)
            .name(name)
            .token(token)
            .on_outcome(me, come_home)
            .spawn()
        {
            Ok(task) => task.detach(),
            Err(error) => self.stop(Ending::Broken(error.to_string())),
        }
    }

    fn take(&mut self, mut source: Source) {
        let work = move |cx: &JobContext| {
            let chunk = chunk::take(&mut source, || cx.check())?;
            Ok((source, chunk))
        };
        self.spawn("walk", &self.token.clone(), work, Self::taken);
    }

    fn taken(&mut self, outcome: Outcome<(Source, Chunk)>) {
        match outcome {
            Outcome::Done((source, chunk)) if self.ending.is_none() => {
                self.source = Some(source);
                self.plan.add(chunk);
            }
            Outcome::Done(_) => {}
            other => self.expect_cancelled(&other),
        }
    }

    fn read(&mut self, job: Job) {
        let Some(me) = &self.me else { return };
        let (reader, chunk, quiet) = (job.reader, job.chunk, self.quiet);
        let work = move |cx: &JobContext| Ok(read_chunk(cx, chunk, quiet)?);
        let task = self.pool.task(work).name("read").token(&self.token);
        let task = task.on_progress(me, move |session: &mut Self, event| session.progressed(reader, event));
        let task = task.on_outcome(me, move |session: &mut Self, outcome| {
            session.was_read(reader, outcome);
            session.go_on();
        });
        match task.spawn() {
            Ok(task) => task.detach(),
            Err(error) => self.stop(Ending::Broken(error.to_string())),
        }
    }

    fn progressed(&mut self, reader: usize, event: ProgressEvent) {
        if self.is_over {
            return;
        }
        self.plan.progressed(reader, event.done);
        self.workers.emit(WorkerView {
            reader,
            event: Some(event),
        });
        self.show();
    }

    fn was_read(&mut self, reader: usize, outcome: Outcome<Report>) {
        if self.is_over {
            return;
        }
        match outcome {
            Outcome::Done(report) => {
                self.view.files += report.files;
                self.view.read_bytes += report.bytes;
                self.plan.finished(reader, report);
            }
            Outcome::Panicked(panic) => {
                let path = self.plan.first_path(reader).unwrap_or_default();
                let reason = Reason::System(format!("the task that read it and what follows has panicked: {panic}"));
                let report = Report {
                    troubles: vec![Trouble { path, reason }],
                    ..Report::default()
                };
                self.plan.finished(reader, report);
            }
            other => {
                self.plan.gave_up(reader);
                self.expect_cancelled(&other);
            }
        }
        self.workers.emit(WorkerView { reader, event: None });
        self.show();
    }

    fn write(&mut self) {
        let Some(mut sink) = self.sink.take() else { return };
        let text = std::mem::take(&mut self.text);
        // Not cancelled with the rest: a line is written whole.
        let work = move |_: &JobContext| {
            let result = sink.write(&text);
            Ok((sink, result))
        };
        self.spawn(
            "write",
            &CancellationToken::new(),
            work,
            |session, outcome| match outcome {
                Outcome::Done((sink, result)) => {
                    session.sink = Some(sink);
                    session.written(result);
                }
                other => session.expect_cancelled(&other),
            },
        );
    }

    fn finish(&mut self, sink: Sink) {
        self.spawn(
            "finish",
            &CancellationToken::new(),
            move |_| Ok(sink.finish()),
            |session, outcome| {
                match outcome {
                    Outcome::Done(result) => {
                        // It is all there, whatever was asked for meanwhile.
                        session.ending = None;
                        session.written(result);
                    }
                    other => session.expect_cancelled(&other),
                }
                session.end();
            },
        );
    }

    fn written(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.stop(Ending::NobodyReads),
            Err(error) => self.stop(Ending::CannotWrite(Reason::system(&error).to_string())),
        }
    }

    /// Learns how much there is, a piece at a time.
    fn count(&mut self) {
        let Some(mut source) = self.to_count.take() else { return };
        let work = move |cx: &JobContext| {
            let (mut entries, mut files, mut bytes) = (0, 0, 0);
            for entry in source.by_ref().take(COUNTED_AT_ONCE) {
                cx.check()?;
                entries += 1;
                if let Entry::File(item) = entry {
                    files += 1;
                    bytes += item.bytes;
                }
            }
            Ok((source, entries, files, bytes))
        };
        self.spawn("count", &self.token.clone(), work, |session, outcome| {
            if let Outcome::Done((source, entries, files, bytes)) = outcome {
                session.view.total_files += files;
                session.view.total_bytes += bytes;
                session.view.is_counted = entries < COUNTED_AT_ONCE;
                if !session.view.is_counted && !session.is_over {
                    session.to_count = Some(source);
                    session.count();
                }
            }
        });
    }

    /// A task that brings nothing was cancelled; whatever else it was ends the run.
    fn expect_cancelled<T>(&mut self, outcome: &Outcome<T>) {
        let why = match outcome {
            Outcome::Failed(failure) => failure.to_string(),
            Outcome::Panicked(panic) => panic.to_string(),
            Outcome::TimedOut => "a task has timed out".to_owned(),
            Outcome::Rejected(reason) => reason.to_string(),
            Outcome::Cancelled(_) | Outcome::Done(_) => return,
        };
        self.stop(Ending::Broken(why));
    }
}

/// Reads a chunk in a task, which says how far it is and can be cancelled at each block.
fn read_chunk(cx: &JobContext, chunk: Chunk, quiet: bool) -> Result<Report, homebound::Cancelled> {
    chunk::read(chunk, quiet, |step| match step {
        Step::File(path) => {
            cx.progress_message(OneLine(path).to_string());
            cx.check()
        }
        Step::Bytes { done, total } => cx.progress(done, total),
    })
}
