//! The suite of all adapters, on egui without a window: shown, where each frame draws, and hidden, where it only thinks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use egui::{Context, RawInput, ViewportCommand, ViewportId};
use homebound::{Clock, EventLoop};
use homebound_conformance::{Frame, Host};
use homebound_egui::EguiLoop;

/// What an integration such as eframe does with egui, without the window.
struct Headless {
    home: EguiLoop,
    context: Context,
    requests: Arc<Requests>,
    clock: Clock,
    frames: u64,
    was_asked_to_close: bool,
}

struct Requests {
    thread: thread::Thread,
    /// When the next frame is wanted, in nanoseconds on the clock.
    due: AtomicU64,
    count: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Headless {
    fn open() -> Self {
        let (context, clock) = (Context::default(), Clock::new());
        let requests = Arc::new(Requests {
            thread: thread::current(),
            due: AtomicU64::new(nanos(clock.now())),
            count: AtomicU64::new(0),
        });
        let (heard, seen, now) = (Arc::clone(&requests), Arc::clone(&requests), clock.clone());
        context.set_request_repaint_callback(move |request| {
            heard
                .due
                .fetch_min(nanos(now.now().saturating_add(request.delay)), Ordering::AcqRel);
            heard.thread.unpark();
        });
        context.set_repaint_observer(move |_request| {
            seen.count.fetch_add(1, Ordering::Relaxed);
        });
        Self {
            home: EguiLoop::new(&context).expect("a test thread has no loop"),
            context,
            requests,
            clock,
            frames: 0,
            was_asked_to_close: false,
        }
    }

    fn run(&mut self, limit: Duration, frame: &mut dyn FnMut(&mut Self) -> Frame) -> bool {
        let end = self.clock.now() + limit;
        loop {
            let now = self.clock.now();
            let due = Duration::from_nanos(self.requests.due.load(Ordering::Acquire));
            if due <= now {
                self.requests.due.store(NEVER, Ordering::Release);
                self.frames += 1;
                if frame(self) == Frame::Done {
                    return true;
                }
            } else if now >= end {
                return false;
            } else {
                thread::park_timeout(due.min(end).saturating_sub(now));
            }
        }
    }

    fn draw(&mut self, in_frame: &mut dyn FnMut(&EventLoop) -> Frame) -> Frame {
        let mut wanted = Frame::Again;
        let output = self.context.run_ui(RawInput::default(), |ui| {
            self.home.frame();
            // Where a program asks what was pressed, the context is locked: posting there must not wait for it.
            wanted = ui.input(|_input| in_frame(&self.home));
        });
        self.was_asked_to_close |= output.viewport_output[&ViewportId::ROOT]
            .commands
            .contains(&ViewportCommand::Close);
        output.drop_without_applying_deltas();
        wanted
    }

    fn think(&mut self, in_frame: &mut dyn FnMut(&EventLoop) -> Frame) -> Frame {
        let mut wanted = Frame::Again;
        let output = self.context.run_logic(&RawInput::default(), |_context| {
            self.home.frame();
            wanted = in_frame(&self.home);
        });
        let commands = output.viewport_commands.get(&ViewportId::ROOT);
        self.was_asked_to_close |= commands.is_some_and(|commands| commands.contains(&ViewportCommand::Close));
        wanted
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(NEVER)
}

macro_rules! host {
    ($name:ident, $frame:ident) => {
        struct $name(Headless);

        impl Host for $name {
            fn open() -> Self {
                Self(Headless::open())
            }

            fn home(&self) -> &EventLoop {
                &self.0.home
            }

            fn run(&mut self, limit: Duration, in_frame: &mut dyn FnMut(&EventLoop) -> Frame) -> bool {
                self.0.run(limit, &mut |host| host.$frame(in_frame))
            }

            fn frames(&self) -> u64 {
                self.0.frames
            }

            fn wakes(&self) -> u64 {
                self.0.requests.count.load(Ordering::Relaxed)
            }

            fn was_asked_to_close(&self) -> bool {
                self.0.was_asked_to_close
            }
        }
    };
}

host!(Shown, draw);
host!(Hidden, think);

mod shown {
    homebound_conformance::conformance_tests!(super::Shown);
}

mod hidden {
    homebound_conformance::conformance_tests!(super::Hidden);
}
