//! One link between a signal and a slot, as its maker holds it.

use std::fmt;
use std::sync::Arc;

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
    pub(crate) control: Arc<dyn AnyControl>,
    /// Made late for connections that never leave their thread.
    pub(crate) link: Option<Arc<dyn AnyLink>>,
}

/// What a connection asks of its signal, whatever its arguments are.
pub(crate) trait AnyControl: Send + Sync {
    fn disconnect(&self, id: u64);
    fn is_connected(&self, id: u64) -> bool;
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
        self.cut();
    }

    fn cut(&self) {
        if let Some(link) = &self.link {
            link.cut();
        }
        self.control.disconnect(self.id);
    }

    /// Whether the connection is there, as far as this thread can know.
    pub fn is_connected(&self) -> bool {
        match &self.link {
            Some(link) => link.is_connected(),
            None => self.control.is_connected(self.id),
        }
    }

    /// How many values the connection's policy has replaced or dropped.
    pub fn counters(&self) -> Counters {
        self.link.as_ref().map_or(Counters::default(), |link| Counters {
            coalesced: link.coalesced(),
            dropped: link.dropped(),
        })
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
    pub fn release(mut self) -> Connection {
        self.0
            .take()
            .expect("a guard holds its connection until it is released")
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.cut();
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
    /// The owner's object was deleted, or does not belong to this thread's loop.
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
