//! Misuse is blamed on the caller's line.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Mutex;

use homebound::EventLoop;

/// Asserts that `misuse`, written on the line of this call, panics there.
#[track_caller]
fn is_blamed_here(misuse: impl FnOnce()) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    static SEEN: Mutex<Option<(String, u32)>> = Mutex::new(None);

    let here = Location::caller();
    let seen = {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(|poison| poison.into_inner());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(|info| {
            *SEEN.lock().unwrap() = info.location().map(|at| (at.file().to_owned(), at.line()));
        }));
        let panicked = catch_unwind(AssertUnwindSafe(misuse)).is_err();
        std::panic::set_hook(before);
        assert!(panicked, "misuse panics");
        SEEN.lock().unwrap().take()
    };
    assert_eq!(seen, Some((here.file().to_owned(), here.line())));
}

#[test]
fn borrowing_a_running_object_is_blamed_on_the_borrower() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(1);
    let _running = object.borrow_mut();
    is_blamed_here(|| drop(object.borrow()));
    is_blamed_here(|| drop(object.borrow_mut()));
}

#[test]
fn borrowing_a_deleted_object_is_blamed_on_the_borrower() {
    let home = EventLoop::new().unwrap();
    let object = home.insert(1);
    object.handle().delete();
    home.drain();
    is_blamed_here(|| drop(object.borrow()));
    is_blamed_here(|| drop(object.borrow_mut()));
    is_blamed_here(|| drop(object.try_borrow_mut()));
}
