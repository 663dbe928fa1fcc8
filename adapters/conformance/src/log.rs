//! What a case records at the home of its host, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use homebound::{EventLoop, Handle, Owner};

use crate::{Frame, Host, LIMIT};

/// A list of entries that lives on the host's loop, and its length for other threads.
pub(crate) struct Log<T: 'static> {
    entries: Owner<Vec<T>>,
    length: Arc<AtomicUsize>,
}

/// The address of a [`Log`].
pub(crate) struct LogHandle<T: 'static> {
    entries: Handle<Vec<T>>,
    length: Arc<AtomicUsize>,
}

impl<T: Send + Clone + 'static> Log<T> {
    pub(crate) fn new(home: &EventLoop) -> Self {
        Self {
            entries: home.insert(Vec::new()),
            length: Arc::default(),
        }
    }

    pub(crate) fn handle(&self) -> LogHandle<T> {
        LogHandle {
            entries: self.entries.handle(),
            length: Arc::clone(&self.length),
        }
    }

    pub(crate) fn entries(&self) -> Vec<T> {
        self.entries.borrow().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    /// Runs the host until there are so many entries.
    #[track_caller]
    pub(crate) fn wait(&self, host: &mut impl Host, length: usize) {
        let done = host.run(LIMIT, &mut |_home| Frame::done_if(self.len() >= length));
        assert!(done, "{} of {length} have arrived", self.len());
    }
}

impl<T: Send + 'static> LogHandle<T> {
    /// How many entries have arrived.
    pub(crate) fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    pub(crate) fn post(&self, entry: T) {
        let length = Arc::clone(&self.length);
        let posted = self.entries.post(move |entries| {
            entries.push(entry);
            length.store(entries.len(), Ordering::Release);
        });
        assert!(posted.is_ok(), "the host is open");
    }
}

impl<T> Clone for LogHandle<T> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            length: Arc::clone(&self.length),
        }
    }
}
