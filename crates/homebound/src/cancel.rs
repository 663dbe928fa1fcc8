//! Asking work to stop: a tree of tokens.
//!
//! Who uses it: anyone cancels, from any thread; work looks at its token, waits on it or is called back by it.
//! `tree` holds the tree with its invariants, `timekeeper` watches the deadlines.

mod timekeeper;
mod tree;

#[cfg(all(test, loom))]
mod loom;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{Clock, ClockWatcher};
use crate::latch::Latch;
use tree::{Listener, ListenerKey, Node};

/// Why something was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelReason {
    /// Somebody asked for it.
    Requested,
    /// A deadline passed.
    Deadline,
    /// Newer work for the same key took its place.
    Superseded,
    /// The object or scope it belonged to is gone.
    OwnerGone,
    /// Nobody holds its handle any more.
    Dropped,
    /// Its pool or the program is being shut down.
    Shutdown,
    /// Another reason, in words.
    Because(&'static str),
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "on request",
            Self::Deadline => "its deadline passed",
            Self::Superseded => "newer work took its place",
            Self::OwnerGone => "what it belonged to is gone",
            Self::Dropped => "its handle was dropped",
            Self::Shutdown => "shutdown",
            Self::Because(why) => why,
        })
    }
}

/// Work was cancelled: the error of every cancel point. `?` hands it up, and it becomes the job's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled: {reason}")]
pub struct Cancelled {
    reason: CancelReason,
}

impl Cancelled {
    /// Makes the error for `reason`.
    pub fn new(reason: CancelReason) -> Self {
        Self { reason }
    }

    /// Returns why.
    pub fn reason(&self) -> CancelReason {
        self.reason
    }
}

/// Asks work to stop, and is asked whether to. `Clone` gives the same token, [`child`](Self::child) a new one below it.
///
/// Cancelling a token cancels all below it, never what is above it. A cancelled token stays cancelled.
///
/// # Examples
///
/// ```
/// use homebound::{CancelReason, CancellationToken};
///
/// let window = CancellationToken::new();
/// let job = window.child();
/// window.cancel();
/// assert!(job.is_cancelled());
/// assert_eq!(job.reason(), Some(CancelReason::Requested));
/// ```
#[derive(Clone)]
pub struct CancellationToken(Arc<Node>);

impl CancellationToken {
    /// Makes a token that stands alone.
    pub fn new() -> Self {
        Self(Node::root())
    }

    /// Makes a token below this one: cancelled with it, born cancelled if it already is.
    ///
    /// A child that is dropped leaves nothing behind in its parent.
    #[must_use = "a token that is dropped leaves the tree"]
    pub fn child(&self) -> Self {
        Self(Node::child_of(&self.0))
    }

    /// Makes a child that is cancelled with [`CancelReason::Deadline`] when `clock` shows `at`.
    ///
    /// One thread for the whole program watches all deadlines; callbacks of a deadline run on it.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{CancelReason, CancellationToken, TestClock};
    /// use std::time::Duration;
    ///
    /// let clock = TestClock::new();
    /// let token = CancellationToken::new().with_deadline(&clock.clock(), Duration::from_secs(3));
    /// assert!(!token.is_cancelled());
    /// clock.advance(Duration::from_secs(3));
    /// assert_eq!(token.reason(), Some(CancelReason::Deadline));
    /// ```
    #[must_use = "a token that is dropped leaves the tree"]
    pub fn with_deadline(&self, clock: &Clock, at: Duration) -> Self {
        let child = self.child();
        child.cancel_at(clock, at);
        child
    }

    /// Cancels this token itself when `clock` shows `at`. One deadline a token: the last one stays.
    pub(crate) fn cancel_at(&self, clock: &Clock, at: Duration) {
        timekeeper::watch(&self.0, clock, at);
    }

