//! The loop of one thread: a turn takes a bounded batch of events, fires what timers are due, and sleeps until something comes.

mod builder;
mod inner;
mod migrate;
mod nested;
mod pending;
mod proxy;
mod table;
mod tasks;
mod turn;

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::object::{NotNow, ObjectCell, Owner, Receiver};

pub use builder::{EventLoopBuilder, LoopExistsError, TurnBudget};
pub(crate) use inner::{LoopInner, current, with_current};
pub use nested::{NestedRun, RunStopper};
pub(crate) use proxy::{LoopJob, send_with};
pub use proxy::{LoopProxy, PostError};
pub use tasks::LocalJoinHandle;
pub use turn::Dispatched;

/// The event loop of this thread, as its owner. There is at most one on a thread.
///
/// Dropping it closes the loop: whoever posts from then on gets the message back, objects that were left to the loop are dropped here, and
/// what was accepted but not delivered is reported to [`on_unhandled`](crate::on_unhandled). It dereferences to its [`LoopHandle`].
///
/// # Examples
///
/// ```
/// use homebound::EventLoop;
///
/// let home = EventLoop::new()?;
/// let counter = home.insert(0_u32);
/// let address = counter.handle();
/// let proxy = home.proxy();
///
/// std::thread::scope(|threads| {
///     threads.spawn(move || {
///         address.post(|n| *n += 1).unwrap(); // runs on the loop's thread
///         proxy.quit(); // after what was posted before
///     });
///     home.run();
/// });
/// assert_eq!(*counter.borrow(), 1);
/// # Ok::<(), homebound::LoopExistsError>(())
/// ```
#[derive(Debug)]
pub struct EventLoop {
    handle: LoopHandle,
}

/// The loop of this thread, as its objects and slots use it. It does not keep the loop open, and it does not leave the thread.
#[derive(Clone)]
pub struct LoopHandle {
    inner: Rc<LoopInner>,
}

impl EventLoop {
    /// Makes the loop of this thread.
    ///
    /// # Errors
    /// [`LoopExistsError`] if the thread has one already.
    pub fn new() -> Result<Self, LoopExistsError> {
        Self::builder().build()
    }

    /// Starts to describe a loop: its name, clock, host and budget.
    pub fn builder() -> EventLoopBuilder {
        EventLoopBuilder::default()
    }

    /// The loop of this thread, if it has one that is open.
    pub fn current() -> Option<LoopHandle> {
        inner::current().map(|inner| LoopHandle { inner })
    }
}

impl Deref for EventLoop {
    type Target = LoopHandle;

    fn deref(&self) -> &LoopHandle {
        &self.handle
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.handle.inner.close();
    }
}

impl LoopHandle {
    pub(crate) fn new(inner: Rc<LoopInner>) -> Self {
        Self { inner }
    }

    pub(crate) fn inner(&self) -> &Rc<LoopInner> {
        &self.inner
    }

    /// The address of this loop for other threads.
    pub fn proxy(&self) -> LoopProxy {
        LoopProxy::new(Arc::clone(&self.inner.shared))
    }

    /// The clock of this loop.
    pub fn clock(&self) -> &Clock {
        &self.inner.shared.clock
    }

    /// The name of this loop.
    pub fn name(&self) -> &str {
        &self.inner.shared.name
    }

