//! The next emission of a signal as a future.

#[path = "support/threads.rs"]
mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use homebound::Signal;
use support::within_limit;

struct Flag(std::sync::atomic::AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[test]
fn next_emission_is_a_future_under_any_executor() {
    let signal = Signal::<String>::new();
    let flag = Arc::new(Flag(std::sync::atomic::AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut cx = Context::from_waker(&waker);
    let mut next = pin!(signal.next());
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
    signal.emit("first".into());
    signal.emit("second".into());
    assert_eq!(flag.0.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(Some("first".into())));

    let mut next = pin!(signal.next());
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
    let emitter = signal.emitter();
    within_limit(move || drop(emitter.emit("from afar".into())));
    assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(Some("from afar".into())));
    assert_eq!(signal.connections(), 0);
}

#[test]
fn next_emission_of_a_signal_that_ends_is_none() {
    for shared in [false, true] {
        let signal = Signal::<u32>::new();
        let mut cx = Context::from_waker(Waker::noop());
        let emitter = shared.then(|| signal.emitter());
        let mut next = pin!(signal.next());
        assert_eq!(next.as_mut().poll(&mut cx), Poll::Pending);
        drop(signal);
        assert_eq!(next.as_mut().poll(&mut cx), Poll::Ready(None), "shared: {shared}");
        drop(emitter);
    }
}

#[test]
fn dropped_next_leaves_no_connection() {
    let signal = Signal::<u32>::new();
    drop(signal.next());
    assert_eq!(signal.connections(), 0);
}
