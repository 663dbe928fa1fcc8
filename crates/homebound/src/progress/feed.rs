//! The receiving side of progress: looks into the cell at the receiver's home, at most once a frame.
//!
//! Who uses it: the reporting thread asks for a look (see the protocol in the module above); looks run at the receiver's home.
//!
//! # Invariants
//! 1. While `armed` is set a look is posted, or waits in the loop's timers. Without reports there is neither.
//! 2. The slot is called at home only, never after `is_closed`, and never while it runs.
//! 3. The end of the job posts the closing look before it posts the outcome: on one loop the final value arrives first.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Meter, Progress, ProgressEvent, Sample};
use crate::object::Handle;
use crate::sync::Mutex;

/// At most one update in this time: a frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);

type Slot<O> = Box<dyn FnMut(&mut O, ProgressEvent) + Send>;

/// What a job's end does to those who watch its progress.
pub(crate) trait Watched: Send + Sync {
    /// Shows the final value, after which there is none.
    fn finish(self: Arc<Self>);
}

pub(crate) struct Feed<O: 'static> {
    progress: Progress,
    to: Handle<O>,
    state: Mutex<State<O>>,
}

struct State<O> {
    /// Not there while it runs.
    slot: Option<Slot<O>>,
    meter: Meter,
    shown: Sample,
    shown_at: Option<Duration>,
    is_closed: bool,
}

/// Which look it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// More will follow.
    Armed,
    /// The one after disarming.
    Last,
    /// The job has ended.
    Closing,
}

impl<O: 'static> Feed<O> {
    pub(crate) fn new(to: Handle<O>, slot: impl FnMut(&mut O, ProgressEvent) + Send + 'static) -> Arc<Self> {
        let state = State {
            slot: Some(Box::new(slot)),
            meter: Meter::default(),
            shown: Sample::default(),
            shown_at: None,
            is_closed: false,
        };
        Arc::new_cyclic(|feed: &Weak<Self>| {
            let feed = feed.clone();
            let progress = Progress::new(move || {
                if let Some(feed) = feed.upgrade() {
                    feed.post(Look::Armed);
                }
            });
            Self {
                progress,
                to,
                state: Mutex::new(state),
            }
        })
    }

    /// The cell, for the reporting side.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.share()
    }

    fn post(self: Arc<Self>, look: Look) {
        let to = self.to.clone();
        // A receiver that is gone leaves the cell armed: nobody asks again.
        let _ = to.post(move |object| self.look(object, look));
    }

    fn post_after(self: Arc<Self>, time: Duration, look: Look) {
        let home = self.to.proxy();
        let _ = home.post_after(time, move || self.post(look));
    }

    fn look(self: Arc<Self>, object: &mut O, look: Look) {
        let now = self.to.proxy().clock().now();
        let (mut slot, event) = {
            let mut state = self.state.lock();
            if state.is_closed {
                return;
            }
            state.is_closed = look == Look::Closing;
            let early = state
                .shown_at
                .and_then(|shown| (shown + FRAME).checked_sub(now))
                .filter(|wait| !wait.is_zero());
            if let Some(wait) = early
                && look != Look::Closing
            {
                drop(state);
                self.post_after(wait, look);
                return;
            }
            let sample = self.progress.sample();
            if sample == state.shown {
                drop(state);
                self.settle(look);
                return;
            }
            state.shown = sample.clone();
            state.shown_at = Some(now);
            let event = state.meter.update(now, sample);
            let Some(slot) = state.slot.take() else { return };
            (slot, event)
        };
        slot(object, event);
        self.state.lock().slot = Some(slot);
        match look {
            Look::Armed => self.post_after(FRAME, Look::Armed),
            // Whoever has armed it meanwhile has posted a look too.
            Look::Last if self.progress.rearm() => self.post_after(FRAME, Look::Armed),
            Look::Last | Look::Closing => {}
        }
    }

    /// Nothing has changed.
    fn settle(self: Arc<Self>, look: Look) {
        if look == Look::Armed {
            self.progress.disarm();
            self.post_after(FRAME, Look::Last);
        }
    }
}

impl<O: 'static> Watched for Feed<O> {
    fn finish(self: Arc<Self>) {
        let has_nothing_to_show = self.progress.sample() == self.state.lock().shown;
        if !has_nothing_to_show {
            self.post(Look::Closing);
        }
    }
}
