//! Jobs that end with something: a window, a document, a block of code.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::cancel::{CancelReason, CancellationToken};
use crate::latch::Latch;
use crate::object::Receiver;
use crate::sync::Mutex;

/// Ends the jobs that belong to it when it is dropped.
///
/// Tie it to the object that the jobs report to with [`of`](Self::of), or make it a field of that object. When the object ends, all its jobs are cancelled with
/// [`CancelReason::OwnerGone`], and none reports any more: its receiver is gone, and that is no news.
///
/// # Examples
///
/// ```
/// use homebound::{CancelReason, Outcome, Scope, ThreadPool};
///
/// let pool = ThreadPool::builder().build();
/// let window = Scope::new();
/// let job = pool.task(|cx| { cx.token().wait(); Ok(cx.check()?) }).scope(&window).spawn()?;
/// drop(window);
/// assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Scope {
    token: CancellationToken,
    jobs: Arc<Jobs>,
}

/// How many jobs have not ended.
#[derive(Default)]
struct Jobs {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: usize,
    waiting: Vec<Arc<Latch>>,
}

impl Scope {
    /// Makes a scope without jobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a scope that ends with an object, wherever the scope itself is kept: when the object ends, its jobs are cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use homebound::{CancelReason, EventLoop, Outcome, Scope, ThreadPool};
    ///
    /// let home = EventLoop::new()?;
    /// let window = home.insert("a window");
    /// let jobs = Scope::of(&window);
    /// let job = ThreadPool::global().task(|cx| { cx.token().wait(); Ok(cx.check()?) }).scope(&jobs).spawn()?;
    /// drop(window);
    /// assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of<T: 'static>(object: &impl Receiver<T>) -> Self {
        Self {
            token: object.handle().lifetime(),
            jobs: Arc::default(),
        }
    }

    /// Makes a scope below `token`: its jobs are cancelled with it too.
    pub fn below(token: &CancellationToken) -> Self {
        Self {
            token: token.child(),
            jobs: Arc::default(),
        }
    }

    /// Returns the token above all jobs of this scope.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Cancels all jobs of this scope, and those that come later.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Returns how many jobs have not ended.
    pub fn jobs(&self) -> usize {
        self.jobs.state.lock().count
    }

    /// Waits until all jobs of this scope have ended.
    ///
    /// # Blocking
    /// Blocks the calling thread. A job of this scope would wait for itself.
    pub fn wait(&self) {
        if let Some(latch) = self.jobs.latch() {
            crate::pool::wait_for_others(|| latch.wait());
        }
    }

    /// Waits until all jobs of this scope have ended, at most for `timeout`. Returns whether they have.
    ///
    /// # Blocking
    /// Blocks the calling thread.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let Some(latch) = self.jobs.latch() else { return true };
        let mut have_ended = false;
        crate::pool::wait_for_others(|| have_ended = latch.wait_timeout(timeout));
        have_ended
    }

    /// Counts a job. What it returns is called when the job has ended; if it is dropped uncalled, the job never was.
    pub(crate) fn begin(&self) -> Box<dyn FnOnce() + Send> {
        self.jobs.state.lock().count += 1;
        let count = Counted(Arc::downgrade(&self.jobs));
        Box::new(move || drop(count))
    }
}

impl Jobs {
    fn latch(&self) -> Option<Arc<Latch>> {
        let mut state = self.state.lock();
        if state.count == 0 {
            return None;
        }
        let latch = Arc::new(Latch::new());
        state.waiting.push(Arc::clone(&latch));
        Some(latch)
    }
}

struct Counted(Weak<Jobs>);

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(jobs) = self.0.upgrade() else { return };
        let latches = {
            let mut state = jobs.state.lock();
            state.count -= 1;
            if state.count == 0 {
                std::mem::take(&mut state.waiting)
            } else {
                Vec::new()
            }
        };
        for latch in latches {
            latch.set();
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.token.cancel_with(CancelReason::OwnerGone);
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("jobs", &self.jobs())
            .field("token", &self.token)
            .finish()
    }
}