    /// Puts `value` on this loop: slots and posts get it as `&mut`, one at a time, on this thread. It need not be `Send`.
    ///
    /// The object lives until the returned owner is dropped.
    pub fn insert<T: 'static>(&self, value: T) -> Owner<T> {
        Owner::new(ObjectCell::new(value))
    }

    /// Runs the loop until somebody quits it.
    ///
    /// A request that came before counts: then it returns at once. When the outermost run of the loop has returned, the request is used
    /// up. Inside a slot this is a nested run: other objects go on, the slot's own object waits.
    ///
    /// # Blocking
    /// Until [`quit`](Self::quit), with slots, timers and futures of this loop running meanwhile.
    pub fn run(&self) {
        self.inner.run(&mut || false);
    }

    /// Runs the loop until `future` is ready, and returns its output; `None` if the loop was quit before that.
    ///
    /// # Examples
    ///
    /// ```
    /// let home = homebound::EventLoop::new()?;
    /// let counter = home.insert(20);
    /// let asked = counter.handle().ask(|n| *n + 22);
    /// assert_eq!(home.run_until(asked), Some(Ok(42)));
    /// # Ok::<(), homebound::LoopExistsError>(())
    /// ```
    ///
    /// # Blocking
    /// Until the future is ready, with slots, timers and futures of this loop running meanwhile.
    pub fn run_until<F: Future + 'static>(&self, future: F) -> Option<F::Output> {
        tasks::run_until(&self.inner, future)
    }

    /// Runs one turn: a bounded batch of events, then what timers are due, then idle work if there was nothing else.
    ///
    /// With `Some(Duration::ZERO)` it never waits: what a host calls. With a longer timeout, or `None` for no limit, it waits for the first thing to do.
    /// The returned value says when to call again.
    ///
    /// # Blocking
    /// For `timeout` at most, and for what the slots take.
    pub fn dispatch(&self, timeout: Option<Duration>) -> Dispatched {
        self.inner.dispatch(timeout)
    }

    /// Dispatches turns without waiting until nothing is left that could run now. For tests and for draining.
    ///
    /// It does not end while slots keep posting; returns how many events were delivered.
    pub fn drain(&self) -> usize {
        let mut events = 0;
        loop {
            let turn = self.dispatch(Some(Duration::ZERO));
            events += turn.events;
            if !turn.more {
                return events;
            }
        }
    }

    /// Asks all runs of this loop to return, before the next event. Sticky: it also ends a run that has not yet begun.
    pub fn quit(&self) {
        self.inner.shared.quit();
    }

    /// Whether the loop was asked to quit and its runs have not yet ended.
    pub fn is_quitting(&self) -> bool {
        self.inner.shared.quit.load(crate::sync::atomic::Ordering::Acquire)
    }

    /// Runs `job` in one of the next turns, after all that was posted before. It need not be `Send`. (With `?` into a boxed error of a `Send` kind, drop the closure first:
    /// `.map_err(|refused| refused.to_string())`.)
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed.
    pub fn post<F: FnOnce() + 'static>(&self, job: F) -> Result<(), PostError<F>> {
        self.inner.post_local(job).map_err(PostError::new)
    }

    /// Runs `job` each time the loop has nothing else to do, until it returns [`Idle::Done`].
    pub fn on_idle(&self, job: impl FnMut() -> Idle + 'static) {
        self.inner.add_idle(Box::new(job));
    }

    /// Runs a future on this loop; it need not be `Send`. Dropping the returned handle lets it run on.
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> LocalJoinHandle<F::Output> {
        tasks::spawn(&self.inner, future)
    }

    /// Runs `act` with an object of this loop at once, by its address: Qt's `sendEvent`.
    ///
    /// # Errors
    /// [`AccessError`] if the object is not here, is gone, or is running further up this stack.
    ///
    /// # Examples
    ///
    /// ```
    /// let home = homebound::EventLoop::new()?;
    /// let name = home.insert(String::from("window"));
    /// assert_eq!(home.with(&name.handle(), |name| name.len()), Ok(6));
    /// # Ok::<(), homebound::LoopExistsError>(())
    /// ```
    pub fn with<T: 'static, R>(
        &self,
        receiver: &impl Receiver<T>,
        act: impl FnOnce(&mut T) -> R,
    ) -> Result<R, AccessError> {
        let handle = receiver.handle();
        if !handle.resident.is_home(self.inner.shared.id) {
            return Err(AccessError::NotHere);
        }
        let object = self.inner.find(handle.resident.id).ok_or(AccessError::Gone)?;
        let (mut act, mut result) = (Some(act), None);
        let called = object.with_any(&mut |object| {
            if let (Some(object), Some(act)) = (object.downcast_mut(), act.take()) {
                result = Some(act(object));
            }
        });
        match called {
            Err(NotNow::Busy) => Err(AccessError::Running),
            Err(NotNow::Gone) => Err(AccessError::Gone),
            Ok(()) => result.ok_or(AccessError::Gone),
        }
    }

    /// Drops what has been sent to an object of this loop and has not arrived: closures, and emissions to its slots. What lies in a connection's own cell
    /// (`Latest`, `Bounded` and their like) stays. Returns how many there were. Qt's `removePostedEvents`.
    pub fn discard_pending<T: 'static>(&self, receiver: &impl Receiver<T>) -> usize {
        self.inner.discard_pending(receiver.handle().resident.id)
    }

    /// How many events were dropped since the loop began because their object was gone when they arrived.
    pub fn undelivered(&self) -> u64 {
        self.inner.undelivered.get()
    }
}

/// Why an object cannot be used through its address just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// Its home is another loop.
    #[error("the object's home is another loop: post to it, or ask it")]
    NotHere,
    /// It is gone.
    #[error("the object is gone")]
    Gone,
    /// One of its slots is on the stack of this thread, or it is borrowed.
    #[error("the object is running: post to it, and it gets that when it has ended")]
    Running,
}

/// What an idle job wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// Call it again when there is nothing else to do.
    Again,
    /// Never again.
    Done,
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopHandle")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
