//! What a session sends to the pool, and what comes home.

use std::io;

use homebound::{CancellationToken, Cancelled, Failure, JobContext, Outcome, ProgressEvent};

use super::{Place, Session};
use crate::digest::chunk::{self, Chunk, Report, Step};
use crate::digest::plan::Job;
use crate::digest::source::{Entry, Source};
use crate::digest::trouble::{OneLine, Reason, Trouble};
use crate::digest::view::{Ending, WorkerView};

/// The entries that are counted between two reports of the count.
const COUNTED_AT_ONCE: usize = 2_048;

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
            session.away -= 1;
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
            Ok(task) => {
                self.away += 1;
                task.detach();
            }
            Err(error) => self.stop(Ending::Broken(error.to_string())),
        }
    }

    pub(super) fn take(&mut self, mut source: Source) {
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

    pub(super) fn read(&mut self, job: Job) {
        let Some(me) = &self.me else { return };
        let (reader, chunk, quiet) = (job.reader, job.chunk, self.quiet);
        let work = move |cx: &JobContext| Ok(read_chunk(cx, chunk, quiet)?);
        let task = self.pool.task(work).name("read").token(&self.token);
        let task = task.on_progress(me, move |session: &mut Self, event| session.progressed(reader, event));
        let task = task.on_outcome(me, move |session: &mut Self, outcome| {
            session.away -= 1;
            session.was_read(reader, outcome);
            session.go_on();
        });
        match task.spawn() {
            Ok(task) => {
                self.away += 1;
                task.detach();
            }
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

    pub(super) fn write(&mut self) {
        let Some(mut sink) = self.sink.send() else { return };
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
                    session.sink = Place::Here(sink);
                    session.written(result);
                }
                other => {
                    session.sink = Place::Lost;
                    session.expect_cancelled(&other);
                }
            },
        );
    }

    pub(super) fn finish(&mut self) {
        let Some(sink) = self.sink.send() else { return };
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
    pub(super) fn count(&mut self) {
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

    /// A task that brings nothing was cancelled, by this run or with the whole program; whatever else it was ends the run.
    fn expect_cancelled<T>(&mut self, outcome: &Outcome<T>) {
        let why = match outcome {
            Outcome::Failed(failure) => failure.to_string(),
            Outcome::Panicked(panic) => panic.to_string(),
            Outcome::TimedOut => "a task has timed out".to_owned(),
            Outcome::Rejected(reason) => reason.to_string(),
            Outcome::Cancelled(_) => return self.stop(Ending::Cancelled),
            Outcome::Done(_) => return,
        };
        self.stop(Ending::Broken(why));
    }
}

/// Reads a chunk in a task, which says how far it is and can be cancelled at each block.
fn read_chunk(cx: &JobContext, chunk: Chunk, quiet: bool) -> Result<Report, Cancelled> {
    chunk::read(chunk, quiet, |step| match step {
        Step::File(path) => {
            cx.progress_message(OneLine(path).to_string());
            cx.check()
        }
        Step::Bytes { done, total } => cx.progress(done, total),
    })
}
