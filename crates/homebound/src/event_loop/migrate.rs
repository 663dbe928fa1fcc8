//! Moving an object to another loop, with all that was sent to it.
//!
//! # Protocol, on the thread of the old home
//! 1 take the object's slots out of the table, as things that can cross threads  2 halt the object's home, lock both queues, the smaller number first  3 if the new
//! home is closed, unlock and put everything back  4 let go of the slots; collect what waits here for the object: in its waiting room, in `local`, in the shared queue
//! 5 append to the new home's queue: first the installers, then what was collected, in order  6 change the home  7 unlock, wake
//! 8 break up the circle of waits that this may have closed.
//! The home changes after the queue: the new home's thread looks at it without a lock, and what it then posts itself must find the rest before it.
//!
//! A poster halts the home, too (see [`crate::home`]): before step 2 it posts to the old queue, and its event is collected; after
//! step 7 it posts behind what was collected. So each sender's order is kept, and nothing is lost or doubled.

use std::rc::Rc;
use std::sync::Arc;

use super::inner::LoopInner;
use crate::event::{Body, Event};
use crate::event_queue::Posted;
use crate::home::{Installer, LoopShared, RovingHome};
use crate::slot::Receive;
use crate::unhandled::{self, Unhandled};
use crate::waits;

#[cfg(all(test, loom))]
mod loom;

/// What was taken out of the table, by number.
type Departed = Vec<(u64, Rc<dyn Receive>)>;

impl LoopInner {
    /// Moves an object that can move to the loop `to`. If it is running, the move waits for its end.
    pub(super) fn migrate(&self, object: u64, to: &Arc<LoopShared>) {
        let Some(receiver) = self.find(object) else { return };
        if to.id == self.shared.id {
            return;
        }
        if receiver.is_busy() {
            receiver.wait(Event {
                target: object,
                body: Body::Move(Arc::clone(to)),
            });
            return;
        }
        let (installers, mut departed) = self.depart(object, &receiver);
        if installers.is_empty() {
            self.put_back(departed);
            return;
        }
        match self.hand_over(&receiver, to, installers, &mut departed) {
            Ok(()) => waits::after_move(object),
            Err(installers) => {
                installers.into_iter().for_each(Installer::call_off);
                self.put_back(departed);
                unhandled::report(&Unhandled::MoveRefused {
                    from: self.shared.name.clone(),
                    to: to.name.clone(),
                });
            }
        }
    }

    /// Step 1. The object itself comes first, so that its slots find it.
    fn depart(&self, object: u64, receiver: &Rc<dyn Receive>) -> (Vec<Box<dyn Installer>>, Departed) {
        let slots = self.movable.borrow_mut().remove(&object).unwrap_or_default();
        let mut departed = vec![(object, Rc::clone(receiver))];
        {
            let table = self.table.borrow();
            departed.extend(
                slots
                    .iter()
                    .filter_map(|slot| Some((*slot, Rc::clone(table.get(*slot)?)))),
            );
        }
        let installers = departed.iter().filter_map(|(_, receiver)| receiver.depart()).collect();
        let mut table = self.table.borrow_mut();
        for (number, _) in &departed {
            // `departed` keeps it.
            drop(table.remove(*number));
        }
        (installers, departed)
    }

    fn put_back(&self, departed: Departed) {
        for (number, receiver) in departed {
            let object = receiver.resident();
            self.install(number, receiver);
            if number == object {
                self.note_movable(object);
            } else {
                self.note_slot(object, number);
            }
        }
    }

    /// Steps 2 to 7.
    fn hand_over(
        &self,
        receiver: &Rc<dyn Receive>,
        to: &Arc<LoopShared>,
        installers: Vec<Box<dyn Installer>>,
        departed: &mut Departed,
    ) -> Result<(), Vec<Box<dyn Installer>>> {
        let object = receiver.resident();
        let mut numbers: Vec<u64> = installers.iter().map(|installer| installer.target()).collect();
        // Slots that are on their way here: their installers wait in the queue and carry the object's number as well.
        let mut belongs = |event: &Event| match &event.body {
            Body::Install(installer) if event.target == object => {
                numbers.push(installer.target());
                true
            }
            _ => event.target == object || numbers.contains(&event.target),
        };
        let mut halted = receiver.roving_home().map(RovingHome::halt);
        let (mut here, mut there);
        if self.shared.id < to.id {
            here = self.shared.queue.lock();
            there = to.queue.lock();
        } else {
            there = to.queue.lock();
            here = self.shared.queue.lock();
        }
        if there.is_closed() {
            return Err(installers);
        }
        // While the installers still hold what is let go of here: later the new home may have ended it, and its destructor would run on this thread.
        departed.clear();
        // What moves it may itself have come out of the waiting room.
        receiver.admit(false);
        let mut moved = Vec::new();
        while let Some(event) = receiver.next_waiting() {
            moved.push(event);
        }
        let mut prioritised = Vec::new();
        {
            let mut local = self.local.borrow_mut();
            local.events.extract(&mut belongs, &mut moved);
            local.prioritised.extract(&mut belongs, &mut prioritised);
        }
        here.extract(&mut belongs, &mut moved, &mut prioritised);
        let mut posted = Posted::Queued;
        for installer in installers {
            let event = Event {
                target: object,
                body: Body::Install(installer),
            };
            posted = posted.or(to.queue.append(&mut there, event));
        }
        for event in moved {
            posted = posted.or(to.queue.append(&mut there, event));
        }
        for (priority, event) in prioritised {
            posted = posted.or(to.queue.append_with_priority(&mut there, priority, event));
        }
        let before = halted.as_mut().map(|home| home.change(to));
        drop(there);
        drop(here);
        drop(halted);
        drop(before);
        if posted == Posted::WakeIt {
            to.waker.wake();
        }
        Ok(())
    }
}
