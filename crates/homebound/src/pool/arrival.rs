//! An outcome on its way to the home of whoever asked for it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cell::report_unclaimed;
use super::task::{About, Deliver};
use crate::cancel::CancelReason;
use crate::object::Handle;
use crate::outcome::Outcome;
use crate::unhandled;

/// The outcome goes to an object, at its home.
pub struct AtHome<O: 'static, G> {
    to: Handle<O>,
    slot: G,
}

/// An outcome that is on its way. If it does not arrive, the hook for what nobody claimed hears of it.
struct Parcel<T, G> {
    content: Option<(Outcome<T>, G)>,
    name: Option<Arc<str>>,
    superseded: Option<Arc<AtomicBool>>,
}

impl<O: 'static, G> AtHome<O, G> {
    pub(super) fn new(to: Handle<O>, slot: G) -> Self {
        Self { to, slot }
    }
}

impl<T, O, G> Deliver<T> for AtHome<O, G>
where
    T: Send + 'static,
    O: 'static,
    G: FnOnce(&mut O, Outcome<T>) + Send + 'static,
{
    type Kept = ();

    const HAS_RECEIVER: bool = true;

    fn deliver(self, outcome: Outcome<T>, about: About<'_>) -> Outcome<()> {
        let kept = outcome.without_value();
        let parcel = Parcel {
            content: Some((outcome, self.slot)),
            name: about.name.cloned(),
            superseded: about.superseded.cloned(),
        };
        if let Err(refused) = self.to.post(move |object| parcel.open(object)) {
            unhandled::drop_caught("what a job held", refused);
        }
        kept
    }
}

impl<T, G> Parcel<T, G> {
    fn open<O>(mut self, object: &mut O)
    where
        G: FnOnce(&mut O, Outcome<T>),
    {
        let Some((mut outcome, slot)) = self.content.take() else {
            return;
        };
        // Newer work for its key may have come while it was on its way.
        if self
            .superseded
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Acquire))
            && !outcome.is_cancelled()
        {
            outcome = Outcome::Cancelled(CancelReason::Superseded);
        }
        slot(object, outcome);
    }
}

impl<T, G> Drop for Parcel<T, G> {
    fn drop(&mut self) {
        // What was cancelled because its owner is gone has nobody to report to, and that is no news.
        if let Some((outcome, _)) = &self.content
            && !matches!(outcome, Outcome::Cancelled(CancelReason::OwnerGone))
        {
            report_unclaimed(self.name.as_deref(), outcome);
        }
    }
}

impl<O: 'static, G> fmt::Debug for AtHome<O, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtHome").field("to", &self.to).finish_non_exhaustive()
    }
}
