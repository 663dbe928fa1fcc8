//! Qt's threading model, built anew in Rust.

mod cancel;
mod clock;
mod job;
mod latch;
mod outcome;
mod panic_guard;
mod pool;
mod progress;
mod spawner;
mod sync;
mod unhandled;

pub use cancel::{CancelGuard, CancelReason, CancellationToken, Cancelled, WaitForCancel};
pub use clock::{Clock, TestClock};
pub use job::JobContext;
pub use outcome::{Failure, Outcome, PanicReport, RejectReason};
pub use pool::{
    Deliver, JoinHandle, Keep, Lane, LaneBuilder, SpawnError, Task, ThreadPool, ThreadPoolBuilder, WhenFull,
};
pub use progress::{ProgressEvent, ProgressPart};
pub use spawner::{NewThread, StdSpawner, ThreadSpawner};
