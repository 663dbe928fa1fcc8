//! The series that a thread goes on with.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::sync::Arc;

use super::Series;
use crate::job::JobContext;
use crate::outcome::Failure;
use crate::pool::crew::Crew;
use crate::pool::task::Deliver;

/// So many of one type must have followed each other before a series is begun.
const FEW: usize = 3;

/// What the thread has sent off last.
struct Open {
    kind: Option<TypeId>,
    followed: usize,
    /// In a box, an `Arc` of its type.
    series: Option<Box<dyn Any>>,
    next: usize,
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

/// Begins a series, in the memory of the one that is full if nobody has that any more.
///
/// Nothing is borrowed meanwhile: what is left of tasks may call a user's code when it is dropped.
#[inline(never)]
fn begin<T, F, D>(crew: &Arc<Crew>, full: Option<Box<dyn Any>>) -> Arc<Series<T, F, D>>
where
    T: Send + 'static,
    F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
    D: Deliver<T>,
{
    let mut series = match full.map(Box::<dyn Any>::downcast::<Arc<Series<T, F, D>>>) {
        Some(Ok(full)) => full,
        _ => Box::new(Arc::new(Series::new(crew))),
    };
    if !series.clear(crew) {
        *series = Arc::new(Series::new(crew));
    }
    let begun = Arc::clone(&series);
    let _ = OPEN.try_with(|open| open.borrow_mut().series = Some(series));
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

impl Open {
    fn place<T, F, D>(&mut self, crew: &Arc<Crew>) -> Found<T, F, D>
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
        D: Deliver<T>,
    {
        let at = self.next;
        if let Some(series) = self
            .series
            .as_ref()
            .and_then(|series| series.downcast_ref::<Arc<Series<T, F, D>>>())
            && series.has_room(at, crew)
        {
            self.next += 1;
            return Found::Place(Arc::clone(series), at);
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
