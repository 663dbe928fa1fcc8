//! The series that a thread goes on with.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Series;
use crate::job::JobContext;
use crate::outcome::Failure;
use crate::pool::crew::Crew;
use crate::pool::task::Deliver;

/// So many of one type must have followed each other before a series is begun.
const FEW: usize = 3;

/// So many series that are full are kept for their memory.
const MOST_BEFORE: usize = 4;

/// What the thread has sent off last.
struct Open {
    kind: Option<TypeId>,
    followed: usize,
    /// An [`Opened`] of its type.
    series: Option<Box<dyn Any>>,
    next: usize,
}

/// A series that is gone on with.
struct Opened<T, F, D: Deliver<T>> {
    series: Arc<Series<T, F, D>>,
    /// A handle's way to the series, for the next one: most handles end on the thread that sent the task off, and few are alive at a time.
    spare: Option<Arc<Series<T, F, D>>>,
    /// Those before, oldest first, whose memory the next may have. Not the last one's: the queue may still keep it.
    before: VecDeque<Arc<Series<T, F, D>>>,
}

thread_local! {
    static OPEN: RefCell<Open> = const {
        RefCell::new(Open {
            kind: None,
            followed: 0,
            series: None,
            next: 0,
        })
    };
}

/// A series and a place in it.
type Place<T, F, D> = (Arc<Series<T, F, D>>, usize);

/// A place for a task of this type, if the calling thread has just sent off others.
#[inline]
pub(super) fn place<T, F, D>(crew: &Arc<Crew>) -> Option<Place<T, F, D>>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    // A model's threads share one thread-local, which would outlive the model.
    if cfg!(loom) {
        return None;
    }
    match OPEN.try_with(|open| open.borrow_mut().place(crew)).ok()? {
        Found::Place(series, at) => Some((series, at)),
        Found::Nothing => None,
        Found::Old(old) => {
            drop(old);
            None
        }
        Found::Full(full) => Some((begin(crew, full), 0)),
    }
}

/// A handle does not need its way to the series any more.
#[inline]
pub(super) fn give_back<T, F, D>(series: Arc<Series<T, F, D>>)
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    if cfg!(loom) {
        return;
    }
    let left = OPEN.try_with(|open| match open.borrow_mut().opened::<T, F, D>() {
        Some(opened) if opened.spare.is_none() && Arc::ptr_eq(&opened.series, &series) => {
            opened.spare = Some(series);
            None
        }
        _ => Some(series),
    });
    // Under no borrow: what is left of tasks may call a user's code when it is dropped.
    drop(left);
}

/// Begins a series, in the memory of the one before the last if nobody has that any more.
///
/// Nothing is borrowed meanwhile: what is left of tasks may call a user's code when it is dropped.
#[inline(never)]
fn begin<T, F, D>(crew: &Arc<Crew>, full: Option<Box<dyn Any>>) -> Arc<Series<T, F, D>>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    let mut opened = match full.map(Box::<dyn Any>::downcast::<Opened<T, F, D>>) {
        Some(Ok(full)) => full,
        _ => Box::new(Opened::new(crew)),
    };
    opened.turn_over(crew);
    let begun = Arc::clone(&opened.series);
    let _ = OPEN.try_with(|open| open.borrow_mut().series = Some(opened));
    begun
}

/// What a thread has for the next task.
enum Found<T, F, D: Deliver<T>> {
    Place(Arc<Series<T, F, D>>, usize),
    Nothing,
    /// Nothing, and a series that is not gone on with.
    Old(Box<dyn Any>),
    /// A series is to be begun; this was the one before it.
    Full(Option<Box<dyn Any>>),
}

impl<T, F, D> Opened<T, F, D>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    fn new(crew: &Arc<Crew>) -> Self {
        Self {
            series: Arc::new(Series::new(crew)),
            spare: None,
            before: VecDeque::new(),
        }
    }

    /// Goes on with an empty series.
    fn turn_over(&mut self, crew: &Arc<Crew>) {
        self.spare = None;
        if self.series.clear(crew) {
            return;
        }
        let free = self.before.iter_mut().position(|series| series.clear(crew));
        let next = free.and_then(|free| self.before.remove(free));
        let next = next.unwrap_or_else(|| Arc::new(Series::new(crew)));
        let full = std::mem::replace(&mut self.series, next);
        if !Arc::ptr_eq(&full.crew, crew) {
            self.before.clear();
            return;
        }
        if self.before.len() == MOST_BEFORE {
            self.before.pop_front();
        }
        self.before.push_back(full);
    }
}

impl Open {
    #[inline]
    fn opened<T, F, D>(&mut self) -> Option<&mut Opened<T, F, D>>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
        D: Deliver<T>,
    {
        self.series.as_mut()?.downcast_mut()
    }

    #[inline]
    fn place<T, F, D>(&mut self, crew: &Arc<Crew>) -> Found<T, F, D>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
        D: Deliver<T>,
    {
        let at = self.next;
        if let Some(opened) = self.opened::<T, F, D>()
            && opened.series.has_room(at, crew)
        {
            let series = opened.spare.take().unwrap_or_else(|| Arc::clone(&opened.series));
            self.next += 1;
            return Found::Place(series, at);
        }
        self.none_open(TypeId::of::<Series<T, F, D>>())
    }

    #[inline(never)]
    fn none_open<T, F, D: Deliver<T>>(&mut self, kind: TypeId) -> Found<T, F, D> {
        if self.kind != Some(kind) {
            self.kind = Some(kind);
            self.followed = 0;
            return self.series.take().map_or(Found::Nothing, Found::Old);
        }
        if self.followed < FEW {
            self.followed += 1;
            return Found::Nothing;
        }
        self.next = 1;
        Found::Full(self.series.take())
    }
}
