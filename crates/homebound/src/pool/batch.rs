//! Many tasks of one kind: bounded in number, one end, results in order or as they come.
//!
//! `feeding` runs them; here is how they are described and held.

mod feeding;
mod results;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::crew::Crew;
use super::worker;
use crate::cancel::CancellationToken;
use crate::job::JobContext;
use crate::object::Receiver;
use crate::outcome::{Failure, Outcome};
use crate::progress::{Feed, Progress, ProgressEvent, Watched};
use crate::unhandled;
use feeding::{Core, Feeding, Sink, send_home};

pub use results::BatchResults;

/// Places for each thread of the pool, if nothing else is asked for: enough that no thread waits for the feeding.
const PLACES_PER_THREAD: usize = 4;

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BatchSummary {
    /// How many items were taken on: the sum of the others.
    pub items: usize,
    /// How many gave a value.
    pub done: usize,
    /// How many returned an error.
    pub failed: usize,
    /// How many panicked.
    pub panicked: usize,
    /// How many were cancelled, timed out or were rejected.
    pub cancelled: usize,
    /// Whether there may have been more items: the batch was cancelled, or the iterator panicked.
    pub is_cut_short: bool,
}

/// Many tasks that are being described. [`spawn`](Self::spawn) starts them, [`results`](Self::results) too and gives their results.
#[must_use = "a batch runs only when it is spawned"]
pub struct Batch<'p, I, F> {
    crew: &'p Arc<Crew>,
    items: I,
    work: F,
    options: Options,
}

pub(super) struct Options {
    places: usize,
    in_order: bool,
    name: Option<Arc<str>>,
    priority: i32,
    token: CancellationToken,
    total: Option<u64>,
    progress: Option<(Progress, Arc<dyn Watched>)>,
    on_finished: Option<Box<dyn FnOnce(BatchSummary) + Send>>,
}

impl<'p, I, F> Batch<'p, I, F> {
    pub(super) fn new(crew: &'p Arc<Crew>, threads: usize, items: I, work: F) -> Self {
        let options = Options {
            places: threads.saturating_mul(PLACES_PER_THREAD).max(1),
            in_order: false,
            name: None,
            priority: 0,
            token: CancellationToken::new(),
            total: None,
            progress: None,
            on_finished: None,
        };
        Self {
            crew,
            items,
            work,
            options,
        }
    }

    /// Sets how many items may be under way at once: waiting, running, or with a result that nobody has taken. Four for each thread of the
    /// pool if not set.
    ///
    /// # Panics
    /// If it is zero.
    #[track_caller]
    pub fn at_once(mut self, places: usize) -> Self {
        assert!(places > 0, "a batch of zero at once would never run anything");
        self.options.places = places;
        self
    }

    /// Gives the results in the order of the items; as they come if not set.
    pub fn in_order(mut self) -> Self {
        self.options.in_order = true;
        self
    }

    /// Names the tasks.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// Sets the tasks' priority.
    pub fn priority(mut self, priority: i32) -> Self {
        self.options.priority = priority;
        self
    }

    /// Puts the batch below `token`: cancelled with it.
    pub fn token(mut self, token: &CancellationToken) -> Self {
        self.options.token = token.child();
        self
    }

    /// Sets how many items there are, for the progress; what the iterator says of itself if not set.
    pub fn total(mut self, total: u64) -> Self {
        self.options.total = Some(total);
        self
    }

