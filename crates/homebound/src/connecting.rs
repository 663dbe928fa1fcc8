//! How a connection is made: which slot, on whose home, with which options.

use std::any::TypeId;
use std::rc::Rc;
use std::sync::Arc;

use crate::connection::{ConnectError, ConnectOptions, Connection, Ends, Hold, Linked};
use crate::delivery::Delivery;
use crate::emitter::{Control, Emitter};
use crate::event::{Body, Event};
use crate::event_loop::{LoopInner, LoopProxy, current};
use crate::home::{Installer, Resident, lay};
use crate::link::{self, AnyLink, InTransit, Kind, Link, Takes, Target};
use crate::object::{Handle, Home, ObjectCell, ObjectId, Owner, Receiver, install_or_send};
use crate::signal::{OwnHalf, SignalId};
use crate::slot::{AtHome, BareSlot, CallSlot, HomeSlot, ObjectSlot, SharedSlot, bind};
use crate::sync::unique;

/// A connection that is being made. One of its `connect` methods ends it.
#[must_use = "nothing is connected until one of the connect methods is called"]
pub struct Connecting<'a, A: Clone + Send + 'static> {
    side: Side<'a, A>,
    options: ConnectOptions,
}

/// From which half of the signal it is made.
pub(crate) enum Side<'a, A: Clone + Send + 'static> {
    Home(OwnHalf<'a, A>),
    Away(&'a Arc<Control<A>>),
}

/// What a slot can know of the emission beside its arguments. Qt's `sender()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmitInfo {
    /// The signal that this connection belongs to.
    pub signal: SignalId,
    /// The object that was named as its sender when the connection was made.
    pub sender: Option<ObjectId>,
}

/// Brings a closure to its object's home and binds it there.
struct Bind<A: Clone + Send + 'static, F> {
    object: u64,
    slot: F,
    link: InTransit<A>,
    kind: BindKind<A, F>,
}

/// How a closure becomes a slot at its home.
type BindKind<A, F> = fn(&LoopInner, u64, F) -> Option<Kind<A>>;

impl<A: Clone + Send + 'static, F: Send> Installer for Bind<A, F> {
    fn install(self: Box<Self>, home: &LoopInner) {
        let Self {
            object,
            slot,
            link,
            kind,
        } = *self;
        let Some(link) = link.arrive() else { return };
        match kind(home, object, slot) {
            Some(kind) => link::install(home, link, kind),
            None => link.cut(),
        }
    }

    fn target(&self) -> u64 {
        self.link.id()
    }
}

