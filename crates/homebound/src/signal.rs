//! Signals at their home.

mod core;
mod next;

use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use crate::connecting::{Connecting, Side};
use crate::connection::{ConnectError, ConnectOptions, Connection};
use crate::emitter::{Control, Emitter};
use crate::object::Receiver;
use crate::report::EmitReport;

pub(crate) use core::{Core, DEEPEST, OwnHalf};
pub use next::Next;

/// The number of a signal: never given to another one in the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignalId(pub(crate) u64);

/// A signal at its home: a field of the object that emits it.
///
/// Slots get the arguments by reference; what is delivered later takes a clone along, the last of it the arguments themselves. Emitting at home to slots that are at home costs no lock and
/// no atomic read-modify-write. It does not leave its thread; [`emitter`](Self::emitter) gives what does.
///
/// When the signal is dropped, its connections end; what it has sent arrives.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, Signal};
///
/// let home = EventLoop::new()?;
/// let label = home.insert(String::new());
///
/// let renamed = Signal::<String>::new();
/// renamed.connect(&label, |label, name| label.clone_from(name))?;
/// renamed.emit("report.txt".into());
/// assert_eq!(*label.borrow(), "report.txt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Signal<A: Clone + Send + 'static> {
    /// Made with the first connection: most signals of a program are never connected.
    control: OnceCell<Arc<Control<A>>>,
    /// It stays at its home.
    _home: PhantomData<Rc<Core<A>>>,
}

impl<A: Clone + Send + 'static> Signal<A> {
    /// Makes a signal of this thread, without connections.
    pub const fn new() -> Self {
        Self {
            control: OnceCell::new(),
            _home: PhantomData,
        }
    }

    fn control(&self) -> &Arc<Control<A>> {
        self.control.get_or_init(core::begin)
    }

    /// Both halves, if it was ever connected; else nothing is made.
    #[inline]
    fn made(&self) -> Option<OwnHalf<'_, A>> {
        self.control.get()?.own_half_to_emit()
    }

    fn own(&self) -> OwnHalf<'_, A> {
        self.control().own_half_to_emit().expect("a signal stays at its home")
    }

    /// Calls or sends to all that are connected, in the order of connecting, each in its own way of delivery.
    ///
    /// Who is called at once is lent the arguments; who gets them later gets a clone, and the last connection what was emitted.
    ///
    /// A slot that panics does not keep the others from theirs; [`on_unhandled`](crate::on_unhandled) hears of it. The report says which receivers
    /// could not be reached; it need not be looked at.
    ///
    /// # Blocking
    /// Only through connections that were made so: `Blocking`, and `Bounded` with `Wait`.
    #[inline]
    pub fn emit(&self, args: A) -> EmitReport {
        match self.made() {
            None => EmitReport::default(),
            Some(own) => own.emit(args),
        }
    }

    /// Connects a slot of an object: it gets the object as `&mut` and the arguments, on the object's home thread.
    ///
    /// At home it is called at once, else in one of the home's next turns ([`Delivery::Auto`](crate::Delivery::Auto)). The object is held weakly: with its end the connection ends.
    ///
    /// # Errors
    /// [`ConnectError::ReceiverGone`] if the receiver or its loop is gone.
    pub fn connect<T: 'static>(
        &self,
        receiver: &impl Receiver<T>,
        slot: impl Fn(&mut T, &A) + Send + 'static,
    ) -> Result<Connection, ConnectError> {
        self.with(ConnectOptions::new()).connect(receiver, slot)
    }

    /// Connects a closure that runs on the loop of this thread, wherever the signal is emitted. It need not be `Send`.
    ///
    /// # Errors
    /// [`ConnectError::NoLoop`] if this thread has no loop.
    pub fn connect_fn(&self, slot: impl FnMut(&A) + 'static) -> Result<Connection, ConnectError> {
        self.with(ConnectOptions::new()).connect_fn(slot)
    }

    /// Begins a connection with a delivery or other options.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{ConnectOptions, Delivery, EventLoop, Signal};
    ///
    /// let home = EventLoop::new()?;
    /// let shown = home.insert(Vec::new());
    /// let moved = Signal::<i32>::new();
    /// moved.with(Delivery::Latest { every: std::time::Duration::ZERO }).connect(&shown, |shown, at| shown.push(*at))?;
    ///
    /// (0..100).for_each(|at| drop(moved.emit(at)));
    /// home.drain();
    /// assert_eq!(*shown.borrow(), [0, 99]); // the first and the last
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with(&self, options: impl Into<ConnectOptions>) -> Connecting<'_, A> {
        Connecting::new(Side::Home(self.own()), options.into())
    }

    /// The half of this signal that may cross threads.
    pub fn emitter(&self) -> Emitter<A> {
        self.own().share();
        Emitter::of(Arc::clone(self.control()))
    }

    /// The next emission, as a future that works under any executor.
    ///
    /// Its output is `None` if the signal ends before.
    pub fn next(&self) -> Next<A> {
        next::next(self)
    }

    /// Holds back all emissions until the returned guard is dropped; they are counted in [`suppressed`](Self::suppressed), not delivered later. What was
    /// already sent arrives.
    pub fn block(&self) -> SignalBlocker<A> {
        let control = Arc::clone(self.control());
        control.block();
        SignalBlocker(control)
    }

    /// How many emissions were held back by [`block`](Self::block).
    pub fn suppressed(&self) -> u64 {
        self.control.get().map_or(0, |control| control.suppressed())
    }

    /// Says which object emits this signal; slots connected from now on with [`Connecting::connect_with_info`] are told.
    pub fn set_sender<T: 'static>(&self, sender: &impl Receiver<T>) {
        self.own().set_sender(sender.handle().id());
    }

    /// The number of the signal.
    pub fn id(&self) -> SignalId {
        SignalId(self.control().id)
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.made().map_or(0, OwnHalf::connections)
    }
}

impl<A: Clone + Send + 'static> Drop for Signal<A> {
    fn drop(&mut self) {
        if let Some(own) = self.made() {
            own.end();
        }
    }
}

impl<A: Clone + Send + 'static> Default for Signal<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Clone + Send + 'static> fmt::Debug for Signal<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// Holds back a signal's emissions until it is dropped. See [`Signal::block`].
#[must_use = "dropping the blocker at once blocks nothing"]
pub struct SignalBlocker<A: Clone + Send + 'static>(Arc<Control<A>>);

impl<A: Clone + Send + 'static> Drop for SignalBlocker<A> {
    fn drop(&mut self) {
        self.0.unblock();
    }
}

impl<A: Clone + Send + 'static> fmt::Debug for SignalBlocker<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalBlocker").finish_non_exhaustive()
    }
}
