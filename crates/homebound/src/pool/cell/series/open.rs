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

/// What an open series was, to be dropped when nothing is borrowed any more: that may call a user's code.
type Old = Option<Box<dyn Any>>;

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
    let (place, old) = OPEN.try_with(|open| open.borrow_mut().place(crew)).ok()?;
    drop(old);
    place
}

impl Open {
    fn place<T, F, D>(&mut self, crew: &Arc<Crew>) -> (Option<Place<T, F, D>>, Old)
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
            return (Some((Arc::clone(series), at)), None);
        }
        self.begin(crew)
    }

    #[inline(never)]
    fn begin<T, F, D>(&mut self, crew: &Arc<Crew>) -> (Option<Place<T, F, D>>, Old)
    where
        T: Send + 'static,
        F: FnOnce(&JobContext) -> Result<T, Failure> + Send + 'static,
        D: Deliver<T>,
    {
        let kind = Some(TypeId::of::<Series<T, F, D>>());
        if self.kind != kind {
            self.kind = kind;
            self.followed = 0;
            return (None, self.series.take());
        }
        if self.followed < FEW {
            self.followed += 1;
            return (None, None);
        }
        let series = Arc::new(Series::new(crew));
        self.next = 1;
        let old = self.series.replace(Box::new(Arc::clone(&series)));
        (Some((series, 0)), old)
    }
}
