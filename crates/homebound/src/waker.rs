//! The seam to a toolkit: how a loop that sleeps is woken.

use std::fmt;
use std::sync::OnceLock;

use crate::sync::{Thread, current_thread};

/// Wakes a loop that another program's loop hosts. The only thing that a toolkit has to supply.
///
/// [`wake`](Self::wake) asks the host to call [`dispatch`](crate::LoopHandle::dispatch) with a zero timeout on the loop's own thread, soon. Homebound calls
/// it from any thread, without holding a lock, and at most once between two dispatches. It must not block and must not dispatch by itself.
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
    host: Option<Box<dyn LoopWaker>>,
}

impl Waker {
    pub(crate) fn new(host: Option<Box<dyn LoopWaker>>) -> Self {
        Self {
            thread: OnceLock::new(),
            host,
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
        if let Some(host) = &self.host {
            host.wake();
        }
    }

    pub(crate) fn is_hosted(&self) -> bool {
        self.host.is_some()
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waker")
            .field("hosted", &self.is_hosted())
            .finish_non_exhaustive()
    }
}
