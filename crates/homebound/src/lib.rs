//! Qt's threading model, built anew in Rust.

mod args;
mod clock;
mod connecting;
mod connection;
mod delivery;
mod emitter;
mod event;
mod event_loop;
mod event_queue;
mod home;
mod latch;
mod link;
mod object;
mod reply;
mod report;
mod signal;
mod slot;
mod sync;
mod timer;
mod timer_wheel;
mod unhandled;
mod waker;

pub use clock::{Clock, TestClock};
pub use connecting::{Connecting, EmitInfo};
pub use connection::{ConnectError, ConnectOptions, Connection, ConnectionGuard, Counters};
pub use delivery::{Delivery, Edges, Overflow};
pub use emitter::Emitter;
pub use event_loop::{
    Dispatched, EventLoop, EventLoopBuilder, Idle, LocalJoinHandle, LoopExistsError, LoopHandle, LoopProxy, PostError,
    TurnBudget,
};
pub use object::{Handle, Home, MovableOwner, ObjectId, ObjectRef, ObjectRefMut, Owner, Receiver, RemoteOwner};
pub use reply::{Reply, ReplyError};
pub use report::{EmitReport, Refused};
pub use signal::{Next, Signal, SignalBlocker, SignalId};
pub use timer::{MissedTicks, Precision, Sleep, Tick, Timer};
pub use unhandled::{Unhandled, on_unhandled};
pub use waker::LoopWaker;
