//! The way from the half of a signal that every thread may hold to the half that stays at home.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use homebound_thread_bound::ThreadBound;

use super::Core;

/// A signal's own half, for whoever holds the shared one: only the home thread gets it.
pub(crate) struct OwnHalf<A: Clone + Send + 'static>(ThreadBound<RefCell<Weak<Core<A>>>>);

impl<A: Clone + Send + 'static> OwnHalf<A> {
    /// On the signal's home thread.
    pub(super) fn new(core: Weak<Core<A>>) -> Self {
        Self(ThreadBound::new(RefCell::new(core)))
    }

    /// `None` on any other thread, and after the signal's end.
    #[inline]
    pub(crate) fn get(&self) -> Option<Rc<Core<A>>> {
        self.0.get()?.borrow().upgrade()
    }

    /// Whether this is the signal's home thread.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.0.is_here()
    }

    /// At the signal's end, on its home thread: the last holder of the shared half may be another thread, which could not drop it.
    pub(super) fn clear(&self) {
        if let Some(core) = self.0.get() {
            drop(core.take());
        }
    }
}
