//! An answer that one thread gives and another waits for: blocking, with a limit, or as a future.
//!
//! # Invariants
//! 1. An answer is given at most once. A [`Replier`] that is dropped without one says so: nobody waits for ever.
//! 2. A wait for the loop that one runs on is refused, and so is one that would close a circle of threads that wait for each other's answers: it could
//!    never end (see [`crate::waits`]).
//!
//! # Locks
//! One per reply; values, wakers and user code are handled after it is released.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::blocking;
use crate::cancel::CancellationToken;
use crate::clock::Clock;
use crate::linger;
use crate::sync::{Condvar, Mutex};
use crate::waits::{Awaited, Rouse, Waits};

#[cfg(all(test, loom))]
mod loom;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The object or its loop was gone before it could answer, or its code panicked.
    #[error("there will be no answer: its object or loop is gone, or it panicked")]
    Lost,
    /// The limit is over. The answer may still come: wait again.
    #[error("no answer within the time limit")]
    TimedOut,
    /// The answer has to come from the loop of this very thread, which cannot run while this thread waits, or from one that waits for this thread in turn. What was
    /// asked still runs. Await the answer instead, or run the loop with `run_until`.
    #[error("waiting here would block the thread that has to answer: await the reply, or use run_until")]
    WouldBlockItself,
    /// The one who waits was cancelled. The answer may still come.
    #[error("the wait for an answer was cancelled")]
    Cancelled,
    /// The answer was taken before.
    #[error("the answer was taken before")]
    Taken,
}

#[derive(Debug)]
struct Shared<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
}

enum State<R> {
    Pending(Option<Waker>),
    Ready(R),
    Lost,
    Taken,
}

/// An answer to come: a future, or something to wait for.
///
/// It works under any executor, [`spawn_local`](crate::LoopHandle::spawn_local) among them. Dropping it takes nothing back: what was asked
/// still runs.
pub struct Reply<R> {
    shared: Arc<Shared<R>>,
    awaited: Awaited,
}

/// Gives the answer; dropped without one, tells that there is none.
pub(crate) struct Replier<R>(Arc<Shared<R>>);

/// Makes both ends. `awaited` says whose thread will answer.
pub(crate) fn reply<R>(awaited: Awaited) -> (Replier<R>, Reply<R>) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State::Pending(None)),
        changed: Condvar::new(),
    });
    (Replier(Arc::clone(&shared)), Reply { shared, awaited })
}

impl<R> Replier<R> {
    pub(crate) fn answer(self, value: R) {
        self.0.settle(State::Ready(value));
    }
}

impl<R> Drop for Replier<R> {
    fn drop(&mut self) {
        self.0.settle(State::Lost);
    }
}

impl<R> Shared<R> {
    /// The first one counts.
    fn settle(&self, to: State<R>) {
        let waker = {
            let mut state = self.state.lock();
            match &mut *state {
                State::Pending(waker) => {
                    let waker = waker.take();
                    *state = to;
                    waker
                }
                _ => return,
            }
        };
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> State<R> {
    fn take(&mut self) -> Option<Result<R, ReplyError>> {
        match self {
            Self::Pending(_) => None,
            Self::Lost => Some(Err(ReplyError::Lost)),
            Self::Taken => Some(Err(ReplyError::Taken)),
            Self::Ready(_) => match std::mem::replace(self, Self::Taken) {
                Self::Ready(value) => Some(Ok(value)),
                _ => None,
            },
        }
    }
}

impl<R: Send + 'static> Reply<R> {
    /// Waits for the answer.
    ///
    /// # Blocking
    /// Until the answer is there or can no longer come.
    ///
    /// # Errors
    /// [`ReplyError::Lost`] if there will be none; [`ReplyError::WouldBlockItself`] if this thread would have to answer itself.
    pub fn wait(&mut self) -> Result<R, ReplyError> {
        self.wait_for(None)
    }

    /// Waits for the answer, at most for `timeout`.
    ///
    /// # Blocking
    /// For `timeout` at most.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and [`ReplyError::TimedOut`]; then one may wait again.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<R, ReplyError> {
        self.wait_for(Some(timeout))
    }

