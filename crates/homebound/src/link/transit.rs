//! A link's slot on its way to another loop.

use std::rc::Rc;
use std::sync::Arc;

use super::Link;
use super::installed::{Kind, install};
use crate::event::{Body, Event};
use crate::event_loop::LoopInner;
use crate::home::Installer;
use crate::slot::{AtHome, SharedSlot};

pub(super) enum SharedKind<A> {
    One(SharedSlot<A>),
    All(SharedSlot<Vec<A>>),
}

/// A link whose slot is on its way to its home. If it never arrives, nobody waits for it.
pub(crate) struct InTransit<A: Clone + Send + 'static>(Option<Arc<Link<A>>>);

impl<A: Clone + Send + 'static> InTransit<A> {
    pub(crate) fn new(link: Arc<Link<A>>) -> Self {
        Self(Some(link))
    }

    pub(crate) fn arrive(mut self) -> Option<Arc<Link<A>>> {
        self.0.take()
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.as_ref().map_or(0, |link| link.id)
    }
}

impl<A: Clone + Send + 'static> Drop for InTransit<A> {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            link.end_cell();
        }
    }
}

/// Brings a slot of an object that can move to the object's home.
pub(super) struct Arrive<A: Clone + Send + 'static> {
    pub(super) link: InTransit<A>,
    pub(super) slot: SharedKind<A>,
    pub(super) timed: bool,
}

impl<A: Clone + Send + 'static> Installer for Arrive<A> {
    fn install(self: Box<Self>, home: &LoopInner) {
        let Self { link, slot, timed } = *self;
        let Some(link) = link.arrive() else { return };
        let slot = match slot {
            SharedKind::One(slot) => Kind::One(Rc::new(AtHome(slot))),
            SharedKind::All(slot) => Kind::All(Rc::new(AtHome(slot))),
        };
        let target = link.id;
        install(home, link, slot);
        if timed {
            // Its timer stayed behind; what the cell says now decides.
            let _ = home.post_home(Event {
                target,
                body: Body::Cell,
            });
        }
    }

    fn target(&self) -> u64 {
        self.link.id()
    }

    fn call_off(self: Box<Self>) {
        drop(self.link.arrive());
    }
}
