//! Objects that live on a thread, and everything that finds its way to them: Qt's threading model, for any GUI toolkit in Rust.
//!
//! Every object has a home: the thread whose loop it was put on. Whatever anyone sends it (a posted closure, a signal, the progress and the
//! outcome of a job) runs there, one at a time, with the object as `&mut`. What crosses threads is its [`Handle`], which gives no access to it.
//! So touching a window from a worker does not compile, and there is nothing to lock.
//!
//! # From nothing to a job with a progress bar
//!
//! ```
//! use homebound::{EventLoop, Outcome, ProgressEvent, ThreadPool};
//!
//! #[derive(Default)]
//! struct Window {
//!     bar: Option<ProgressEvent>,
//!     text: String,
//! }
//!
//! let ui = EventLoop::new()?;                   // or an adapter's: egui, …
//! let window = ui.insert(Window::default());    // lives on this thread; need not be `Send`
//!
//! let job = ThreadPool::global()
//!     .task(|cx| {                              // runs on the pool
//!         let mut sum = 0_u64;
//!         for n in 0..1_000 {
//!             cx.progress(n, 1_000)?;           // a cancel point; the window hears of it once a frame at most
//!             sum += n;
//!         }
//!         Ok(sum)
//!     })
//!     .on_progress(&window, |window, progress| window.bar = Some(progress))
//!     .on_outcome(&window, |window, outcome| {  // on the window's thread, exactly once
//!         window.text = match outcome {
//!             Outcome::Done(sum) => format!("the sum is {sum}"),
//!             other => other.to_string(),       // failed, panicked, cancelled, timed out, rejected
//!         };
//!         EventLoop::current().expect("slots run on a loop").quit();
//!     })
//!     .spawn()?;                                // `job.cancel()` from a button; dropping it cancels too
//!
//! ui.run();
//! assert_eq!(window.borrow().text, "the sum is 499500");
//! # drop(job);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts
//!
//! | you want to | take |
//! |---|---|
//! | have a loop on a thread, or lend it to a toolkit | [`EventLoop`], [`LoopWaker`], [`LoopHandle::dispatch`] |
//! | put an object on it, and reach it from elsewhere | [`LoopHandle::insert`], [`Handle::post`], [`Handle::ask`] |
//! | own an object on another thread; one that moves; one that lives in somebody else's heap | [`RemoteOwner`], [`MovableOwner`], [`Home`] |
//! | tell others that something has happened | [`Signal`] at home, [`Emitter`] from anywhere |
//! | choose how it is delivered: newest only, bounded, blocking, throttled | [`Delivery`], [`Signal::with`] |
//! | run work on a pool, with progress, outcome, cancel, deadline | [`ThreadPool::task`], [`JoinHandle`], [`Outcome`] |
//! | let only so many run at once; let the newest win; wait for many | [`Lane`], [`Batch`] |
//! | end work with the window it is for | [`Scope`] |
//! | have a thread of your own, with a loop or for one job | [`Worker`], [`Worker::spawn`], [`Workers`] |
//! | do something later, or again and again | [`Timer`], [`LoopProxy::post_after`], [`LoopProxy::sleep`] |
//! | await all this | [`LoopHandle::spawn_local`], [`LoopHandle::run_until`], or any executor |
//! | stop everything and know what did not | [`shutdown()`], [`on_unhandled`] |
//! | test it without waiting | [`TestClock`], [`LoopHandle::drain`] |
//!
//! # What holds everywhere
//!
//! 1. **Nothing runs on the wrong thread.** A slot or post of an object runs at its home; a bare closure on the loop that connected it.
//! 2. **The window stays alive.** A turn of a loop is bounded in events and time ([`TurnBudget`]); then timers and the host's input get theirs.
//! 3. **Nothing is lost in silence, and nothing aborts.** A post is delivered, or comes back in an error, or is counted by a policy that you
//!    chose. A job has exactly one [`Outcome`]. A panic in a slot or a task ends neither the loop nor the pool. What nobody
//!    claimed goes to [`on_unhandled`].
//! 4. **Everything stops.** A request to stop is never too early; dropping a running worker or job asks it to stop; [`shutdown()`] names what
//!    did not.
//!
//! Two events that one thread sends to one loop arrive in the order in which they were sent, whoever they are for. While a slot of an object runs, what else is sent to that
//! object waits its turn. After [`Connection::disconnect`] nothing arrives any more, not even what was under way.
//!
//! # Logging
//!
//! Events of the crate `tracing`, with the target `homebound` and the field `event`: `worker.started`, `pool.task.…`, `shutdown.begun`, `unhandled` and others.
//!
//! # Features
//!
//! `ctrl-c`: `shutdown_on_ctrl_c`. There is no `unsafe` code in this crate and no async runtime under it.

mod args;
mod blocking;
mod cancel;
mod clock;
mod connecting;
mod connection;
mod cpu;
mod delivery;
mod emitter;
mod event;
mod event_loop;
mod event_queue;
mod home;
mod job;
mod latch;
mod linger;
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
mod waits;
mod waker;
mod worker;

pub use blocking::{WaitHookSet, set_wait_hook};
pub use cancel::{CancelGuard, CancelReason, CancellationToken, Cancelled, WaitForCancel};
pub use clock::{Clock, TestClock};
pub use connecting::{Connecting, EmitInfo};
pub use connection::{ConnectError, ConnectOptions, Connection, ConnectionGuard, Counters};
pub use delivery::{Delivery, Edges, Overflow};
pub use emitter::Emitter;
pub use event_loop::{
    AccessError, Dispatched, EventLoop, EventLoopBuilder, Idle, LocalJoinHandle, LoopExistsError, LoopHandle,
    LoopProxy, NestedRun, PostError, RunStopper, TurnBudget,
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

/// The example of the README is run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
