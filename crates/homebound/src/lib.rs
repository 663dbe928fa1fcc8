//! Qt's threading model, built anew in Rust.

mod args;
mod cancel;
mod clock;
mod connecting;
mod connection;
mod delivery;
mod emitter;
mod event;
mod event_loop;
mod event_queue;
mod home;
mod job;
mod latch;
mod link;
mod object;
mod outcome;
mod panic_guard;
mod pool;
mod progress;
mod reply;
mod report;
mod scope;
mod shutdown;
mod signal;
mod slot;
mod spawner;
mod sync;
mod timer;
mod timer_wheel;
mod unhandled;
mod waker;
mod worker;

pub use cancel::{CancelGuard, CancelReason, CancellationToken, Cancelled, WaitForCancel};
pub use clock::{Clock, TestClock};
pub use connecting::{Connecting, EmitInfo};
pub use connection::{ConnectError, ConnectOptions, Connection, ConnectionGuard, Counters};
pub use delivery::{Delivery, Edges, Overflow};
pub use emitter::Emitter;
pub use event_loop::{
    Dispatched, EventLoop, EventLoopBuilder, Idle, LocalJoinHandle, LoopExistsError, LoopHandle, LoopProxy, PostError,
    TurnBudget,
};
pub use job::JobContext;
pub use object::{Handle, Home, MovableOwner, ObjectId, ObjectRef, ObjectRefMut, Owner, Receiver, RemoteOwner};
pub use outcome::{Failure, Outcome, PanicReport, RejectReason};
pub use pool::{
    About, AtHome, Batch, BatchHandle, BatchResults, BatchSummary, Deliver, JoinHandle, Keep, Lane, LaneBuilder,
    SpawnError, Task, ThreadPool, ThreadPoolBuilder, WhenFull,
};
pub use progress::{ProgressEvent, ProgressPart};
pub use reply::{Reply, ReplyError};
pub use report::{EmitReport, Refused};
pub use scope::Scope;
#[cfg(feature = "ctrl-c")]
pub use shutdown::{CtrlCError, shutdown_on_ctrl_c};
pub use shutdown::{ShutdownReport, Straggler, shutdown};
pub use signal::{Next, Signal, SignalBlocker, SignalId};
pub use spawner::{NewThread, StdSpawner, ThreadSpawner};
pub use timer::{MissedTicks, Precision, Sleep, Tick, Timer};
pub use unhandled::{Unhandled, on_unhandled};
pub use waker::LoopWaker;
pub use worker::{
    OneShot, OsPriority, StartError, Worker, WorkerBuilder, WorkerHandle, WorkerInfo, WorkerState, Workers,
};
