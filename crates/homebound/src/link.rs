//! A connection as every thread sees it, and the slot at its end.
//!
//! Who uses it: any thread delivers to a [`Link`]; the receiver's home holds the [`Installed`] slot with the same number in its table.
//!
//! # Invariants
//! 1. A link goes from connected to spent or ended, or from connected or spent to cut, and never back.
//! 2. Emissions pass only a connected link. Arrivals pass unless it is cut: what was sent before a single shot was spent, or before the sender's end,
//!    arrives; what was sent before `disconnect` does not (D5 of the design).
//! 3. The slot's installer is posted to the home before the link is visible to emitters, so it arrives before the first event for it.
//!
//! # Locks
//! None of its own but its cell's.

mod installed;
mod transit;

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::args::{self, ArgsBox, pack};
use crate::delivery::bounded::Bounded;
use crate::delivery::paced::{Paced, Rule};
use crate::delivery::{Delivery, Put, Route, resolve};
use crate::emitter::Emitter;
use crate::event::{Body, Event};
use crate::event_loop::{LoopInner, current};
use crate::event_queue::LocalQueue;
use crate::home::{LoopShared, Resident, here};
use crate::reply::{Arrival, ReplyError};
use crate::report::{Refusals, Refused};
use crate::slot::Called;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::waits::{Awaited, Rouse, Waits};

pub(crate) use installed::{Installed, Kind, install};
pub(crate) use transit::InTransit;

const CONNECTED: u8 = 0;
/// A single shot that was fired: arrives, does not fire again.
const SPENT: u8 = 1;
/// Disconnected: neither fires nor arrives.
const CUT: u8 = 2;

/// A connection as every thread sees it.
pub(crate) struct Link<A: Clone + Send + 'static> {
    pub(crate) id: u64,
    state: AtomicU8,
    single_shot: bool,
    /// What an emission on the slot's home thread does, and one on another.
    at_home: Route,
    away: Route,
    target: Target<A>,
    cell: ValueCell<A>,
}

/// Where a link leads.
pub(crate) enum Target<A: Clone + Send + 'static> {
    /// A slot of an object.
    Object(Arc<Resident>),
    /// A closure on a loop.
    Loop(Arc<LoopShared>),
    /// A closure for whatever thread emits.
    Anywhere(Box<dyn Fn(&A) + Send + Sync>),
    /// Another signal.
    Signal(Emitter<A>),
}

enum ValueCell<A> {
    None,
    Paced(Paced<A>),
    Bounded(Bounded<A>),
}

/// What a link's receiver wants: values one by one, or all that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    One,
    All,
}

