//! The slot at the end of a link, at its home: takes what arrives.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::transit::{Arrive, InTransit, SharedKind};
use super::{Link, ValueCell};
use crate::args::{ArgsBox, Words, unpack};
use crate::delivery::paced::{Paced, Taken};
use crate::event::{Body, Event};
use crate::event_loop::LoopInner;
use crate::home::Installer;
use crate::slot::{CallSlot, Called, Receive};

/// The slot of a link, in the table of its home.
pub(crate) struct Installed<A: Clone + Send + 'static> {
    link: Arc<Link<A>>,
    slot: Kind<A>,
    /// Whether a timer will bring this slot's cell up again.
    timed: Cell<bool>,
}

/// Brings the slot's cell up again, also if the slot panics: its emitters rely on it. Behind whatever waits: a flood of values does not keep the loop in one
/// event.
struct LooksAgain<'a>(&'a LoopInner, u64);

impl Drop for LooksAgain<'_> {
    fn drop(&mut self) {
        let Self(home, target) = *self;
        // A closed loop has ended the cell.
        let _ = home.post_home(Event {
            target,
            body: Body::Cell,
        });
    }
}

/// One value at a time, or all that wait.
pub(crate) enum Kind<A> {
    One(Rc<dyn CallSlot<A>>),
    All(Rc<dyn CallSlot<Vec<A>>>),
}

impl<A: Clone + Send + 'static> Installed<A> {
    pub(crate) fn new(link: Arc<Link<A>>, slot: Kind<A>) -> Rc<Self> {
        Rc::new(Self {
            link,
            slot,
            timed: Cell::new(false),
        })
    }

    #[inline]
    pub(super) fn call(&self, args: &A) -> Called {
        match &self.slot {
            Kind::One(slot) => slot.call(args),
            Kind::All(slot) => slot.call(&vec![args.clone()]),
        }
    }

    /// Takes from the connection's cell what is to be delivered now.
    fn take_from_cell(&self, home: &LoopInner) -> Result<(), Body> {
        if self.is_busy() {
            return Err(Body::Cell);
        }
        match &self.link.cell {
            ValueCell::None => {}
            ValueCell::Bounded(cell) => match &self.slot {
                Kind::One(slot) => {
                    if let Some(value) = cell.take() {
                        self.called(slot.call(&value));
                    }
                }
                Kind::All(slot) => {
                    let mut values = Vec::new();
                    cell.take_all(&mut values);
                    if !values.is_empty() {
                        self.called(slot.call(&values));
                    }
                }
            },
            ValueCell::Paced(cell) => self.take_paced(home, cell),
        }
        Ok(())
    }

    fn take_paced(&self, home: &LoopInner, cell: &Paced<A>) {
        match cell.take(home.shared.clock.now()) {
            Taken::Value(value) => {
                let _again = LooksAgain(home, self.link.id);
                match self.call(&value) {
                    Called::Busy => cell.put_back(value),
                    called => self.called(called),
                }
            }
            Taken::Until(due) => {
                if !self.timed.replace(true) {
                    home.timers.post_at(due, self.link.id);
                }
            }
            Taken::Done => {
                // It was asked to end while a value waited for its time.
                if !self.link.is_connected() {
                    home.uninstall(self.link.id);
                }
            }
        }
    }

    #[inline]
    fn called(&self, called: Called) {
        if called == Called::Gone {
            self.link.cut();
        }
    }
}

impl<A: Clone + Send + 'static> Receive for Installed<A> {
    fn receive(&self, home: &LoopInner, body: Body) -> Result<(), Body> {
        if !self.link.admits() {
            return Ok(());
        }
        match body {
            Body::Words(words) if !self.receive_words(home, words) => return Err(Body::Words(words)),
            Body::Boxed(mut carrier) => {
                let Some(place) = (&mut *carrier as &mut dyn Any).downcast_mut::<ArgsBox<A>>() else {
                    return Ok(());
                };
                let Some(args) = place.0.take() else { return Ok(()) };
                match self.call(&args) {
                    Called::Busy => {
                        place.0 = Some(args);
                        return Err(Body::Boxed(carrier));
                    }
                    called => self.called(called),
                }
                drop(args);
                home.recycle(carrier);
            }
            Body::Cell => return self.take_from_cell(home),
            Body::Due => {
                self.timed.set(false);
                return self.take_from_cell(home);
            }
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn receive_words(&self, _home: &LoopInner, words: Words) -> bool {
        if !self.link.admits() {
            return true;
        }
        let Some(args) = unpack::<A>(words) else { return true };
        let called = self.call(&args);
        self.called(called);
        called != Called::Busy
    }

    fn is_busy(&self) -> bool {
        match &self.slot {
            Kind::One(slot) => slot.is_busy(),
            Kind::All(slot) => slot.is_busy(),
        }
    }

    fn wait(&self, event: Event) {
        match &self.slot {
            Kind::One(slot) => slot.wait(event),
            Kind::All(slot) => slot.wait(event),
        }
    }

    fn resident(&self) -> u64 {
        match &self.slot {
            Kind::One(slot) => slot.resident(),
            Kind::All(slot) => slot.resident(),
        }
    }

    fn lingers(&self) -> bool {
        match &self.link.cell {
            ValueCell::Paced(cell) => self.link.admits() && cell.is_told(),
            _ => false,
        }
    }

    fn cut(&self) {
        self.link.cut();
    }

    fn close(&self) -> usize {
        self.link.end_cell()
    }

    fn depart(&self) -> Option<Box<dyn Installer>> {
        let slot = match &self.slot {
            Kind::One(slot) => SharedKind::One(slot.depart()?),
            Kind::All(slot) => SharedKind::All(slot.depart()?),
        };
        Some(Box::new(Arrive {
            link: InTransit::new(Arc::clone(&self.link)),
            slot,
            timed: self.timed.get(),
        }))
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Puts the slot of a link into its home's table, unless it was disconnected on the way.
pub(crate) fn install<A: Clone + Send + 'static>(home: &LoopInner, link: Arc<Link<A>>, slot: Kind<A>) {
    if !link.admits() {
        return;
    }
    let id = link.id;
    let installed = Installed::new(link, slot);
    let object = Receive::resident(&*installed);
    home.install(id, installed);
    home.note_slot(object, id);
}
