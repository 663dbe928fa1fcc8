//! What every wait of the crate goes through, so that a face can do something before and after: release an interpreter's lock, for one.
//!
//! No lock of Homebound is held when the hook is called: the wait that it is given takes and releases what it needs.

use std::sync::OnceLock;

/// Waits in the hook's way.
type Hook = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

static HOOK: OnceLock<Hook> = OnceLock::new();

/// The hook was set before: it is set once for a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hook for waits is set already")]
pub struct WaitHookSet;

/// Lets `around` do every wait of Homebound: it is given the wait, calls it once, and may do something before and after. For an interpreter: detach, wait, attach.
///
/// It runs on whatever thread is about to block (in a loop that sleeps, a worker without work, a wait for an answer, a job, a lock on a full connection), under no
/// lock of Homebound.
/// It must not panic: whoever waits is in the middle of something.
///
/// # Errors
/// [`WaitHookSet`] if there is one already.
///
/// # Examples
///
/// ```
/// homebound::set_wait_hook(|wait| {
///     // release the interpreter
///     wait();
///     // take it back
/// })?;
/// # Ok::<(), homebound::WaitHookSet>(())
/// ```
pub fn set_wait_hook(around: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) -> Result<(), WaitHookSet> {
    HOOK.set(Box::new(around)).map_err(|_second| WaitHookSet)
}

/// Whether something is done around each wait.
pub(crate) fn is_hooked() -> bool {
    HOOK.get().is_some()
}

/// Does something that may block. Call it under no lock.
pub(crate) fn wait<R>(wait: impl FnOnce() -> R) -> R {
    let Some(hook) = HOOK.get() else { return wait() };
    let (mut wait, mut result) = (Some(wait), None);
    hook(&mut || {
        if let Some(wait) = wait.take() {
            result = Some(wait());
        }
    });
    // A hook that forgets to wait must not make a wait seem over.
    match (result, wait) {
        (Some(result), _) => result,
        (None, Some(wait)) => wait(),
        (None, None) => unreachable!("a wait that was taken has a result"),
    }
}
