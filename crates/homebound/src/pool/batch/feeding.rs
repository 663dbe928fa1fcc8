//! How a batch is fed with items, and how its results are handed out.
//!
//! Who uses it: whoever starts it, and then whoever ends one of its tasks or takes one of its results, feeds it with new items.
//!
//! # Invariants
//! 1. An item has a place from before it is taken out of the iterator until its result has been taken: so many items, tasks and
//!    results are alive at a time as there are places, however many items there are.
//! 2. Only one thread at a time feeds, and only one hands results out; whoever comes meanwhile leaves it to that one, which
//!    stops only when, under the lock, there is nothing to do. So results keep their order, and a batch whose tasks end at once needs no stack.
//! 3. The end is told once: by the one that sees, under the lock, that the iterator is used up and all results are handed out.
//!
//! # Locks
//! The batch's, alone. The iterator, the work, the sink and whatever they hold are called and dropped outside of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{BatchSummary, Options};
use crate::cancel::{CancelReason, CancellationToken};
use crate::job::JobContext;
use crate::latch::Latch;
use crate::object::Handle;
use crate::outcome::{Failure, Outcome, PanicReport};
use crate::panic_guard;
use crate::pool::crew::Crew;
use crate::pool::task::{About, CrewRef, Deliver, Task};
use crate::progress::{Progress, Watched};
use crate::sync::Mutex;
use crate::unhandled;

/// What takes results: called by one thread at a time, in order. The place is free when the credit is dropped.
pub(super) type Sink<R> = Box<dyn FnMut(usize, Outcome<R>, Credit) + Send>;

/// The place of an item whose result is on its way; dropping it lets the next item in.
pub(super) struct Credit(Option<Arc<dyn Feeding>>);

/// A running batch, whatever its types.
pub(super) trait Feeding: Send + Sync {
    fn give_back(self: Arc<Self>);
    fn is_finished(&self) -> Result<BatchSummary, Arc<Latch>>;
}

pub(super) struct Core<I, F, R> {
    crew: Arc<Crew>,
    work: Arc<F>,
    places: usize,
    in_order: bool,
    name: Option<Arc<str>>,
    priority: i32,
    token: CancellationToken,
    total: Option<u64>,
    progress: Option<(Progress, Arc<dyn Watched>)>,
    state: Mutex<State<I, R>>,
}

/// What feeding does next.
enum Step<I> {
    /// There is no place, or no item.
    Stop,
    Drop(I),
    Take(I),
}

struct State<I, R> {
    /// Not there while it is asked, and after its end.
    items: Option<I>,
    is_feeding: bool,
    is_used_up: bool,
    taken: usize,
    next: usize,
    /// Results that wait for an earlier one.
    early: BTreeMap<usize, Outcome<R>>,
    ready: VecDeque<(usize, Outcome<R>)>,
    sink: Option<Sink<R>>,
    handed_out: usize,
    summary: BatchSummary,
    is_finished: bool,
    on_finished: Option<Box<dyn FnOnce(BatchSummary) + Send>>,
    latch: Option<Arc<Latch>>,
}

impl<I, F, R> Core<I, F, R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
{
    pub(super) fn new(crew: &Arc<Crew>, items: I, work: F, options: Options, sink: Sink<R>) -> Arc<Self> {
        let total = options
            .total
            .or_else(|| items.size_hint().1.and_then(|total| u64::try_from(total).ok()));
        let state = State {
            items: Some(items),
            is_feeding: false,
            is_used_up: false,
            taken: 0,
            next: 0,
            early: BTreeMap::new(),
            ready: VecDeque::new(),
            sink: Some(sink),
            handed_out: 0,
            summary: BatchSummary::default(),
            is_finished: false,
            on_finished: options.on_finished,
            latch: None,
        };
        Arc::new(Self {
            crew: Arc::clone(crew),
            work: Arc::new(work),
            places: options.places,
            in_order: options.in_order,
            name: options.name,
            priority: options.priority,
            token: options.token,
            total,
            progress: options.progress,
            state: Mutex::new(state),
        })
    }

    /// Takes items on while there are places.
    pub(super) fn feed(self: &Arc<Self>) {
        if std::mem::replace(&mut self.state.lock().is_feeding, true) {
            return;
        }
        loop {
            let step = {
                let mut state = self.state.lock();
                if self.token.is_cancelled() && !state.is_used_up {
                    state.is_used_up = true;
                    state.summary.is_cut_short = true;
                }
                let step = state.next_step(self.places);
                state.is_feeding = !matches!(step, Step::Stop);
                step
            };
            match step {
                Step::Stop => return self.finish_if_last(),
                Step::Drop(items) => unhandled::drop_caught("what a batch held", items),
                Step::Take(mut items) => {
                    let item = panic_guard::catch(self.name.as_ref(), || items.next());
                    self.take_on(items, item);
                }
            }
        }
    }

    fn take_on(self: &Arc<Self>, items: I, item: Result<Option<I::Item>, PanicReport>) {
        if let Err(report) = &item {
            unhandled::panicked("the iterator of a batch", report.clone());
        }
        let number = {
            let mut state = self.state.lock();
            state.items = Some(items);
            state.is_used_up |= !matches!(item, Ok(Some(_)));
            state.summary.is_cut_short |= item.is_err();
            let number = state.summary.items;
            if matches!(item, Ok(Some(_))) {
                state.taken += 1;
                state.summary.items += 1;
            }
            number
        };
        let Ok(Some(item)) = item else { return };
        let work = Arc::clone(&self.work);
        let mut task = Task::new(CrewRef::Pool(&self.crew), move |cx: &JobContext| work(cx, item))
            .deliver_to(ToBatch {
                core: Arc::clone(self),
                number,
            })
            .priority(self.priority)
            .token(&self.token);
        if let Some(name) = &self.name {
            task = task.name(Arc::clone(name));
        }
        match task.spawn() {
            Ok(handle) => handle.detach(),
            Err(refused) => {
                let outcome = Outcome::Rejected(refused.reason());
                unhandled::drop_caught("what a batch held", refused);
                self.accept(number, outcome);
            }
        }
    }

