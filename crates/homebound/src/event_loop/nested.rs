//! A run of the loop inside a slot, with an end of its own: a modal dialog. Qt's `QEventLoop`.

use std::fmt;
use std::sync::Arc;

use super::LoopHandle;
use crate::home::LoopShared;
use crate::sync::atomic::{AtomicBool, Ordering};

/// A run of this thread's loop that ends by itself, without the runs around it.
///
/// # Examples
///
/// ```
/// use homebound::{EventLoop, NestedRun};
///
/// let home = EventLoop::new()?;
/// let dialog = NestedRun::new(&home);
/// let ok_button = dialog.stopper();              // `Send`: from a slot, from a worker
/// home.post(move || ok_button.stop()).unwrap();
/// assert!(dialog.run());                         // true: ended by its stopper, not by a quit of the whole loop
/// # Ok::<(), homebound::LoopExistsError>(())
/// ```
pub struct NestedRun {
    home: LoopHandle,
    stopper: RunStopper,
}

/// Ends a [`NestedRun`], from any thread. Sticky: also one that has not yet begun.
#[derive(Clone)]
pub struct RunStopper {
    stopped: Arc<AtomicBool>,
    home: Arc<LoopShared>,
}

impl NestedRun {
    /// Makes a run of the loop `home`, not yet begun.
    pub fn new(home: &LoopHandle) -> Self {
        let stopper = RunStopper {
            stopped: Arc::new(AtomicBool::new(false)),
            home: Arc::clone(&home.inner().shared),
        };
        Self {
            home: home.clone(),
            stopper,
        }
    }

    /// What ends this run.
    pub fn stopper(&self) -> RunStopper {
        self.stopper.clone()
    }

    /// Runs until the stopper was used, which uses the request up, or the loop is asked to quit. Returns whether it was the stopper.
    ///
    /// Inside a slot other objects go on; the slot's own object waits.
    ///
    /// # Blocking
    /// Until then, with slots, timers and futures of this loop running meanwhile.
    pub fn run(&self) -> bool {
        let stopped = &self.stopper.stopped;
        self.home.inner().run(&mut || stopped.load(Ordering::Acquire));
        stopped.swap(false, Ordering::AcqRel)
    }
}

impl RunStopper {
    /// Ends the run at the end of its present turn.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.home.rouse();
    }
}

impl fmt::Debug for NestedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NestedRun")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RunStopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStopper")
            .field("stopped", &self.stopped.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}
