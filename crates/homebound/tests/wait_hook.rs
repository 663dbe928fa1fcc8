//! The hook around every wait. A process has one, so this file has one test.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use homebound::{
    CancellationToken, Delivery, EventLoop, Overflow, Signal, ThreadPool, WaitHookSet, Worker, set_wait_hook,
};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static WAITS: Cell<usize> = const { Cell::new(0) };
}
static ALL: AtomicUsize = AtomicUsize::new(0);

#[test]
fn every_kind_of_wait_goes_through_the_hook() {
    set_wait_hook(|wait| {
        assert!(!INSIDE.replace(true), "a wait inside a wait");
        wait();
        INSIDE.set(false);
        WAITS.set(WAITS.get() + 1);
        ALL.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(set_wait_hook(|wait| wait()), Err(WaitHookSet));
    let waits = |what: &str, wait: &mut dyn FnMut()| {
        let before = WAITS.get();
        wait();
        assert!(WAITS.get() > before, "{what}");
    };
    let worker = Worker::builder("answers").start().unwrap();
    let (go, may_go) = std::sync::mpsc::channel::<()>();
    let object = worker.insert_with(move |_| may_go);

    std::thread::scope(|threads| {
        let pause = || {
            let go = go.clone();
            threads.spawn(move || {
                std::thread::park_timeout(Duration::from_millis(20));
                go.send(()).unwrap();
            });
        };
        pause();
        waits("an answer", &mut || {
            assert!(object.handle().ask(|may_go| may_go.recv()).wait().is_ok())
        });

        let signal = Signal::<u8>::new();
        let bounded = Delivery::Bounded {
            capacity: 1,
            overflow: Overflow::Wait,
        };
        signal
            .with(bounded)
            .connect(&object, |may_go, _| may_go.recv().unwrap())
            .unwrap();
        for _ in 0..4 {
            pause();
        }
        waits("room", &mut || (0..4).for_each(|n| drop(signal.emit(n))));

        let home = EventLoop::new().unwrap();
        let quit = home.proxy();
        threads.spawn(move || {
            std::thread::park_timeout(Duration::from_millis(20));
            quit.quit();
        });
        waits("a loop", &mut || home.run());
    });

    let pool = ThreadPool::builder().max_threads(1).build();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let job = pool.task(move |cx| {
        begun.send(()).unwrap();
        Ok(cx.sleep(Duration::from_millis(20))?)
    });
    let mut job = Some(job.spawn().unwrap());
    has_begun.recv().unwrap();
    waits("a job", &mut || drop(job.take().unwrap().wait()));
    let token = CancellationToken::new();
    waits("a token", &mut || {
        assert!(!token.wait_timeout(Duration::from_millis(1)))
    });
    worker.stop();
    let all = ALL.load(Ordering::Relaxed);
    drop(worker.wait());
    assert!(all > 0);
}
