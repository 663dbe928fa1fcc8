//! Futures that live on a loop.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::support::{Count, Remote, heard};
use homebound::{EventLoop, ReplyError};

#[test]
fn future_that_is_woken_while_it_is_polled_is_polled_again() {
    let home = EventLoop::new().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = Rc::clone(&polls);
    let mut task = std::pin::pin!(home.spawn_local(poll_fn(move |cx| {
        count.set(count.get() + 1);
        if count.get() < 5 {
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready("done")
    })));
    home.drain();
    assert_eq!(polls.get(), 5);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(task.as_mut().poll(&mut cx), Poll::Ready(Ok("done")));
}

#[test]
fn future_may_run_the_loop_and_is_not_polled_meanwhile() {
    let home = EventLoop::new().unwrap();
    let handle = EventLoop::current().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = Rc::clone(&polls);
    drop(home.spawn_local(poll_fn(move |cx| {
        count.set(count.get() + 1);
        if count.get() == 1 {
            cx.waker().wake_by_ref();
            handle.drain();
            assert_eq!(count.get(), 1, "polled while it was being polled");
            return Poll::Pending;
        }
        Poll::Ready(())
    })));
    home.drain();
    assert_eq!(polls.get(), 2);
}

#[test]
fn future_is_woken_from_another_thread() {
    let home = EventLoop::new().unwrap();
    let remote = Remote::new("answers");
    let object = remote.proxy.insert_with(|_| 41);
    assert_eq!(home.run_until(object.handle().ask(|n| *n + 1)), Some(Ok(42)));
}

#[test]
fn aborted_future_is_dropped_at_once_and_its_handle_says_so() {
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    let one = alive.one();
    let task = home.spawn_local(async move {
        std::future::pending::<()>().await;
        drop(one);
    });
    home.drain();
    assert_eq!(alive.get(), 1);
    task.abort();
    assert_eq!(alive.get(), 0);
    assert_eq!(home.run_until(task), Some(Err(ReplyError::Lost)));
}

#[test]
fn future_that_aborts_itself_is_dropped_after_the_poll() {
    let alive = Count::new();
    let home = EventLoop::new().unwrap();
    let task: Rc<RefCell<Option<homebound::LocalJoinHandle<()>>>> = Rc::default();
    let (own, one) = (Rc::clone(&task), alive.one());
    *task.borrow_mut() = Some(home.spawn_local(async move {
        own.borrow().as_ref().unwrap().abort();
        std::future::pending::<()>().await;
        drop(one);
    }));
    home.drain();
    assert_eq!(alive.get(), 0);
}

#[test]
fn future_that_panics_is_reported_and_its_handle_says_so() {
    let heard = heard();
    let home = EventLoop::new().unwrap();
    let task = home.spawn_local(async {
        if true {
            panic!("future panic on purpose");
        }
        7
    });
    assert_eq!(home.run_until(task), Some(Err(ReplyError::Lost)));
    assert!(heard.mentions("future panic on purpose"));
}