    /// Shows `receiver` how many items are through, at its home, at most once a frame, and the final value before the end is told there.
    pub fn on_progress<O: 'static>(
        mut self,
        receiver: &impl Receiver<O>,
        slot: impl FnMut(&mut O, ProgressEvent) + Send + 'static,
    ) -> Self {
        let feed = Feed::new(receiver.handle(), slot);
        self.options.progress = Some((feed.progress(), feed));
        self
    }

    /// Tells `receiver` the end, at its home, exactly once: also for no items at all, and also when some fail, panic or are cancelled.
    /// After the last result, if those go there too.
    pub fn on_finished<O: 'static>(
        mut self,
        receiver: &impl Receiver<O>,
        slot: impl FnOnce(&mut O, BatchSummary) + Send + 'static,
    ) -> Self {
        let to = receiver.handle();
        self.options.on_finished = Some(Box::new(move |summary| {
            if let Err(refused) = to.post(move |object| slot(object, summary)) {
                unhandled::drop_caught("what a batch held", refused);
            }
        }));
        self
    }

    /// Starts the batch; its results are dropped, its failures only counted.
    pub fn spawn<R>(self) -> BatchHandle
    where
        I: Iterator + Send + 'static,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
    {
        self.start(Box::new(|_, outcome, _credit| {
            unhandled::drop_caught("what a batch held", outcome);
        }))
    }

    /// Starts the batch; `slot` is called with the number of each item and its outcome, at the receiver's home.
    ///
    /// When the receiver is gone, the batch is cancelled.
    pub fn spawn_to<R, O>(
        self,
        receiver: &impl Receiver<O>,
        slot: impl FnMut(&mut O, usize, Outcome<R>) + Send + 'static,
    ) -> BatchHandle
    where
        I: Iterator + Send + 'static,
        I::Item: Send + 'static,
        R: Send + 'static,
        O: 'static,
        F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
    {
        let sink = send_home(receiver.handle(), self.options.token.clone(), slot);
        self.start(sink)
    }

    /// Starts the batch and gives its results, as an iterator that waits for each. Dropping it cancels the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let squares = pool.batch(1..=1000_u64, |_, n| Ok(n * n)).in_order().results();
    /// let sum: u64 = squares.filter_map(|(_, outcome)| outcome.ok()).sum();
    /// assert_eq!(sum, 333_833_500);
    /// ```
    pub fn results<R>(self) -> BatchResults<R>
    where
        I: Iterator + Send + 'static,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
    {
        let (results, sink) = results::shelf(self.options.token.clone());
        let _handle = self.start(sink);
        results
    }

    fn start<R>(self, sink: Sink<R>) -> BatchHandle
    where
        I: Iterator + Send + 'static,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
    {
        let token = self.options.token.clone();
        let core = Core::new(self.crew, self.items, self.work, self.options, sink);
        core.show();
        core.feed();
        // Nobody may be about to feed: then the end has to be told by the one who cancels.
        let weak = Arc::downgrade(&core);
        token
            .on_cancel(move || weak.upgrade().into_iter().for_each(|core| core.feed()))
            .detach();
        BatchHandle { token, core }
    }
}

/// Holds a running [`Batch`]: cancels it, waits for it. Dropping it lets the batch run.
#[derive(Clone)]
pub struct BatchHandle {
    token: CancellationToken,
    core: Arc<dyn Feeding>,
}

impl BatchHandle {
    /// Cancels everything: what runs is asked to stop, what waits ends, and no more items are taken.
    pub fn cancel_all(&self) {
        self.token.cancel();
    }

    /// Returns whether the end has been told.
    pub fn is_finished(&self) -> bool {
        self.core.is_finished().is_ok()
    }

    /// Waits for the end.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    pub fn wait(&self) -> BatchSummary {
        loop {
            match self.core.is_finished() {
                Ok(summary) => return summary,
                Err(latch) => worker::wait_for_others(|| latch.wait()),
            }
        }
    }

    /// Waits for the end, at most for `timeout`.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<BatchSummary> {
        if let Err(latch) = self.core.is_finished() {
            worker::wait_for_others(|| {
                latch.wait_timeout(timeout);
            });
        }
        self.core.is_finished().ok()
    }
}

impl fmt::Debug for BatchHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchHandle")
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

impl<I, F> fmt::Debug for Batch<'_, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("at_once", &self.options.places)
            .finish_non_exhaustive()
    }
}
