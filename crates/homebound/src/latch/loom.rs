//! The latch under every interleaving of two or three threads.

use std::sync::Arc;
use std::task::Waker;

use super::Latch;

#[test]
fn loom_waiting_threads_see_what_was_set() {
    loom::model(|| {
        let latch = Arc::new(Latch::new());
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let latch = Arc::clone(&latch);
                loom::thread::spawn(move || latch.wait())
            })
            .collect();
        latch.set();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(latch.probe());
    });
}

#[test]
fn loom_future_is_ready_or_woken() {
    loom::model(|| {
        let latch = Arc::new(Latch::new());
        let setter = {
            let latch = Arc::clone(&latch);
            loom::thread::spawn(move || latch.set())
        };
        loom::future::block_on(std::future::poll_fn(|cx: &mut std::task::Context<'_>| {
            latch.poll(cx.waker())
        }));
        setter.join().unwrap();
        assert!(latch.poll(Waker::noop()).is_ready());
    });
}
