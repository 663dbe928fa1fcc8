//! How egui is asked for a frame.
//!
//! A wake-up locks egui's context for a moment. On the drawing thread that would be for ever where the context is locked already: inside
//! `ui.input(|input| …)`, for example, from where it should be possible to post or to emit. So during a pass a wake-up of the drawing thread
//! is only noted, and the pass asks for the next frame when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use egui::{Context, Plugin, Ui, ViewportId};
use homebound::LoopWaker;

/// Wakes a loop by a repaint of egui's root window.
pub(crate) struct Repaint {
    context: Context,
    drawing: ThreadId,
    passes: Arc<Passes>,
}

/// The passes of a context that are on the drawing thread's stack. Only that thread touches it: `Relaxed` is enough.
#[derive(Default)]
struct Passes {
    depth: AtomicUsize,
    wants_frame: AtomicBool,
}

/// Watches the passes of a context; one for all loops that were made with it. It does not hold the context, which holds it.
#[derive(Default)]
struct WatchPasses(Arc<Passes>);

impl Repaint {
    pub(crate) fn new(context: &Context) -> Self {
        let passes = Arc::clone(&context.plugin_or_default::<WatchPasses>().lock().0);
        Self {
            context: context.clone(),
            drawing: thread::current().id(),
            passes,
        }
    }
}

impl LoopWaker for Repaint {
    fn wake(&self) {
        if self.passes.depth.load(Ordering::Relaxed) > 0 && thread::current().id() == self.drawing {
            self.passes.wants_frame.store(true, Ordering::Relaxed);
        } else {
            // The root by name: from another thread, the "current" window may be one that is just being drawn beside it.
            self.context.request_repaint_of(ViewportId::ROOT);
        }
    }
}

impl Plugin for WatchPasses {
    fn debug_name(&self) -> &'static str {
        "homebound"
    }

    fn on_begin_pass(&mut self, _ui: &mut Ui) {
        self.0.depth.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        // It may have been added within this very pass, and so not have seen it begin.
        let depth = self.0.depth.load(Ordering::Relaxed).saturating_sub(1);
        self.0.depth.store(depth, Ordering::Relaxed);
        if self.0.wants_frame.swap(false, Ordering::Relaxed) {
            ui.ctx().request_repaint_of(ViewportId::ROOT);
        }
    }
}
