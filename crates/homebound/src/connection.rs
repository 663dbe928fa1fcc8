//! One link between a signal and a slot, as its maker holds it.

use std::fmt;
use std::sync::{Arc, Weak};

use crate::delivery::Delivery;
use crate::link::AnyLink;

/// A connection of a signal to a slot. Dropping it changes nothing; [`guard`](Self::guard) ties it to a scope.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, Signal};
///
/// let home = EventLoop::new()?;
/// let total = home.insert(0);
/// let paid = Signal::<i32>::new();
/// let connection = paid.connect(&total, |total, amount| *total += amount)?;
///
/// paid.emit(5);
/// connection.disconnect();
/// paid.emit(7);
/// assert_eq!(*total.borrow(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Connection {
    pub(crate) id: u64,
    pub(crate) ends: Ends,
}

/// What a connection holds of its two ends.
pub(crate) enum Ends {
    /// A slot at the home of its signal, which is the only way to it.
    Slot(Arc<dyn AnyControl>),
    /// In a box, so that the most frequent kind of connection is small.
    Link(Box<Linked>),
}

/// The two ends of a connection with a link.
pub(crate) struct Linked {
    pub(crate) control: Sender,
    pub(crate) link: Hold,
}

/// How a connection holds its signal's shared half: never so that it keeps the signal.
pub(crate) enum Sender {
    /// Its home ends the signal, whoever holds this.
    AtHome(Arc<dyn AnyControl>),
    /// It ends with its last emitter.
    Homeless(Weak<dyn AnyControl>),
}

impl Sender {
    fn into_inner(self) -> Option<Arc<dyn AnyControl>> {
        match self {
            Self::AtHome(control) => Some(control),
            Self::Homeless(control) => control.upgrade(),
        }
    }
}

/// How a connection holds its link.
pub(crate) enum Hold {
    /// Also after the end, for its counters.
    Fast(Arc<dyn AnyLink>),
    /// The closure lies in the link and is to go with the signal.
    Loose(Weak<dyn AnyLink>),
}

impl Hold {
    fn get(&self) -> Option<Arc<dyn AnyLink>> {
        match self {
            Self::Fast(link) => Some(Arc::clone(link)),
            Self::Loose(link) => link.upgrade(),
        }
    }

    fn counters(&self) -> Counters {
        match self {
            Self::Fast(link) => Counters {
                coalesced: link.coalesced(),
                dropped: link.dropped(),
            },
            Self::Loose(_) => Counters::default(),
        }
    }
}

impl Linked {
    fn cut(self, id: u64) {
        if let Some(link) = self.link.get() {
            link.cut();
        }
        if let Some(control) = self.control.into_inner() {
            control.disconnect(id);
        }
    }
}

/// What a connection asks of its signal, whatever its arguments are.
pub(crate) trait AnyControl: Send + Sync {
    fn disconnect(self: Arc<Self>, id: u64);
    fn is_connected(self: Arc<Self>, id: u64) -> bool;
}

/// How a connection's policy has treated values so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Values that a newer one has replaced.
    pub coalesced: u64,
    /// Values for which there was no room.
    pub dropped: u64,
}

impl Connection {
    /// Ends the connection, from any thread: when this has returned, the slot is not called any more, not even for what was already sent; a
    /// call that runs at that moment on another thread ends. The slot itself is dropped at its home.
    pub fn disconnect(self) {
        match self.ends {
            Ends::Slot(control) => control.disconnect(self.id),
            Ends::Link(linked) => linked.cut(self.id),
        }
    }

    /// Lets the link go when its signal lets it go.
    pub(crate) fn loosened(mut self) -> Self {
        if let Ends::Link(linked) = &mut self.ends
            && let Hold::Fast(link) = &linked.link
        {
            linked.link = Hold::Loose(Arc::downgrade(link));
        }
        self
    }

    /// Whether the connection is there, as far as this thread can know.
    pub fn is_connected(&self) -> bool {
        match &self.ends {
            Ends::Slot(control) => Arc::clone(control).is_connected(self.id),
            Ends::Link(linked) => linked.link.get().is_some_and(|link| link.is_connected()),
        }
    }

    /// How many values the connection's policy has replaced or dropped.
    pub fn counters(&self) -> Counters {
        match &self.ends {
            Ends::Link(linked) => linked.link.counters(),
            Ends::Slot(_) => Counters::default(),
        }
    }

    /// Ends the connection when the returned guard is dropped.
    pub fn guard(self) -> ConnectionGuard {
        ConnectionGuard(Some(self))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("connected", &self.is_connected())
            .finish()
    }
}

/// Ends its connection when it is dropped.
#[derive(Debug)]
#[must_use = "dropping the guard at once ends the connection at once"]
pub struct ConnectionGuard(Option<Connection>);

impl ConnectionGuard {
    /// Gives the connection back, without ending it.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a guard holds its connection until it is released, and that consumes it"
    )]
    pub fn release(mut self) -> Connection {
        self.0
            .take()
            .expect("a guard holds its connection until it is released")
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            connection.disconnect();
        }
    }
}

/// Why a connection could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The receiver or its loop is gone.
    #[error("the receiver or its loop is gone")]
    ReceiverGone,
    /// The signal behind this emitter is gone.
    #[error("the signal is gone")]
    SignalGone,
    /// A unique connection of this slot to this receiver is there already.
    #[error("a unique connection of this slot to this receiver exists")]
    Exists,
    /// A bare closure runs on the loop of the thread that connects it, and this thread has none.
    #[error("this thread has no event loop for the closure to run on: make one, or use connect_on or connect_direct")]
    NoLoop,
    /// This kind of slot is called on whatever thread emits; it cannot be queued.
    #[error("the delivery mode does not fit this kind of slot")]
    ModeDoesNotFit,
}

/// How a connection is to be: its delivery, single-shot, unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectOptions {
    pub(crate) delivery: Delivery,
    pub(crate) single_shot: bool,
    pub(crate) unique: bool,
}

impl ConnectOptions {
    /// The defaults: automatic delivery, as often as the signal is emitted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it is called at once at home, and nothing else.
    #[inline]
    pub(crate) fn are_plain(&self) -> bool {
        matches!(self.delivery, Delivery::Auto | Delivery::Direct) && !self.single_shot && !self.unique
    }

    /// Delivers in this way.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Ends the connection with its first emission.
    #[must_use]
    pub fn single_shot(mut self) -> Self {
        self.single_shot = true;
        self
    }

    /// Refuses the connection if one of the same slot to the same receiver was made so and is still there. Slots are the same if they are the
    /// same function, or closures of the same place in the code.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
}

impl From<Delivery> for ConnectOptions {
    fn from(delivery: Delivery) -> Self {
        Self::new().delivery(delivery)
    }
}
