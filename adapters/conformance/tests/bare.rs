//! The suite on the smallest host there is: a thread that parks. What fails here is the core's or the suite's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use homebound::{Clock, EventLoop};
use homebound_conformance::{Frame, Host, conformance_tests};

struct Bare {
    home: EventLoop,
    bell: Arc<Bell>,
    frames: u64,
    was_asked_to_close: bool,
    next_timer: Option<Duration>,
}

struct Bell {
    thread: thread::Thread,
    rung: AtomicBool,
    wakes: AtomicU64,
}

impl Host for Bare {
    fn open() -> Self {
        let bell = Arc::new(Bell {
            thread: thread::current(),
            rung: AtomicBool::new(true),
            wakes: AtomicU64::new(0),
        });
        let ring = Arc::clone(&bell);
        let waker = move || {
            ring.wakes.fetch_add(1, Ordering::Relaxed);
            ring.rung.store(true, Ordering::Release);
            ring.thread.unpark();
        };
        Self {
            home: EventLoop::builder()
                .waker(waker)
                .build()
                .expect("a test thread has no loop"),
            bell,
            frames: 0,
            was_asked_to_close: false,
            next_timer: None,
        }
    }

    fn home(&self) -> &EventLoop {
        &self.home
    }

    fn run(&mut self, limit: Duration, in_frame: &mut dyn FnMut(&EventLoop) -> Frame) -> bool {
        let clock = Clock::new();
        let end = clock.now() + limit;
        loop {
            let now = clock.now();
            let is_due = self.next_timer.is_some_and(|due| due <= now);
            if self.bell.rung.swap(false, Ordering::Acquire) || is_due {
                let turn = self.home.dispatch(Some(Duration::ZERO));
                self.next_timer = turn.next_timer.map(|due| clock.now() + due);
                self.frames += 1;
                if self.home.is_quitting() {
                    self.home.run();
                    self.was_asked_to_close = true;
                }
                if in_frame(&self.home) == Frame::Done {
                    return true;
                }
            } else if now >= end {
                return false;
            } else {
                let wake_at = self.next_timer.map_or(end, |due| due.min(end));
                thread::park_timeout(wake_at.saturating_sub(now));
            }
        }
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn wakes(&self) -> u64 {
        self.bell.wakes.load(Ordering::Relaxed)
    }

    fn was_asked_to_close(&self) -> bool {
        self.was_asked_to_close
    }
}

conformance_tests!(Bare);
