//! Futures on a loop: they need not be `Send`, and a wake-up is an event like any other.
//!
//! # Invariants
//! 1. A future is polled only on its loop's thread, and never while it is being polled: a wake-up during a poll leads to one more poll.
//! 2. Between two polls at most one `Poll` event of a task is in the queue (`queued`).
//!
//! # Protocol
//! wake: 1 set `queued`  2 it was not set? post a `Poll` event
//! poll: 1 take the event  2 clear `queued`  3 poll
//! No wake-up is lost because 1 and 2 are read-modify-writes of one word: a wake-up that comes before the clearing is seen by that poll with all that led to it, one
//! that comes after it posts.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use super::inner::LoopInner;
use crate::event::{Body, Event};
use crate::home::LoopShared;
use crate::panic_guard;
use crate::reply::{Replier, Reply, ReplyError, reply};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::unique;
use crate::unhandled;
use crate::waits::Awaited;

#[cfg(all(test, loom))]
mod loom;

/// A future in the loop's care.
pub(super) struct LocalTask {
    future: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    /// A nested turn has met this task's event while it was being polled.
    missed: Cell<bool>,
    wake: Arc<TaskWaker>,
}

struct TaskWaker {
    task: u64,
    home: Weak<LoopShared>,
    queued: AtomicBool,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: who finds the event queued already has published what the coming poll must see, which takes `queued` down before it looks.
        if !self.queued.swap(true, Ordering::Release)
            && let Some(home) = self.home.upgrade()
        {
            // A closed loop has dropped its futures: there is nobody to wake.
            let _ = home.post(Event {
                target: self.task,
                body: Body::Poll,
            });
        }
    }
}

/// The output to come of a future on a loop. Dropping it lets the future run on.
pub struct LocalJoinHandle<R> {
    reply: Reply<R>,
    home: std::rc::Weak<LoopInner>,
    task: u64,
    _local: std::marker::PhantomData<Rc<()>>,
}

impl<R> LocalJoinHandle<R> {
    /// Drops the future, at once unless it is just being polled. Whoever awaits this handle gets [`ReplyError::Lost`].
    pub fn abort(&self) {
        if let Some(home) = self.home.upgrade() {
            home.drop_task(self.task);
        }
    }
}

impl<R> Future for LocalJoinHandle<R> {
    type Output = Result<R, ReplyError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.reply).poll(cx)
    }
}

impl<R> fmt::Debug for LocalJoinHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalJoinHandle")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

pub(super) fn spawn<F: Future + 'static>(home: &Rc<LoopInner>, future: F) -> LocalJoinHandle<F::Output> {
    let (replier, reply) = reply(Awaited::Loop(home.shared.id));
    let task = home.add_task(run_and_answer(future, replier));
    LocalJoinHandle {
        reply,
        home: Rc::downgrade(home),
        task,
        _local: std::marker::PhantomData,
    }
}

async fn run_and_answer<F: Future>(future: F, replier: Replier<F::Output>) {
    replier.answer(future.await);
}

pub(super) fn run_until<F: Future + 'static>(home: &Rc<LoopInner>, future: F) -> Option<F::Output> {
    let output = Rc::new(RefCell::new(None));
    let done = Rc::new(Cell::new(false));
    let task = home.add_task({
        let (output, done) = (Rc::clone(&output), Rc::clone(&done));
        async move {
            *output.borrow_mut() = Some(future.await);
            done.set(true);
        }
    });
    // A future that panics leaves the table without being done; then there is no output to wait for.
    home.run(&mut || done.get() || !home.tasks.borrow().contains_key(&task));
    home.drop_task(task);
    output.take()
}

impl LoopInner {
    fn add_task(&self, future: impl Future<Output = ()> + 'static) -> u64 {
        let task = unique::next();
        let wake = Arc::new(TaskWaker {
            task,
            home: Arc::downgrade(&self.shared),
            queued: AtomicBool::new(true),
        });
        let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
        if self.is_closed() {
            return task;
        }
        self.tasks.borrow_mut().insert(
            task,
            Rc::new(LocalTask {
                future: RefCell::new(Some(future)),
                missed: Cell::new(false),
                wake,
            }),
        );
        let posted = self.post_home(Event {
            target: task,
            body: Body::Poll,
        });
        debug_assert!(posted.is_ok(), "the loop was open a line above");
        task
    }

    pub(super) fn poll_task(&self, number: u64) {
        let Some(task) = self.tasks.borrow().get(&number).cloned() else {
            return;
        };
        let Some(mut future) = task.future.borrow_mut().take() else {
            task.missed.set(true);
            return;
        };
        // Acquire, and a read-modify-write for its sake: a wake-up that found the event queued has nothing but this order to show the poll what it is for.
        task.wake.queued.swap(false, Ordering::Acquire);
        let waker = Waker::from(Arc::clone(&task.wake));
        let polled = panic_guard::catch(None, || future.as_mut().poll(&mut Context::from_waker(&waker)));
        let polled = match polled {
            Ok(polled) => polled,
            Err(payload) => {
                self.drop_task(number);
                unhandled::panicked("a future", payload);
                // Not while the panic unwinds: its destructor may panic as well.
                unhandled::drop_caught("a future", future);
                return;
            }
        };
        let is_wanted = self.tasks.borrow().contains_key(&number);
        if polled.is_ready() || !is_wanted {
            self.drop_task(number);
            drop(future);
            return;
        }
        *task.future.borrow_mut() = Some(future);
        if task.missed.take() {
            // `queued` is still true, so no wake-up has posted since: this one event takes the place of the one that was met.
            let _ = self.post_home(Event {
                target: number,
                body: Body::Poll,
            });
        }
    }

    fn drop_task(&self, number: u64) {
        let task = self.tasks.borrow_mut().remove(&number);
        drop(task);
    }
}