    /// Takes a result and hands out what is ready.
    fn accept(self: &Arc<Self>, number: usize, outcome: Outcome<R>) {
        let mut sink = {
            let mut state = self.state.lock();
            state.count(&outcome);
            if self.in_order {
                state.early.insert(number, outcome);
                let mut next = state.next;
                while let Some(outcome) = state.early.remove(&next) {
                    state.ready.push_back((next, outcome));
                    next += 1;
                }
                state.next = next;
            } else {
                state.ready.push_back((number, outcome));
            }
            // Not there: another thread hands out.
            let Some(sink) = state.sink.take() else { return };
            sink
        };
        loop {
            let result = {
                let mut state = self.state.lock();
                let Some(result) = state.ready.pop_front() else {
                    state.sink = Some(sink);
                    break;
                };
                result
            };
            let feeding: Arc<dyn Feeding> = Arc::clone(self) as Arc<dyn Feeding>;
            sink(result.0, result.1, Credit(Some(feeding)));
            self.state.lock().handed_out += 1;
            self.show();
        }
        self.finish_if_last();
    }

    pub(super) fn show(&self) {
        if let Some((progress, _)) = &self.progress {
            let handed_out = self.state.lock().handed_out;
            progress.set(u64::try_from(handed_out).unwrap_or(u64::MAX), self.total.unwrap_or(0));
        }
    }

    fn finish_if_last(&self) {
        let (on_finished, summary, latch, sink) = {
            let mut state = self.state.lock();
            let is_last = state.is_used_up && state.items.is_none() && state.handed_out == state.summary.items;
            if !is_last || std::mem::replace(&mut state.is_finished, true) {
                return;
            }
            (
                state.on_finished.take(),
                state.summary,
                state.latch.take(),
                state.sink.take(),
            )
        };
        if let Some((_, watched)) = &self.progress {
            Arc::clone(watched).finish();
        }
        if let Some(on_finished) = on_finished {
            on_finished(summary);
        }
        unhandled::drop_caught("what a batch held", sink);
        if let Some(latch) = latch {
            latch.set();
        }
    }
}

impl<I, R> State<I, R> {
    fn next_step(&mut self, places: usize) -> Step<I> {
        if self.is_used_up {
            return self.items.take().map_or(Step::Stop, Step::Drop);
        }
        if self.taken >= places {
            return Step::Stop;
        }
        self.items.take().map_or(Step::Stop, Step::Take)
    }

    fn count(&mut self, outcome: &Outcome<R>) {
        let count = match outcome {
            Outcome::Done(_) => &mut self.summary.done,
            Outcome::Failed(_) => &mut self.summary.failed,
            Outcome::Panicked(_) => &mut self.summary.panicked,
            Outcome::Cancelled(_) | Outcome::TimedOut | Outcome::Rejected(_) => &mut self.summary.cancelled,
        };
        *count += 1;
    }
}

impl<I, F, R> Feeding for Core<I, F, R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
{
    fn give_back(self: Arc<Self>) {
        self.state.lock().taken -= 1;
        self.feed();
    }

    fn is_finished(&self) -> Result<BatchSummary, Arc<Latch>> {
        let mut state = self.state.lock();
        if state.is_finished {
            return Ok(state.summary);
        }
        Err(Arc::clone(state.latch.get_or_insert_with(|| Arc::new(Latch::new()))))
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        if let Some(batch) = self.0.take() {
            batch.give_back();
        }
    }
}

/// The outcome of one item goes to its batch.
struct ToBatch<I, F, R> {
    core: Arc<Core<I, F, R>>,
    number: usize,
}

impl<I, F, R> Deliver<R> for ToBatch<I, F, R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(&JobContext, I::Item) -> Result<R, Failure> + Send + Sync + 'static,
{
    type Kept = ();

    const HAS_RECEIVER: bool = true;

    fn deliver(self, outcome: Outcome<R>, _about: About<'_>) -> Outcome<()> {
        let kept = outcome.without_value();
        self.core.accept(self.number, outcome);
        kept
    }
}

/// A sink that sends each result to an object, at its home.
pub(super) fn send_home<R: Send + 'static, O: 'static>(
    to: Handle<O>,
    token: CancellationToken,
    slot: impl FnMut(&mut O, usize, Outcome<R>) + Send + 'static,
) -> Sink<R> {
    // The slot is there whenever a result arrives: they arrive one after the other. Gone for good if it panicked.
    let slot = Arc::new(Mutex::new(Some(slot)));
    Box::new(move |number, outcome, credit| {
        let slot = Arc::clone(&slot);
        let arrive = move |object: &mut O| {
            let Some(mut call) = slot.lock().take() else { return };
            call(object, number, outcome);
            *slot.lock() = Some(call);
            drop(credit);
        };
        if let Err(refused) = to.post(arrive) {
            token.cancel_with(CancelReason::OwnerGone);
            unhandled::drop_caught("what a batch held", refused);
        }
    })
}
