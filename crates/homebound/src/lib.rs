//! Qt's threading model, built anew in Rust.

mod clock;
mod latch;
mod sync;

pub use clock::{Clock, TestClock};
