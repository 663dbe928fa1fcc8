//! Signals as every thread may hold them.

mod control;

use std::fmt;
use std::sync::Arc;

use crate::connecting::{Connecting, Side};
use crate::connection::{ConnectError, ConnectOptions, Connection};
use crate::object::Receiver;
use crate::report::EmitReport;

pub(crate) use control::{Change, Control};

/// A signal as every thread may hold it: emits and connects from anywhere. Cheap to clone.
///
/// One comes from [`Signal::emitter`](crate::Signal::emitter) and emits to that signal's connections; [`Emitter::new`] makes a signal that has no home at all.
///
/// The emitter of a signal inside an object on another thread is asked for:
///
/// ```
/// use homebound::{EventLoop, Signal, Worker};
///
/// /// Lives on the worker, and its signal with it.
/// struct Camera {
///     taken: Signal<u32>,
/// }
///
/// let home = EventLoop::new()?;
/// let shown = home.insert(0);
/// let worker = Worker::builder("camera").start()?;
/// let camera = worker.insert_with(|_home| Camera { taken: Signal::new() });
///
/// let taken = camera.handle().ask(|camera| camera.taken.emitter()).wait()?;
/// taken.connect(&shown, |shown, picture| *shown = *picture)?;
///
/// home.run_until(camera.handle().ask(|camera| camera.taken.emit(7)));
/// home.drain();
/// assert_eq!(*shown.borrow(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Examples
///
/// ```
/// use homebound::{Emitter, EventLoop};
///
/// let home = EventLoop::new()?;
/// let lines = home.insert(Vec::new());
/// let found = Emitter::<String>::new();
/// found.connect(&lines, |lines, line| lines.push(line.clone()))?;
///
/// std::thread::spawn(move || found.emit("from afar".into())).join().unwrap();
/// home.drain();
/// assert_eq!(*lines.borrow(), ["from afar"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Emitter<A: Clone + Send + 'static> {
    control: Arc<Control<A>>,
}

impl<A: Clone + Send + 'static> Emitter<A> {
    /// Makes a signal without a home. It ends with its last clone.
    pub fn new() -> Self {
        Self {
            control: Control::new(None, None),
        }
    }

    pub(crate) fn of(control: Arc<Control<A>>) -> Self {
        Self { control }
    }

    /// Emits to all that are connected, in the order of connecting, each in its own way of delivery.
    ///
    /// Who is called at once is lent the arguments; who gets them later gets a clone, and the last connection what was emitted.
    ///
    /// # Blocking
    /// Only through connections that were made so: `Blocking`, and `Bounded` with `Wait`.
    pub fn emit(&self, args: A) -> EmitReport {
        match self.control.own_half_to_emit() {
            Some(own) => own.emit(args),
            None => self.control.emit_away(args),
        }
    }

    /// Connects a slot of an object, with the defaults; see [`Signal::connect`](crate::Signal::connect).
    ///
    /// # Errors
    /// [`ConnectError`] if the receiver, its loop or the signal is gone.
    pub fn connect<T: 'static>(
        &self,
        receiver: &impl Receiver<T>,
        slot: impl Fn(&mut T, &A) + Send + 'static,
    ) -> Result<Connection, ConnectError> {
        self.with(ConnectOptions::new()).connect(receiver, slot)
    }

    /// Begins a connection with a delivery or other options.
    pub fn with(&self, options: impl Into<ConnectOptions>) -> Connecting<'_, A> {
        Connecting::new(Side::Away(&self.control), options.into())
    }

    /// The number of the signal.
    pub fn id(&self) -> crate::signal::SignalId {
        crate::signal::SignalId(self.control.id)
    }
}

impl<A: Clone + Send + 'static> Default for Emitter<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Clone + Send + 'static> Clone for Emitter<A> {
    fn clone(&self) -> Self {
        Self {
            control: Arc::clone(&self.control),
        }
    }
}

impl<A: Clone + Send + 'static> fmt::Debug for Emitter<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("id", &self.control.id)
            .finish_non_exhaustive()
    }
}
