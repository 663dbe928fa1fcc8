//! Where operating-system threads come from.
//!
//! Nothing in Homebound starts a thread elsewhere. A language that wants to know all threads (Python's `threading`) gives its own
//! [`ThreadSpawner`]; everybody else has [`StdSpawner`].

use std::fmt;
use std::io;

/// Starts threads of the operating system.
pub trait ThreadSpawner: Send + Sync + 'static {
    /// Starts a thread that calls [`NewThread::run`] once and then ends.
    ///
    /// Runs on whatever thread needs the new one, outside of every lock.
    ///
    /// # Errors
    /// What the system said; the thread's body is dropped unrun then.
    fn spawn(&self, thread: NewThread) -> io::Result<()>;
}

/// A thread that is to be started.
pub struct NewThread {
    name: String,
    stack_size: Option<usize>,
    body: Box<dyn FnOnce() + Send>,
}

impl NewThread {
    pub(crate) fn new(name: String, stack_size: Option<usize>, body: Box<dyn FnOnce() + Send>) -> Self {
        Self { name, stack_size, body }
    }

    /// Returns the name that the system and debuggers are to see.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the size of its stack in bytes, if one was asked for.
    pub fn stack_size(&self) -> Option<usize> {
        self.stack_size
    }

    /// Runs what the thread is for, on the calling thread, until the thread is to end.
    pub fn run(self) {
        (self.body)();
    }
}

impl fmt::Debug for NewThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewThread")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Starts threads as `std::thread` does.
#[derive(Debug, Clone, Copy, Default)]
pub struct StdSpawner;

impl ThreadSpawner for StdSpawner {
    #[cfg(not(loom))]
    fn spawn(&self, thread: NewThread) -> io::Result<()> {
        let mut builder = std::thread::Builder::new().name(thread.name.clone());
        if let Some(bytes) = thread.stack_size {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(move || thread.run()).map(drop)
    }

    #[cfg(loom)]
    fn spawn(&self, thread: NewThread) -> io::Result<()> {
        loom::thread::spawn(move || thread.run());
        Ok(())
    }
}
