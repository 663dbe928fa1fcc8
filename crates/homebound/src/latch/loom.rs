//! Models of the latch: nobody waits for ever.

use ::loom::future::block_on;
use ::loom::sync::Arc;
use ::loom::thread;

use super::Latch;

#[test]
fn waiting_threads_see_it_set() {
    ::loom::model(|| {
        let latch = Arc::new(Latch::new());
        let waits = Arc::clone(&latch);
        let waiter = thread::spawn(move || waits.wait());
        latch.set();
        waiter.join().unwrap();
        assert!(latch.probe());
    });
}

#[test]
fn waiting_future_is_woken() {
    ::loom::model(|| {
        let latch = Arc::new(Latch::new());
        let sets = Arc::clone(&latch);
        let setter = thread::spawn(move || sets.set());
        block_on(std::future::poll_fn(|cx| latch.poll(cx.waker())));
        setter.join().unwrap();
    });
}