impl<A: Clone + Send + 'static> Link<A> {
    pub(crate) fn new(id: u64, mode: Delivery, single_shot: bool, takes: Takes, target: Target<A>) -> Arc<Self> {
        let cell = match (mode, Rule::of(mode)) {
            (_, Some(rule)) => ValueCell::Paced(Paced::new(rule)),
            (Delivery::Bounded { capacity, overflow }, _) => {
                ValueCell::Bounded(Bounded::new(capacity, overflow, takes == Takes::All))
            }
            _ => ValueCell::None,
        };
        Arc::new(Self {
            id,
            state: AtomicU8::new(CONNECTED),
            single_shot,
            at_home: resolve(mode, true),
            away: resolve(mode, false),
            target,
            cell,
        })
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state.load(Ordering::Acquire) == CONNECTED
    }

    /// Whether it holds nothing that a disconnection has to give back: neither a closure nor a value, but the address of a slot.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.target, Target::Object(_) | Target::Loop(_)) && matches!(self.cell, ValueCell::None)
    }

    /// Whether what arrives may still be delivered.
    #[inline]
    fn admits(&self) -> bool {
        // Acquire, against the release in `cut`: who has disconnected and then tells this thread so finds nothing delivered.
        self.state.load(Ordering::Acquire) != CUT
    }

    /// Delivers one emission, on the thread that emits.
    ///
    /// Returns whether it is still connected.
    pub(crate) fn deliver(self: &Arc<Self>, args: &A, refusals: &mut Refusals) -> bool {
        if !self.is_connected() {
            return false;
        }
        match &self.target {
            Target::Anywhere(slot) if self.fires() => slot(args),
            Target::Signal(signal) if self.fires() => refusals.extend(signal.emit(args.clone())),
            Target::Object(_) | Target::Loop(_) => self.deliver_home(args, refusals),
            _ => {}
        }
        self.is_connected()
    }

    /// Uses up a single shot. Of several threads that emit at once one fires.
    #[inline]
    fn fires(&self) -> bool {
        !self.single_shot
            || self
                .state
                .compare_exchange(CONNECTED, SPENT, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    #[inline]
    fn deliver_home(self: &Arc<Self>, args: &A, refusals: &mut Refusals) {
        let home = self.at_home();
        let route = if home.is_some() { self.at_home } else { self.away };
        // What is refused does not use up a single shot.
        if !matches!(route, Route::RefuseAway | Route::RefuseOwnWait) && !self.fires() {
            return;
        }
        match route {
            Route::Call => {
                if let Some(home) = home {
                    self.call(&home, args, refusals);
                }
            }
            Route::Post => self.post(home.as_deref(), args.clone(), refusals),
            Route::Keep => self.keep(home.as_deref(), args.clone(), refusals),
            Route::PostAndWait => self.post_and_wait(args.clone(), refusals),
            Route::RefuseAway => refusals.push(Refused::AwayFromHome),
            Route::RefuseOwnWait => refusals.push(Refused::WouldBlockItself),
        }
    }

    /// The loop of this thread, if the slot is at home here.
    #[inline]
    fn at_home(&self) -> Option<Rc<LoopInner>> {
        match &self.target {
            Target::Object(resident) => resident.at_home(),
            Target::Loop(home) if home.thread() == here() => current().filter(|current| current.shared.id == home.id),
            _ => None,
        }
    }

    fn call(&self, home: &Rc<LoopInner>, args: &A, refusals: &mut Refusals) {
        let Some(slot) = home.find(self.id) else {
            // Connected from another thread, or its object is moving here: the slot is on its way, and this goes behind it.
            self.post_behind(home, args.clone(), refusals);
            return;
        };
        let Some(installed) = slot.as_any().downcast_ref::<Installed<A>>() else {
            return;
        };
        match installed.call(args) {
            Called::Done if self.single_shot => home.uninstall(self.id),
            Called::Done => {}
            Called::Busy => {
                let body = match pack(args.clone()) {
                    Ok(words) => Body::Words(words),
                    Err(args) => Body::Boxed(Box::new(ArgsBox(Some(args)))),
                };
                slot.wait(Event { target: self.id, body });
                if self.single_shot {
                    slot.wait(Event {
                        target: self.id,
                        body: Body::Uninstall,
                    });
                }
            }
            Called::Gone => self.cut(),
        }
    }

    #[cold]
    fn post_behind(&self, home: &LoopInner, args: A, refusals: &mut Refusals) {
        self.post(Some(home), args, refusals);
    }

    #[inline]
    fn post(&self, home: Option<&LoopInner>, args: A, refusals: &mut Refusals) {
        let target = self.id;
        let sent = match pack(args) {
            Ok(words) => match (home, &self.target) {
                (Some(home), _) => home.post_home_words(target, words),
                (None, Target::Object(resident)) => resident.post_words(target, words),
                (None, Target::Loop(shared)) => shared.post_words(target, words),
                _ => true,
            },
            Err(args) => {
                let put = |args, queue: &mut LocalQueue<Event>| {
                    let (carrier, unused) = args::boxed(args, &mut queue.spare);
                    let body = Body::Boxed(carrier);
                    queue.events.push(Event { target, body });
                    unused
                };
                match (home, &self.target) {
                    (Some(home), _) => home.post_home_with(args, put).is_ok(),
                    (None, Target::Object(resident)) => resident.post_with(0, args, put).is_ok(),
                    (None, Target::Loop(shared)) => shared.post_with(0, args, put).is_ok(),
                    _ => true,
                }
            }
        };
        self.after(sent, refusals);
    }

    #[inline]
    fn send(&self, home: Option<&LoopInner>, event: Event) -> Result<(), Event> {
        match (home, &self.target) {
            (Some(home), _) => home.post_home(event),
            (None, Target::Object(resident)) => resident.post(event),
            (None, Target::Loop(shared)) => shared.post(event),
            _ => Ok(()),
        }
    }

    /// A closed loop is the end of the connection; that emission is refused, later ones find no connection.
    #[inline]
    fn after(&self, sent: bool, refusals: &mut Refusals) {
        if !sent {
            self.cut();
            refusals.push(Refused::LoopClosed);
        } else if self.single_shot {
            // Behind the event: ends the slot after its only call.
            let _ = self.send(
                None,
                Event {
                    target: self.id,
                    body: Body::Uninstall,
                },
            );
        }
    }

    fn keep(self: &Arc<Self>, home: Option<&LoopInner>, args: A, refusals: &mut Refusals) {
        let put = match &self.cell {
            ValueCell::None => return,
            ValueCell::Paced(cell) => cell.put(args, || self.now()),
            ValueCell::Bounded(cell) => self.put_bounded(cell, args, home.is_none()),
        };
        match put {
            Put::Tell => {
                let sent = self
                    .send(
                        home,
                        Event {
                            target: self.id,
                            body: Body::Cell,
                        },
                    )
                    .is_ok();
                self.after(sent, refusals);
            }
            // Nobody has disconnected, so the slot is gone with its loop.
            Put::Ended if self.admits() => self.after(false, refusals),
            Put::Kept | Put::Ended => {}
            Put::Full => refusals.push(Refused::Full),
        }
    }

    /// Puts a value into a row of its own; waits for room, unless that would be for this very thread.
    fn put_bounded(self: &Arc<Self>, cell: &Bounded<A>, args: A, may_wait: bool) -> Put {
        let waits = OnceCell::new();
        cell.put(args, || {
            let entered = waits.get_or_init(|| {
                let at = || Arc::<Self>::clone(self) as Arc<dyn Rouse>;
                may_wait.then(|| Waits::begin(&self.awaited(), at)).flatten()
            });
            entered.as_ref().is_some_and(|waits| !waits.is_refused())
        })
    }

    /// Whose loop takes what is sent.
    fn awaited(&self) -> Awaited {
        match &self.target {
            Target::Object(resident) => Awaited::Object(Arc::clone(resident)),
            Target::Loop(shared) => Awaited::Loop(shared.id),
            _ => Awaited::Anybody,
        }
    }

    fn now(&self) -> std::time::Duration {
        match &self.target {
            Target::Object(resident) => resident.home().clock.now(),
            Target::Loop(shared) => shared.clock.now(),
            _ => std::time::Duration::ZERO,
        }
    }

    fn post_and_wait(&self, args: A, refusals: &mut Refusals) {
        let (arrival, mut reply) = Arrival::new(self.awaited());
        let body = match pack(args) {
            Ok(words) => Body::Words(words),
            Err(args) => Body::Boxed(Box::new(ArgsBox(Some(args)))),
        };
        let sent = self
            .send(
                None,
                Event {
                    target: self.id,
                    body: Body::Awaited(Box::new((body, arrival))),
                },
            )
            .is_ok();
        self.after(sent, refusals);
        if sent && self.at_home().is_some() {
            // Its object has moved here meanwhile.
            refusals.push(Refused::WouldBlockItself);
            return;
        }
        if !sent {
            return;
        }
        match reply.wait() {
            Err(ReplyError::WouldBlockItself) => refusals.push(Refused::WouldBlockItself),
            Err(_) if self.admits() => refusals.push(Refused::Lost),
            _ => {}
        }
    }

    /// Disconnects: nothing fires, nothing arrives any more. The slot itself is dropped at its home.
    pub(crate) fn cut(&self) {
        if self.state.swap(CUT, Ordering::AcqRel) == CUT {
            return;
        }
        self.end_cell();
        match self.at_home() {
            Some(home) => home.uninstall(self.id),
            None => self.uninstall_behind(),
        }
    }

    /// There is no slot to take anything any more: whoever waits for room goes on, and finds out.
    ///
    /// Returns how many values were left.
    fn end_cell(&self) -> usize {
        match &self.cell {
            ValueCell::None => 0,
            ValueCell::Paced(cell) => cell.end(),
            ValueCell::Bounded(cell) => cell.end(),
        }
    }

    /// The sender's end: what was sent arrives, then the slot is dropped at its home.
    pub(crate) fn finish(&self) {
        if self
            .state
            .compare_exchange(CONNECTED, SPENT, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            self.uninstall_behind();
        }
    }

    fn uninstall_behind(&self) {
        // A closed loop has dropped its slots.
        let _ = self.send(
            self.at_home().as_deref(),
            Event {
                target: self.id,
                body: Body::Uninstall,
            },
        );
    }
}

/// What a [`Connection`](crate::Connection) asks of its link, whatever its arguments are.
pub(crate) trait AnyLink: Send + Sync {
    fn cut(&self);
    fn is_connected(&self) -> bool;
    fn coalesced(&self) -> u64;
    fn dropped(&self) -> u64;
}

impl<A: Clone + Send + 'static> Rouse for Link<A> {
    fn rouse(&self) {
        if let ValueCell::Bounded(cell) = &self.cell {
            cell.rouse();
        }
    }
}

impl<A: Clone + Send + 'static> AnyLink for Link<A> {
    fn cut(&self) {
        Self::cut(self);
    }

    fn is_connected(&self) -> bool {
        Self::is_connected(self)
    }

    fn coalesced(&self) -> u64 {
        match &self.cell {
            ValueCell::Paced(cell) => cell.coalesced(),
            _ => 0,
        }
    }

    fn dropped(&self) -> u64 {
        match &self.cell {
            ValueCell::Bounded(cell) => cell.dropped(),
            _ => 0,
        }
    }
}
