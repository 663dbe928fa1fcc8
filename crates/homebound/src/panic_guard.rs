//! The one place where a panic of somebody else's code is caught.
//!
//! Who uses it: whoever calls a closure, a destructor or a waker that the user gave. A panic in there must neither end the thread
//! nor leave a count wrong.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

use crate::outcome::PanicReport;

thread_local! {
    /// Where the last panic on this thread began.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `f` and turns a panic in it into a report.
#[inline]
pub(crate) fn catch<R>(task: Option<&Arc<str>>, f: impl FnOnce() -> R) -> Result<R, PanicReport> {
    watch_for_locations();
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|payload| report(payload, task))
}

/// As [`catch`], for whoever has seen to it before that [locations are watched for](watch_for_locations).
#[inline]
pub(crate) fn catch_watched<R>(f: impl FnOnce() -> R) -> Result<R, PanicReport> {
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|payload| report(payload, None))
}

#[cold]
fn report(payload: Box<dyn Any + Send>, task: Option<&Arc<str>>) -> PanicReport {
    let location = LAST.try_with(std::cell::RefCell::take).ok().flatten();
    let report = PanicReport::new(&*payload, location, task.cloned());
    // A payload may have a destructor, and that may panic in turn; there is nobody left to whom that would matter.
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(second);
    }
    report
}

/// Lets reports say where a panic happened. The hook that was there before is called as ever.
#[inline]
pub(crate) fn watch_for_locations() {
    static WATCHING: Once = Once::new();
    if !WATCHING.is_completed() {
        watch(&WATCHING);
    }
}

#[cold]
fn watch(watching: &Once) {
    if std::thread::panicking() {
        // The hook cannot be changed by a thread that panics.
        return;
    }
    watching.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().map(ToString::to_string);
            // The thread may be in its last destructors: then nobody will ask.
            let _ = LAST.try_with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = location;
                }
            });
            before(info);
        }));
    });
}