impl<'a, A: Clone + Send + 'static> Connecting<'a, A> {
    pub(crate) fn new(side: Side<'a, A>, options: ConnectOptions) -> Self {
        Self { side, options }
    }

    /// Connects a slot of an object, which gets the object as `&mut` at its home. The object is held weakly.
    ///
    /// # Errors
    /// [`ConnectError`] if the receiver, its loop or the signal is gone, or the connection is to be unique and is not.
    pub fn connect<T: 'static, F: Fn(&mut T, &A) + Send + 'static>(
        self,
        receiver: &impl Receiver<T>,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        match receiver.local() {
            Some(cell) => self.connect_cell(cell, slot),
            None => self.connect_remote(&receiver.handle(), slot, Takes::One, |home, object, slot| {
                bind::<T, A, F>(home, object, slot).map(Kind::One)
            }),
        }
    }

    /// Connects a slot of an object of this loop; the slot need not be `Send`.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_local<T: 'static, F: Fn(&mut T, &A) + 'static>(
        self,
        receiver: &Owner<T>,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        self.connect_cell(Rc::clone(receiver.cell()), slot)
    }

    /// As [`connect`](Self::connect), with a slot that is also told which signal and which object has sent.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_with_info<T: 'static>(
        self,
        receiver: &impl Receiver<T>,
        slot: impl Fn(&mut T, &A, EmitInfo) + Send + 'static,
    ) -> Result<Connection, ConnectError> {
        let sender = match &self.side {
            Side::Home(own) => own.sender(),
            Side::Away(control) => control.own_half().and_then(OwnHalf::sender),
        };
        let info = EmitInfo {
            signal: SignalId(self.control().id),
            sender,
        };
        self.connect(receiver, move |object, args| slot(object, args, info))
    }

    /// Connects a slot that gets all values that wait, at once: one call a turn however many were emitted. At most `capacity` of
    /// the connection's [`Delivery::Bounded`] wait; with any other delivery it is [`Delivery::BOUNDED`].
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_batch<T: 'static, F: Fn(&mut T, &[A]) + Send + 'static>(
        mut self,
        receiver: &impl Receiver<T>,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        if !matches!(self.options.delivery, Delivery::Bounded { .. }) {
            self.options.delivery = Delivery::BOUNDED;
        }
        let slot = move |object: &mut T, values: &Vec<A>| slot(object, values);
        match receiver.local() {
            Some(cell) => {
                let slot: Rc<dyn CallSlot<Vec<A>>> = Rc::new(ObjectSlot::new(Rc::clone(&cell), slot));
                self.install_here(&cell, TypeId::of::<F>(), Takes::All, Kind::All(slot))
            }
            None => self.connect_remote(&receiver.handle(), slot, Takes::All, |home, object, slot| {
                bind::<T, Vec<A>, _>(home, object, slot).map(Kind::All)
            }),
        }
    }

    /// Connects a closure that runs on the loop of this thread, wherever the signal is emitted. It need not be `Send`.
    ///
    /// # Errors
    /// [`ConnectError::NoLoop`] if this thread has no loop; else as [`connect`](Self::connect).
    pub fn connect_fn<F: FnMut(&A) + 'static>(self, slot: F) -> Result<Connection, ConnectError> {
        let home = current().ok_or(ConnectError::NoLoop)?;
        let slot = BareSlot::new(slot);
        if let Some(own) = self.plain_home() {
            return Ok(own.connect_here(slot));
        }
        let link = self.link(Takes::One, Target::Loop(Arc::clone(&home.shared)));
        self.claim(home.shared.id, TypeId::of::<F>(), &link)?;
        link::install(&home, Arc::clone(&link), Kind::One(Rc::new(slot)));
        self.finish(link)
    }

    /// Connects a closure that runs on the loop `home`, wherever the signal is emitted.
    ///
    /// # Errors
    /// [`ConnectError::ReceiverGone`] if that loop is closed; else as [`connect`](Self::connect).
    pub fn connect_on<F: FnMut(&A) + Send + 'static>(
        self,
        home: &LoopProxy,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        let link = self.link(Takes::One, Target::Loop(Arc::clone(home.shared())));
        self.claim(home.shared().id, TypeId::of::<F>(), &link)?;
        let bind = Bind::<A, F> {
            object: 0,
            slot,
            link: InTransit::new(Arc::clone(&link)),
            kind: |_, _, slot| Some(Kind::One(Rc::new(BareSlot::new(slot)))),
        };
        crate::event_loop::send_with(home.shared(), 0, bind, |bind, queue| {
            let body = Body::Install(Box::new(bind));
            lay(Event { target: 0, body }, queue)
        })
        .map_err(|_closed| ConnectError::ReceiverGone)?;
        self.finish(link)
    }

    /// Connects a closure that runs on whatever thread emits, at once.
    ///
    /// # Errors
    /// [`ConnectError::ModeDoesNotFit`] with a delivery other than `Auto` or `Direct`; else as [`connect`](Self::connect).
    pub fn connect_direct<F: Fn(&A) + Send + Sync + 'static>(self, slot: F) -> Result<Connection, ConnectError> {
        self.check_plain_delivery()?;
        let link = self.link(Takes::One, Target::Anywhere(Box::new(slot)));
        self.claim(0, TypeId::of::<F>(), &link)?;
        self.finish(link).map(Connection::loosened)
    }

    /// Connects another signal: it is emitted with the same arguments, on the thread that emits this one.
    ///
    /// # Errors
    /// [`ConnectError::ModeDoesNotFit`] with a delivery other than `Auto` or `Direct`; else as [`connect`](Self::connect).
    pub fn connect_signal(self, signal: &Emitter<A>) -> Result<Connection, ConnectError> {
        self.check_plain_delivery()?;
        let link = self.link(Takes::One, Target::Signal(signal.clone()));
        self.claim(signal.id().0, TypeId::of::<Emitter<A>>(), &link)?;
        self.finish(link).map(Connection::loosened)
    }

    /// Connects a slot of an object that lives elsewhere, called at that object's home, at once, also while another slot of it runs.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_home<F: Fn(&A) + Send + Sync + 'static>(
        self,
        home: &Home,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        self.connect_remote(home.handle(), slot, Takes::One, |home, object, slot| {
            home.find(object)?;
            let slot: SharedSlot<A> = Arc::new(HomeSlot { object, slot });
            Some(Kind::One(Rc::new(AtHome(slot))))
        })
    }

    // ---- the parts

    fn connect_cell<T: 'static, F: Fn(&mut T, &A) + 'static>(
        self,
        cell: Rc<ObjectCell<T>>,
        slot: F,
    ) -> Result<Connection, ConnectError> {
        if let Some(own) = self.plain_home() {
            return Ok(own.connect_here(ObjectSlot::new(cell, slot)));
        }
        let slot: Rc<dyn CallSlot<A>> = Rc::new(ObjectSlot::new(Rc::clone(&cell), slot));
        self.install_here(&cell, TypeId::of::<F>(), Takes::One, Kind::One(slot))
    }

    /// Connects a slot of this thread through a link.
    fn install_here<T: 'static>(
        self,
        cell: &Rc<ObjectCell<T>>,
        slot_type: TypeId,
        takes: Takes,
        slot: Kind<A>,
    ) -> Result<Connection, ConnectError> {
        let home = current().ok_or(ConnectError::NoLoop)?;
        let resident = Arc::clone(cell.resident());
        let object = resident.id;
        let link = self.link(takes, Target::Object(resident));
        self.claim(object, slot_type, &link)?;
        link::install(&home, Arc::clone(&link), slot);
        self.finish(link)
    }

    /// Connects a slot whose object is elsewhere: the closure is brought to its home, before anything is sent to it.
    fn connect_remote<T: 'static, F: Send + 'static>(
        self,
        receiver: &Handle<T>,
        slot: F,
        takes: Takes,
        kind: BindKind<A, F>,
    ) -> Result<Connection, ConnectError> {
        let resident: &Arc<Resident> = &receiver.resident;
        if !resident.is_alive() {
            return Err(ConnectError::ReceiverGone);
        }
        let link = self.link(takes, Target::Object(Arc::clone(resident)));
        self.claim(resident.id, TypeId::of::<F>(), &link)?;
        let bind = Box::new(Bind {
            object: resident.id,
            slot,
            link: InTransit::new(Arc::clone(&link)),
            kind,
        });
        install_or_send(resident, bind);
        if !resident.is_alive() {
            return Err(ConnectError::ReceiverGone);
        }
        self.finish(link)
    }

    /// The signal's own half, if this is a connection that is called at once at home and nothing else.
    #[inline]
    fn plain_home(&self) -> Option<OwnHalf<'a, A>> {
        match self.side {
            Side::Home(own) if self.options.are_plain() => Some(own),
            _ => None,
        }
    }

    fn control(&self) -> &'a Arc<Control<A>> {
        match &self.side {
            Side::Home(own) => own.control,
            Side::Away(control) => control,
        }
    }

    fn link(&self, takes: Takes, target: Target<A>) -> Arc<Link<A>> {
        Link::new(
            unique::next(),
            self.options.delivery,
            self.options.single_shot,
            takes,
            target,
        )
    }

    fn check_plain_delivery(&self) -> Result<(), ConnectError> {
        match self.options.delivery {
            Delivery::Auto | Delivery::Direct => Ok(()),
            _ => Err(ConnectError::ModeDoesNotFit),
        }
    }

    fn claim(&self, receiver: u64, slot: TypeId, link: &Arc<Link<A>>) -> Result<(), ConnectError> {
        if !self.options.unique {
            return Ok(());
        }
        let link: Arc<dyn AnyLink> = Arc::<Link<A>>::clone(link);
        self.control().claim((receiver, slot), Arc::downgrade(&link))
    }

    fn finish(self, link: Arc<Link<A>>) -> Result<Connection, ConnectError> {
        let own = match self.side {
            Side::Home(own) => Some(own),
            Side::Away(control) => control.own_half(),
        };
        let added = match own {
            Some(own) => own.add_link(&link),
            None => self.control().add_away(&link),
        };
        if let Err(gone) = added {
            link.cut();
            return Err(gone);
        }
        Ok(Connection {
            id: link.id,
            ends: Ends::Link(Box::new(Linked {
                control: self.control().sender(),
                link: Hold::Fast(link),
            })),
        })
    }
}

impl<A: Clone + Send + 'static> std::fmt::Debug for Connecting<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connecting")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
