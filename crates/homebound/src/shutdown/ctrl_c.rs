//! Ctrl-C as a shutdown in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{ShutdownReport, shutdown};
use crate::event_loop::{EventLoop, LoopProxy};

/// What a shell shows for a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Ctrl-C cannot be watched: something else does, or the system refuses.
#[derive(Debug, thiserror::Error)]
#[error("Ctrl-C cannot be watched")]
pub struct CtrlCError(#[from] ctrlc::Error);

/// From now on Ctrl-C shuts the program down in order: on the thread of `home`, [`shutdown`] with this grace, then `then` with its report, then
/// the loop is asked to quit. A second Ctrl-C ends the process at once, with the status 130.
///
/// If the loop is closed when Ctrl-C comes, the process ends at once.
///
/// # Errors
/// [`CtrlCError`] if something else watches Ctrl-C already.
///
/// # Examples
///
/// ```no_run
/// use homebound::{EventLoop, shutdown_on_ctrl_c};
/// use std::time::Duration;
///
/// let home = EventLoop::new()?;
/// shutdown_on_ctrl_c(&home.proxy(), Duration::from_secs(5), |report| println!("{report}"))?;
/// home.run();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn shutdown_on_ctrl_c(
    home: &LoopProxy,
    grace: Duration,
    then: impl FnOnce(&ShutdownReport) + Send + 'static,
) -> Result<(), CtrlCError> {
    let home = home.clone();
    let again = Arc::new(AtomicBool::new(false));
    let mut then = Some(then);
    ctrlc::set_handler(move || {
        let first = !again.swap(true, Ordering::Relaxed);
        let posted = match then.take() {
            Some(then) if first => home.post(move || end(grace, then)).is_ok(),
            _ => false,
        };
        if !posted {
            std::process::exit(INTERRUPTED);
        }
    })?;
    Ok(())
}

fn end(grace: Duration, then: impl FnOnce(&ShutdownReport)) {
    let report = shutdown(grace);
    then(&report);
    if let Some(home) = EventLoop::current() {
        home.quit();
    }
}
