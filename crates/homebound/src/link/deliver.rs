//! One emission through one link, on the thread that emits.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use super::{CONNECTED, Installed, Link, SPENT, Target, ValueCell};
use crate::args::{self, ArgsBox, Given, pack};
use crate::delivery::bounded::Bounded;
use crate::delivery::{Put, Route};
use crate::event::{Body, Event};
use crate::event_loop::{LoopInner, current};
use crate::event_queue::LocalQueue;
use crate::home::{LoopShared, here};
use crate::reply::{Arrival, ReplyError};
use crate::report::{Refusals, Refused};
use crate::slot::Called;
use crate::sync::atomic::Ordering;
use crate::waits::{Awaited, Rouse, Waits};

/// Ends the slot of a single shot when it was called, also if it has panicked.
struct OnlyCall<'a>(&'a LoopInner, u64);

impl Drop for OnlyCall<'_> {
    fn drop(&mut self) {
        self.0.uninstall(self.1);
    }
}

impl<A: Clone + Send + 'static> Link<A> {
    /// Delivers one emission, on the thread that emits.
    ///
    /// Returns whether it is still connected.
    #[inline]
    pub(crate) fn deliver(self: &Arc<Self>, args: impl Given<A>, refusals: &mut Refusals) -> bool {
        if !self.is_connected() {
            return false;
        }
        if self.posts
            && let Some(home) = self.pinned_home()
        {
            if home.thread() != here() {
                return self.post_away(home, args.own(), refusals);
            }
            if self.posts_at_home {
                return self.post_at_home(home, args.own(), refusals);
            }
        }
        self.deliver_otherwise(args, refusals)
    }

    /// The loop that its slot will never leave.
    #[inline]
    fn pinned_home(&self) -> Option<&LoopShared> {
        match &self.target {
            Target::Object(resident) => resident.pinned_home(),
            Target::Loop(home) => Some(home),
            _ => None,
        }
    }

    /// The way of nearly all emissions that cross threads.
    #[inline]
    fn post_away(&self, home: &LoopShared, args: A, refusals: &mut Refusals) -> bool {
        match pack(args) {
            Ok(words) if home.post_words(self.id, words) => return true,
            Ok(_) => self.after(false, refusals),
            Err(args) => self.post(None, args, refusals),
        }
        self.is_connected()
    }

    /// The way of what is queued on the thread that emits.
    #[inline]
    fn post_at_home(&self, home: &LoopShared, args: A, refusals: &mut Refusals) -> bool {
        let here = current().filter(|current| current.shared.id == home.id);
        match (pack(args), &here) {
            (Ok(words), Some(here)) if here.post_home_words(self.id, words) => return true,
            (Ok(words), None) if home.post_words(self.id, words) => return true,
            (Ok(_), _) => self.after(false, refusals),
            (Err(args), _) => self.post(here.as_deref(), args, refusals),
        }
        self.is_connected()
    }

    #[inline(never)]
    fn deliver_otherwise(self: &Arc<Self>, args: impl Given<A>, refusals: &mut Refusals) -> bool {
        match &self.target {
            Target::Anywhere(slot) if self.fires() => slot(args.look()),
            Target::Signal(signal) if self.fires() => refusals.extend(signal.emit(args.own())),
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
    fn deliver_home(self: &Arc<Self>, args: impl Given<A>, refusals: &mut Refusals) {
        let home = self.at_home();
        let route = if home.is_some() { self.at_home } else { self.away };
        // What is refused does not use up a single shot.
        if !matches!(route, Route::RefuseAway | Route::RefuseOwnWait) && !self.fires() {
            return;
        }
        match route {
            Route::Call => {
                if let Some(home) = home {
                    self.call(&home, args.look(), refusals);
                }
            }
            Route::Post => self.post(home.as_deref(), args.own(), refusals),
            Route::Keep => self.keep(home.as_deref(), args.own(), refusals),
            Route::PostAndWait => self.post_and_wait(args.own(), refusals),
            Route::RefuseAway => refusals.push(Refused::AwayFromHome),
            Route::RefuseOwnWait => refusals.push(Refused::WouldBlockItself),
        }
    }

    /// The loop of this thread, if the slot is at home here.
    #[inline]
    pub(super) fn at_home(&self) -> Option<Rc<LoopInner>> {
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
        let only_call = self.single_shot.then(|| OnlyCall(home, self.id));
        match installed.call(args) {
            Called::Done => {}
            Called::Busy => {
                std::mem::forget(only_call);
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
    pub(super) fn send(&self, home: Option<&LoopInner>, event: Event) -> Result<(), Event> {
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
}
