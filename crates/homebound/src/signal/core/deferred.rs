//! The calls that have to wait: their object is running, further up the stack (D6 of the design).

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use homebound_cells::DirectRc;

use super::OwnHalf;
use crate::event_loop::with_current;
use crate::slot::{CallSlot, Called};
use crate::unhandled;

/// A connection and the slot that is to be called for it later, unless the connection ends before.
pub(super) type Deferred<A> = (u64, Weak<RefCell<Option<DirectRc<dyn CallSlot<A>>>>>);

impl<A: Clone + Send + 'static> OwnHalf<'_, A> {
    /// Calls the slot when its object has ended what it is doing.
    pub(super) fn defer(self, id: u64, slot: &DirectRc<dyn CallSlot<A>>, args: &A) {
        let (control, args) = (Arc::clone(self.control), args.clone());
        let called = Rc::new(RefCell::new(Some(slot.clone())));
        let deferred = (id, Rc::downgrade(&called));
        self.core.rare_or_new(|rare| rare.deferred.push(deferred));
        let job = move || {
            if let Some(own) = control.own_half() {
                own.catch_up();
            }
            // A connection that has ended meanwhile has taken its slot; the signal's own end does not take back what it has sent.
            let called = called.take();
            if let Some(called) = called
                && called.call(&args) == Called::Gone
                && let Some(own) = control.own_half()
            {
                own.remove(id);
            }
        };
        with_current(|home| slot.wait(home.local_event(Box::new(job))));
    }

    /// Keeps from being called what was put off for a connection that has ended.
    #[inline(never)]
    pub(super) fn take_back(self, id: u64) {
        let mut slots = Vec::new();
        self.core.rare(|rare| {
            rare.deferred.retain(|(connection, called)| match called.upgrade() {
                Some(called) if *connection == id => {
                    slots.push(called.take());
                    false
                }
                other => other.is_some(),
            });
        });
        // One of them may be the last of its slot.
        slots
            .into_iter()
            .for_each(|slot| unhandled::drop_caught("a slot", slot));
    }
}
