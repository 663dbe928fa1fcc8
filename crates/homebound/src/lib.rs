//! Qt's threading model, built anew in Rust.

mod clock;
mod latch;
mod sync;
#[cfg_attr(not(test), expect(dead_code, reason = "the timers of a loop will be its user"))]
mod timer_wheel;

pub use clock::{Clock, TestClock};
