//! The seam to a toolkit: how a loop that sleeps is woken.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::panic_guard;
use crate::sync::{Mutex, Thread, current_thread};
use crate::unhandled;

/// Wakes a loop that another program's loop hosts. The only thing that a toolkit has to supply.
///
/// [`wake`](Self::wake) asks the host to call [`dispatch`](crate::LoopHandle::dispatch) with a zero timeout on the loop's own thread, soon. Homebound calls
/// it from any thread, without holding a lock, and at most once between two dispatches. It must not block and must not dispatch by itself. A panic in it is reported to
/// [`on_unhandled`](crate::on_unhandled), and what was posted waits for the host's next dispatch. It is dropped when its loop closes.
///
/// # Examples
///
/// ```
/// struct Repaint;
///
/// impl homebound::LoopWaker for Repaint {
///     fn wake(&self) {
///         // egui: `context.request_repaint()`; winit: `proxy.send_event(())`; …
///     }
/// }
///
/// let home = homebound::EventLoop::builder().waker(Repaint).build()?;
/// # Ok::<(), homebound::LoopExistsError>(())
/// ```
pub trait LoopWaker: Send + Sync + 'static {
    /// Asks the host to dispatch soon. Called from any thread.
    fn wake(&self);
}

impl<F: Fn() + Send + Sync + 'static> LoopWaker for F {
    fn wake(&self) {
        self();
    }
}

/// Wakes one loop: its thread, if that parks, and its host, if it has one.
pub(crate) struct Waker {
    /// Set when the loop begins to run on its thread. Before that it does not sleep, so nobody wakes it.
    thread: OnceLock<Thread>,
    hosted: bool,
    /// Goes with the loop: others may keep the loop's address for much longer.
    host: Mutex<Option<Arc<dyn LoopWaker>>>,
}

impl Waker {
    pub(crate) fn new(host: Option<Box<dyn LoopWaker>>) -> Self {
        Self {
            thread: OnceLock::new(),
            hosted: host.is_some(),
            host: Mutex::new(host.map(Arc::from)),
        }
    }

    /// Says that the loop runs on this thread.
    pub(crate) fn attach(&self) {
        // A loop is attached once, by the one who made it.
        let _ = self.thread.set(current_thread());
    }

    pub(crate) fn wake(&self) {
        // A hosted loop may also run by itself for a while (a dialog of its own), so its thread is unparked in any case.
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
        if self.hosted {
            self.wake_host();
        }
    }

    fn wake_host(&self) {
        // Called, and dropped, under no lock. Whoever posts has posted, whatever becomes of the call.
        let host = self.host.lock().clone();
        if let Some(host) = host
            && let Err(report) = panic_guard::catch(None, move || host.wake())
        {
            unhandled::panicked("a loop's waker", report);
        }
    }

    /// The loop has closed: nothing wakes its host any more.
    pub(crate) fn end(&self) {
        let host = self.host.lock().take();
        unhandled::drop_caught("a waker", host);
    }

    pub(crate) fn is_hosted(&self) -> bool {
        self.hosted
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waker")
            .field("hosted", &self.is_hosted())
            .finish_non_exhaustive()
    }
}