    /// Makes a child that is cancelled with [`CancelReason::Deadline`] after `timeout`.
    #[must_use = "a token that is dropped leaves the tree"]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let clock = Clock::new();
        let at = clock.now().saturating_add(timeout);
        self.with_deadline(&clock, at)
    }

    /// Cancels this token and all below it, on request.
    ///
    /// Callbacks run on the calling thread before this returns, after the whole tree is marked. Cancelling again does nothing.
    pub fn cancel(&self) {
        self.cancel_with(CancelReason::Requested);
    }

    /// Cancels this token and all below it for `reason`. The first reason stays.
    pub fn cancel_with(&self, reason: CancelReason) {
        tree::cancel(&self.0, reason);
    }

    /// Returns whether the token is cancelled.
    ///
    /// One relaxed load: it says nothing about what the cancelling thread wrote before.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns an error if the token is cancelled, to be handed up by `?`.
    ///
    /// # Errors
    /// [`Cancelled`] with the reason.
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(self.error()) } else { Ok(()) }
    }

    #[cold]
    fn error(&self) -> Cancelled {
        Cancelled::new(self.reason().unwrap_or(CancelReason::Requested))
    }

    /// Returns why the token was cancelled, if it was.
    pub fn reason(&self) -> Option<CancelReason> {
        self.0.reason()
    }

    /// Returns a future that is ready with the reason when the token is cancelled; it works under any executor.
    pub fn cancelled(&self) -> WaitForCancel {
        WaitForCancel {
            token: self.clone(),
            key: None,
        }
    }

    /// Calls `f` once when the token is cancelled: on the thread that cancels, outside of every lock; at once if it already is.
    ///
    /// Dropping the guard takes `f` back, without waiting for a call that has begun on another thread.
    pub fn on_cancel(&self, f: impl FnOnce() + Send + 'static) -> CancelGuard {
        let key = self.0.listen(Listener::Call(Box::new(f)));
        CancelGuard(key.map(|key| (Arc::clone(&self.0), key)))
    }

    /// Waits until the token is cancelled.
    ///
    /// # Blocking
    /// Blocks the calling thread, forever if nobody cancels.
    pub fn wait(&self) -> CancelReason {
        let (latch, _guard) = self.latch();
        latch.wait();
        self.error().reason()
    }

    /// Waits until the token is cancelled, at most for `timeout`. Returns whether it is.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let (latch, _guard) = self.latch();
        latch.wait_timeout(timeout) || self.is_cancelled()
    }

    /// Sleeps for `duration` on `clock` or until the token is cancelled.
    pub(crate) fn sleep(&self, clock: &Clock, duration: Duration) -> Result<(), Cancelled> {
        let (latch, _guard) = self.latch();
        if clock.runs() {
            latch.wait_timeout(duration);
        } else {
            let until = clock.now().saturating_add(duration);
            let alarm = Arc::new(Alarm {
                clock: clock.clone(),
                until,
                latch: Arc::clone(&latch),
            });
            let watcher: Arc<dyn ClockWatcher> = alarm;
            clock.watch(Arc::downgrade(&watcher));
            watcher.clock_moved();
            latch.wait();
        }
        self.check()
    }

    /// A latch that is set when the token is cancelled.
    fn latch(&self) -> (Arc<Latch>, CancelGuard) {
        let latch = Arc::new(Latch::new());
        let guard = self.on_cancel({
            let latch = Arc::clone(&latch);
            move || latch.set()
        });
        (latch, guard)
    }

    /// Drops the callbacks if nobody else has the token or one below it: nobody can cancel it any more.
    pub(crate) fn end(&self) {
        if Arc::strong_count(&self.0) == 1 {
            self.0.drop_listeners();
        }
    }

    pub(crate) fn downgrade(&self) -> WeakToken {
        WeakToken(Arc::downgrade(&self.0))
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("reason", &self.reason())
            .finish()
    }
}

/// A token that does not keep itself alive.
#[derive(Clone)]
pub(crate) struct WeakToken(Weak<Node>);

impl WeakToken {
    pub(crate) fn reason(&self) -> Option<CancelReason> {
        self.0.upgrade().and_then(|node| node.reason())
    }
}

/// Sets a latch when a test clock has moved far enough.
struct Alarm {
    clock: Clock,
    until: Duration,
    latch: Arc<Latch>,
}

impl ClockWatcher for Alarm {
    fn clock_moved(&self) {
        if self.clock.now() >= self.until {
            self.latch.set();
        }
    }
}

/// Takes a callback of a [`CancellationToken`] back when it is dropped.
#[must_use = "dropping it takes the callback back at once; `detach` leaves it in place"]
pub struct CancelGuard(Option<(Arc<Node>, ListenerKey)>);

impl CancelGuard {
    /// Leaves the callback in place for as long as the token lives.
    pub fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        if let Some((node, key)) = self.0.take() {
            node.unlisten(key);
        }
    }
}

impl fmt::Debug for CancelGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancelGuard")
    }
}

/// Is ready when its token is cancelled. Made by [`CancellationToken::cancelled`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct WaitForCancel {
    token: CancellationToken,
    key: Option<ListenerKey>,
}

impl Future for WaitForCancel {
    type Output = CancelReason;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CancelReason> {
        // A new waker each time: which task polls may have changed.
        if let Some(key) = self.key.take() {
            self.token.0.unlisten(key);
        }
        if let Some(reason) = self.token.reason() {
            return Poll::Ready(reason);
        }
        // If the token is cancelled in between, `listen` wakes at once.
        self.key = self.token.0.listen(Listener::Wake(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for WaitForCancel {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.token.0.unlisten(key);
        }
    }
}

impl fmt::Debug for WaitForCancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForCancel")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
