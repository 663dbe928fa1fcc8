//! What has been sent and has not arrived: taking it back, and holding back an object's end while the slot that asked for it is still on the stack.

use super::inner::LoopInner;
use crate::event::{Body, Event};
use crate::unhandled;

impl LoopInner {
    /// Drops what is on its way to the object with this number.
    pub(super) fn discard_pending(&self, object: u64) -> usize {
        let mut belongs = |event: &Event| {
            let for_it = event.target == object
                || self
                    .table
                    .borrow()
                    .get(event.target)
                    .is_some_and(|slot| slot.resident() == object);
            for_it
                && matches!(
                    event.body,
                    Body::Run(_) | Body::Words(_) | Body::Boxed(_) | Body::Awaited(_)
                )
        };
        let (mut taken, mut prioritised) = (Vec::new(), Vec::new());
        self.absorb();
        {
            let mut local = self.local.borrow_mut();
            local.events.extract(&mut belongs, &mut taken);
            local.prioritised.extract(&mut belongs, &mut prioritised);
        }
        if let Some(receiver) = self.find(object) {
            let mut kept = Vec::new();
            while let Some(event) = receiver.next_waiting() {
                if belongs(&event) {
                    taken.push(event);
                } else {
                    kept.push(event);
                }
            }
            kept.into_iter().for_each(|event| receiver.wait(event));
        }
        let mut discarded = 0;
        for event in taken.into_iter().chain(prioritised.into_iter().map(|(_, event)| event)) {
            discarded += event.body.count();
            unhandled::drop_caught("a discarded event", event);
        }
        discarded
    }

    /// Keeps an object's end that a slot of an outer turn has asked for: it comes when that turn goes on. Qt's `deleteLater` in a nested loop.
    pub(super) fn hold(&self, level: u64, event: Event) {
        self.held.borrow_mut().push((level, event));
    }

    /// After a nested turn: lets go of what the turn around it may do. If another nested one meets it first, it is held again.
    #[inline]
    pub(super) fn release_held(&self) {
        if !self.held.borrow().is_empty() {
            self.release_held_above(self.depth.get());
        }
    }

    #[cold]
    fn release_held_above(&self, depth: u64) {
        let released: Vec<_> = self
            .held
            .borrow_mut()
            .extract_if(.., |(level, _)| *level >= depth)
            .collect();
        for (_, event) in released {
            // A closed loop has ended its objects.
            let _ = self.post_home(event);
        }
    }
}
