//! What waits in a loop's queue: for whom, and what.

mod series;

use std::sync::Arc;

use crate::args::Words;
use crate::event_queue::{Carrier, Targeted};
use crate::home::{Installer, LoopShared};
use crate::reply::Arrival;

pub(crate) use series::{AnyJob, Job, Jobs, RunFirst};

/// What waits in a queue: a receiver and what it gets.
#[derive(Debug)]
pub(crate) struct Event {
    /// The slot or object it is for; 0 for the loop itself.
    pub(crate) target: u64,
    pub(crate) body: Body,
}

impl Event {
    /// Arguments that lie in place.
    #[inline]
    pub(crate) fn words(target: u64, words: Words) -> Self {
        let body = Body::Words(words);
        Self { target, body }
    }
}

impl Targeted for Event {
    fn target(&self) -> u64 {
        self.target
    }
}

/// What an event carries. Nothing in it is narrower than a word: so the tag is a word too, and what is copied lines up with what was written.
pub(crate) enum Body {
    /// Arguments of a signal, in place.
    Words(Words),
    /// Arguments of a signal that do not fit.
    Boxed(Box<dyn Carrier>),
    /// The arguments lie in the connection's own cell.
    Cell,
    /// The time has come for the connection's own cell.
    Due,
    /// Closures of one type, each run with the target object, or alone. One that has left the queue is alone.
    Run(Box<dyn Jobs>),
    /// A closure that must not leave this thread: its place in the loop's own store.
    Local(u64),
    /// Arguments whose sender waits for their arrival.
    Awaited(Box<(Body, Arrival)>),
    /// Brings a slot or an object to its home.
    Install(Box<dyn Installer>),
    /// Ends a slot, after all that was sent to it.
    Uninstall,
    /// Moves the target object to another loop.
    Move(Arc<LoopShared>),
    /// Drops the target object. The depth of the turn that asked for it, 0 for none of this thread's.
    Delete(u64),
    /// Polls a future of this loop.
    Poll,
    /// Asks the loop's runs to return.
    Quit,
}

impl Body {
    /// How many things it carries that a user has sent. What lies in a connection's cell is counted there.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Words(_) | Self::Boxed(_) | Self::Local(_) | Self::Awaited(_) | Self::Install(_) => 1,
            Self::Run(jobs) => jobs.len(),
            Self::Cell | Self::Due | Self::Uninstall | Self::Move(_) | Self::Delete(_) | Self::Poll | Self::Quit => 0,
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Words(_) => "Words",
            Self::Boxed(_) => "Boxed",
            Self::Cell => "Cell",
            Self::Due => "Due",
            Self::Run(_) => "Run",
            Self::Local(_) => "Local",
            Self::Awaited(_) => "Awaited",
            Self::Install(_) => "Install",
            Self::Uninstall => "Uninstall",
            Self::Move(_) => "Move",
            Self::Delete(_) => "Delete",
            Self::Poll => "Poll",
            Self::Quit => "Quit",
        })
    }
}