    /// The answer, if it is there: never waits.
    pub fn try_take(&mut self) -> Option<Result<R, ReplyError>> {
        self.shared.state.lock().take()
    }

    /// Waits for the answer, at most until `token` is cancelled: for a job, whose waits are its cancel points.
    ///
    /// # Blocking
    /// Until the answer is there, can no longer come, or nobody wants it any more.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and [`ReplyError::Cancelled`].
    pub fn wait_or_cancel(&mut self, token: &CancellationToken) -> Result<R, ReplyError> {
        let shared = Arc::clone(&self.shared);
        let _guard = token.on_cancel(move || {
            shared.rouse();
        });
        self.wait_while(None, &|| token.is_cancelled())
    }

    fn wait_for(&mut self, timeout: Option<Duration>) -> Result<R, ReplyError> {
        self.wait_while(timeout, &|| false)
    }

    fn wait_while(&mut self, timeout: Option<Duration>, cancelled: &dyn Fn() -> bool) -> Result<R, ReplyError> {
        if let Some(answer) = self.try_take() {
            return answer;
        }
        let at = || Arc::<Shared<R>>::clone(&self.shared) as Arc<dyn Rouse>;
        let Some(waits) = Waits::begin(&self.awaited, at) else {
            return Err(ReplyError::WouldBlockItself);
        };
        let interrupted = || {
            if waits.is_refused() {
                return Some(ReplyError::WouldBlockItself);
            }
            cancelled().then_some(ReplyError::Cancelled)
        };
        linger::then(
            || self.shared.is_settled(),
            || blocking::wait(|| self.shared.wait(timeout, &interrupted)),
        )
    }
}

impl<R: Send> Rouse for Shared<R> {
    fn rouse(&self) {
        // Under the lock: the waiter is before its look, or it waits already.
        drop(self.state.lock());
        self.changed.notify_all();
    }
}

impl<R> Shared<R> {
    fn is_settled(&self) -> bool {
        !matches!(*self.state.lock(), State::Pending(_))
    }

    fn wait(&self, timeout: Option<Duration>, interrupted: &dyn Fn() -> Option<ReplyError>) -> Result<R, ReplyError> {
        let clock = Clock::new();
        let deadline = timeout.map(|timeout| clock.now().saturating_add(timeout));
        let mut state = self.state.lock();
        loop {
            if let Some(answer) = state.take() {
                return answer;
            }
            if let Some(interruption) = interrupted() {
                return Err(interruption);
            }
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) => {
                    let left = deadline.saturating_sub(clock.now());
                    if left.is_zero() {
                        return Err(ReplyError::TimedOut);
                    }
                    self.changed.wait_timeout(&mut state, left);
                }
            }
        }
    }
}

impl<R> Future for Reply<R> {
    type Output = Result<R, ReplyError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let mut state = self.shared.state.lock();
        if let Some(answer) = state.take() {
            drop(state);
            drop(waker);
            return Poll::Ready(answer);
        }
        let before = match &mut *state {
            State::Pending(kept) => kept.replace(waker),
            _ => None,
        };
        drop(state);
        // A waker's destructor is foreign code: not under the lock.
        drop(before);
        Poll::Pending
    }
}

impl<R> fmt::Debug for Reply<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for State<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending(_) => "Pending",
            Self::Ready(_) => "Ready",
            Self::Lost => "Lost",
            Self::Taken => "Taken",
        })
    }
}

/// Tells a sender who waits that its event has arrived, or that it never will.
#[derive(Debug)]
pub(crate) struct Arrival(Replier<()>);

impl Arrival {
    pub(crate) fn new(awaited: Awaited) -> (Self, Reply<()>) {
        let (replier, reply) = reply(awaited);
        (Self(replier), reply)
    }

    pub(crate) fn arrived(self) {
        self.0.answer(());
    }
}

impl<R> fmt::Debug for Replier<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replier")
    }
}
