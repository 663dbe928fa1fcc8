//! Single delays: a future that waits, a closure that runs later.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Due, nanos};
use crate::event::Job;
use crate::event_loop::{LoopProxy, PostError, current, send_with};
use crate::reply::{Reply, reply};
use crate::waits::Awaited;

/// Ready when its time has come; under any executor, driven by the loop that it was asked from. Its output is false if that loop ended before.
pub struct Sleep {
    reply: Reply<()>,
}

impl Future for Sleep {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        Pin::new(&mut self.reply).poll(cx).map(|slept| slept.is_ok())
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep")
    }
}

impl LoopProxy {
    /// Waits for `time`, counted from now on the loop's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let home = homebound::EventLoop::new()?;
    /// let slept = home.run_until(home.proxy().sleep(Duration::from_millis(1)));
    /// assert_eq!(slept, Some(true));
    /// # Ok::<(), homebound::LoopExistsError>(())
    /// ```
    pub fn sleep(&self, time: Duration) -> Sleep {
        let (replier, reply) = reply(Awaited::Anybody);
        let due = nanos(self.clock().now().saturating_add(time));
        // A closed loop drops the replier, and so tells whoever waits.
        let _ = self.post(move || {
            if let Some(home) = current() {
                home.timers.start(due, Due::Answer(replier), false);
            }
        });
        Sleep { reply }
    }

    /// Runs `job` on the loop's thread when `time` has passed, counted from now on the loop's clock. Qt's `QTimer::singleShot`.
    ///
    /// # Errors
    /// [`PostError`] with the closure if the loop is closed. A loop that ends before the time has come drops it.
    pub fn post_after<F: FnOnce() + Send + 'static>(&self, time: Duration, job: F) -> Result<(), PostError<F>> {
        let due = nanos(self.clock().now().saturating_add(time));
        send_with(self.shared(), 0, LaterJob(job, due), |job, queue| {
            queue.push_job(0, 0, job)
        })
        .map_err(|LaterJob(job, _)| PostError::new(job))
    }
}

/// A closure on its way to the timers of its loop.
struct LaterJob<F>(F, u64);

impl<F: FnOnce() + Send + 'static> Job for LaterJob<F> {
    fn run(self, _object: Option<&mut dyn Any>) {
        if let Some(home) = current() {
            home.timers.start(self.1, Due::Run(Box::new(self.0)), false);
        }
    }
}
