//! Homebound's event loop inside an [egui](https://docs.rs/egui) program.
//!
//! An [`EguiLoop`] is the loop of the thread that draws. Whatever other threads send to objects on it (results, progress, signals, timers)
//! arrives at the beginning of the next frame, and a frame is painted when something arrives, not otherwise.
//!
//! Three lines do it: make the loop with the window, keep it in your program, and call [`EguiLoop::frame`] first thing in
//! [`App::logic`](https://docs.rs/eframe/latest/eframe/trait.App.html#method.logic), which eframe also calls while the window is hidden.
//!
//! # A cancellable job with a progress bar
//!
//! The whole program. What the window shows is an object on the loop: the job's progress and its outcome change it, on the window's own thread, and
//! drawing borrows it.
//!
//! ```no_run
//! use eframe::egui;
//! use homebound::{JoinHandle, Outcome, Owner, ThreadPool};
//! use homebound_egui::EguiLoop;
//!
//! /// What the window shows.
//! #[derive(Default)]
//! struct Model {
//!     fraction: f32,
//!     status: String,
//! }
//!
//! struct Program {
//!     model: Owner<Model>,
//!     job: Option<JoinHandle<()>>,
//!     home: EguiLoop, // last, so that it is dropped last
//! }
//!
//! impl Program {
//!     fn start(&mut self) {
//!         let job = ThreadPool::global()
//!             .task(|cx| {
//!                 let mut sum = 0_u64; // runs on the pool
//!                 for step in 0..1_000 {
//!                     cx.progress(step, 1_000)?; // also the place where it can be cancelled
//!                     sum += (0..1_000_000).map(std::hint::black_box).sum::<u64>();
//!                 }
//!                 Ok(sum)
//!             })
//!             .on_progress(&self.model, |model, progress| {
//!                 model.fraction = progress.fraction.unwrap_or(0.0) as f32; // runs on the window's thread
//!             })
//!             .on_outcome(&self.model, |model, outcome| {
//!                 model.status = match outcome {
//!                     Outcome::Done(sum) => format!("The sum is {sum}."),
//!                     Outcome::Cancelled(_) => "Cancelled.".into(),
//!                     other => format!("It went wrong: {other:?}"), // an error or a panic: the window lives on
//!                 };
//!             })
//!             .spawn();
//!         self.job = job.ok();
//!     }
//! }
//!
//! impl eframe::App for Program {
//!     fn logic(&mut self, _context: &egui::Context, _frame: &mut eframe::Frame) {
//!         self.home.frame(); // what has arrived since the last frame
//!     }
//!
//!     fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
//!         if ui.button("Start").clicked() {
//!             self.start(); // a job that runs is dropped, and so asked to stop
//!         }
//!         if ui.button("Cancel").clicked()
//!             && let Some(job) = &self.job
//!         {
//!             job.cancel();
//!         }
//!         let model = self.model.borrow();
//!         ui.add(egui::ProgressBar::new(model.fraction).show_percentage());
//!         ui.label(&model.status);
//!     }
//! }
//!
//! fn main() -> eframe::Result {
//!     let options = eframe::NativeOptions::default();
//!     eframe::run_native("sums", options, Box::new(|creation| {
//!         let home = EguiLoop::new(&creation.egui_ctx)?;
//!         let model = home.insert(Model::default());
//!         Ok(Box::new(Program { model, job: None, home }))
//!     }))?;
//!     homebound::shutdown(std::time::Duration::from_secs(2)); // the window is gone: whatever still runs stops
//!     Ok(())
//! }
//! ```
//!
//! # Good to know
//!
//! - **Other threads** reach the window's objects through [`Handle`](homebound::Handle)s and the loop through its
//!   [`LoopProxy`](homebound::LoopProxy). Either can be made before the window is shown; what is sent then waits for the first frame.
//! - **An idle window** paints nothing: a frame is asked for when something arrives or a timer is due.
//! - **A flood** does not freeze the window: a turn is bounded, and what is left comes in the next frame.
//! - **A hidden or minimised window** goes on: eframe calls `App::logic` a few times in a second if something has arrived.
//! - **More than one window**: the loop belongs to the root window, and `App::logic` runs in its frames.

mod repaint;

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use egui::{Context, ViewportCommand, ViewportId};
use homebound::{Dispatched, EventLoop, LoopExistsError};

use crate::repaint::Repaint;

/// The event loop of the thread that draws an egui window, as its owner. It dereferences to its [`EventLoop`].
///
/// When it is dropped, usually with the program's state after the window has closed, the loop is closed: objects that were left to it are
/// dropped, and whoever posts to it gets the message back.
pub struct EguiLoop {
    home: EventLoop,
    context: Context,
}

impl EguiLoop {
    /// Makes the loop of this thread, which has to be the one that draws.
    ///
    /// In eframe that is where the program's state is made, with `&creation_context.egui_ctx`. Threads that run before that can be given an address of the
    /// loop only afterwards, or make the context first and hand it to `eframe::run_native_ext`.
    ///
    /// # Errors
    /// [`LoopExistsError`] if the thread has a loop already.
    pub fn new(context: &Context) -> Result<Self, LoopExistsError> {
        let home = EventLoop::builder().waker(Repaint::new(context)).build()?;
        // Until it has dispatched once, a loop takes for granted that it will.
        context.request_repaint_of(ViewportId::ROOT);
        Ok(Self {
            home,
            context: context.clone(),
        })
    }

    /// Runs one turn of the loop: what was posted, and the timers that are due, as far as the turn's budget goes. To be called once at the
    /// beginning of each frame, before anything is drawn.
    ///
    /// It lets egui paint again when the next timer is due, or at once if the turn has left something. Whoever quits the loop
    /// ([`LoopProxy::quit`](homebound::LoopProxy::quit), from any thread) closes the window.
    pub fn frame(&self) -> Dispatched {
        let turn = self.home.dispatch(Some(Duration::ZERO));
        if let Some(due) = turn.next_timer {
            self.context.request_repaint_after_for(due, ViewportId::ROOT);
        }
        if self.home.is_quitting() {
            self.close_window();
        }
        turn
    }

    #[cold]
    fn close_window(&self) {
        // A run uses the request up, and returns at once because of it: a window that stays open in spite of it can be asked again.
        self.home.run();
        self.context
            .send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Close);
    }
}

impl Deref for EguiLoop {
    type Target = EventLoop;

    fn deref(&self) -> &EventLoop {
        &self.home
    }
}

impl fmt::Debug for EguiLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EguiLoop")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}
