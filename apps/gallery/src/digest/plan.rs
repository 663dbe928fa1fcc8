//! Which chunk is read when, and by whom: what is decided at home while the pool does the work.
//!
//! Pure: it starts nothing. [`Session`](super::session::Session) does what it says.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::chunk::{Chunk, Report};
use super::in_order::InOrder;
use super::source::Entry;

/// How many entries may be between the first that is not yet written and the last that was found. While one big file holds up the
/// order, the others go on until so many wait; with a hundred bytes or two for each, that is some ten megabytes.
const MOST_AHEAD: usize = 1 << 16;
/// How many chunks wait for each reader, so that none of them waits for the walk.
const QUEUED_PER_READER: usize = 2;

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    readers: Vec<Option<Reading>>,
    queue: VecDeque<Chunk>,
    /// The number of the next chunk that is given out.
    next: u64,
    results: InOrder<(Report, usize)>,
    ahead: usize,
    has_all: bool,
}

/// What a reader is at.
#[derive(Clone, Debug)]
struct Reading {
    number: u64,
    entries: usize,
    first: PathBuf,
    bytes: u64,
}

/// A chunk to be read.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) reader: usize,
    pub(crate) chunk: Chunk,
}

impl Plan {
    pub(crate) fn new(readers: usize) -> Self {
        Self {
            readers: vec![None; readers],
            queue: VecDeque::new(),
            next: 0,
            results: InOrder::new(),
            ahead: 0,
            has_all: false,
        }
    }

    /// Whether another chunk should be taken from the source.
    pub(crate) fn wants_chunk(&self) -> bool {
        !self.has_all && self.ahead < MOST_AHEAD && self.queue.len() < self.readers.len() * QUEUED_PER_READER
    }

    /// Takes in the next chunk of the source; an empty one is its end.
    pub(crate) fn add(&mut self, chunk: Chunk) {
        if chunk.is_empty() {
            self.has_all = true;
        } else {
            self.ahead += chunk.len();
            self.queue.push_back(chunk);
        }
    }

    /// Gives out a chunk, if one waits and a reader is free.
    pub(crate) fn next_job(&mut self) -> Option<Job> {
        let reader = self.readers.iter().position(Option::is_none)?;
        let chunk = self.queue.pop_front()?;
        let first = chunk.first().map(|entry| match entry {
            Entry::File(item) => item.path.clone(),
            Entry::Trouble(trouble) => trouble.path.clone(),
        });
        let first = first.unwrap_or_default();
        self.readers[reader] = Some(Reading {
            number: self.next,
            entries: chunk.len(),
            first,
            bytes: 0,
        });
        self.next += 1;
        Some(Job { reader, chunk })
    }

    /// Says how many bytes of its chunk a reader has read.
    pub(crate) fn progressed(&mut self, reader: usize, bytes: u64) {
        if let Some(reading) = &mut self.readers[reader] {
            reading.bytes = bytes;
        }
    }

    /// How many bytes of unfinished chunks have been read.
    pub(crate) fn bytes_under_way(&self) -> u64 {
        self.readers.iter().flatten().map(|reading| reading.bytes).sum()
    }

    /// The first path of what the reader reads.
    pub(crate) fn first_path(&self, reader: usize) -> Option<PathBuf> {
        self.readers[reader].as_ref().map(|reading| reading.first.clone())
    }

    /// Takes in the report of a reader's chunk, and frees the reader.
    pub(crate) fn finished(&mut self, reader: usize, report: Report) {
        if let Some(reading) = self.readers[reader].take() {
            self.results.push(reading.number, (report, reading.entries));
        }
    }

    /// Frees a reader whose chunk will have no report. Whatever comes after it in order is lost with it.
    pub(crate) fn gave_up(&mut self, reader: usize) {
        self.readers[reader] = None;
    }

    /// The next report in the order of the source.
    pub(crate) fn next_report(&mut self) -> Option<Report> {
        let (report, entries) = self.results.pop()?;
        self.ahead -= entries;
        Some(report)
    }

    /// Forgets what has not been given out.
    pub(crate) fn stop(&mut self) {
        self.queue.clear();
        self.has_all = true;
    }

    pub(crate) fn is_reading(&self) -> bool {
        self.readers.iter().any(Option::is_some)
    }

    /// Whether everything has been read and reported.
    pub(crate) fn is_done(&self) -> bool {
        self.has_all && self.ahead == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Item;
    use super::*;

    fn chunk(entries: usize, path: &str) -> Chunk {
        vec![
            Entry::File(Item {
                path: path.into(),
                bytes: 1,
                expected: None
            });
            entries
        ]
    }

    fn report(lines: &str) -> Report {
        Report {
            lines: lines.to_owned(),
            ..Report::default()
        }
    }

    #[test]
    fn chunks_go_to_free_readers_and_reports_come_in_the_order_of_the_source() {
        let mut plan = Plan::new(2);
        for name in ["a", "b", "c", "d"] {
            assert!(plan.wants_chunk());
            plan.add(chunk(1, name));
        }
        assert!(!plan.wants_chunk(), "two wait for each reader");

        let readers: Vec<_> = std::iter::from_fn(|| plan.next_job()).map(|job| job.reader).collect();
        assert_eq!(readers, [0, 1]);
        plan.finished(1, report("b"));
        assert_eq!(plan.next_report(), None, "the first is missing");
        let job = plan.next_job().expect("a reader is free");
        assert_eq!((job.reader, plan.first_path(1)), (1, Some("c".into())));
        plan.finished(0, report("a"));
        assert_eq!(plan.next_report().map(|report| report.lines), Some("a".into()));
        assert_eq!(plan.next_report().map(|report| report.lines), Some("b".into()));
        assert_eq!(plan.next_report(), None);
    }

    #[test]
    fn it_is_done_when_all_is_reported() {
        let mut plan = Plan::new(1);
        plan.add(chunk(3, "a"));
        plan.add(Vec::new());
        assert!(!plan.wants_chunk() && !plan.is_done());
        assert_eq!(plan.next_job().map(|job| job.chunk.len()), Some(3));
        plan.progressed(0, 2);
        assert_eq!((plan.bytes_under_way(), plan.is_reading()), (2, true));
        plan.finished(0, report(""));
        assert_eq!(
            (plan.bytes_under_way(), plan.is_reading(), plan.is_done()),
            (0, false, false)
        );

        assert!(plan.next_report().is_some());

        assert!(plan.is_done());
    }

    #[test]
    fn one_slow_chunk_does_not_let_the_others_run_away() {
        let mut plan = Plan::new(2);
        plan.add(chunk(1, "slow"));
        assert_eq!(plan.next_job().map(|job| job.reader), Some(0));
        let mut read = 0;
        while plan.wants_chunk() {
            plan.add(chunk(256, "quick"));
            assert_eq!(plan.next_job().map(|job| job.reader), Some(1));
            plan.finished(1, report("quick"));
            assert_eq!(plan.next_report(), None);
            read += 256;
        }
        assert_eq!(read, MOST_AHEAD);

        plan.finished(0, report("slow"));
        while plan.next_report().is_some() {}

        assert!(plan.wants_chunk());
    }

    #[test]
    fn what_was_not_given_out_is_forgotten_when_it_stops() {
        let mut plan = Plan::new(1);
        plan.add(chunk(1, "a"));
        plan.add(chunk(1, "b"));
        assert!(plan.next_job().is_some());

        plan.stop();
        plan.gave_up(0);

        assert!(plan.next_job().is_none() && !plan.wants_chunk() && !plan.is_reading());
    }
}
