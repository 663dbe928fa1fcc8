//! What can be seen of a run: values for whoever shows it.

use std::time::Duration;

use homebound::ProgressEvent;

/// How far the whole is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overview {
    pub(crate) files: u64,
    /// Bytes read, those of unfinished chunks among them.
    pub(crate) bytes: u64,
    /// Bytes of finished chunks.
    pub(super) read_bytes: u64,
    /// What there is, as far as it has been counted.
    pub(crate) total_files: u64,
    pub(crate) total_bytes: u64,
    pub(crate) is_counted: bool,
    pub(crate) took: Duration,
    /// Bytes in a second.
    pub(crate) rate: Option<f64>,
    pub(crate) remaining: Option<Duration>,
}

/// What one reader is at: bytes of its chunk, and the file as the message; nothing between two chunks.
#[derive(Clone, Debug)]
pub(crate) struct WorkerView {
    pub(crate) reader: usize,
    pub(crate) event: Option<ProgressEvent>,
}

/// How a run went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    /// Files and bytes that were read and have their line.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) unread: u64,
    /// Files with another sum than their manifest says.
    pub(crate) mismatched: u64,
    pub(crate) took: Duration,
    pub(crate) ending: Ending,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    #[default]
    Whole,
    Cancelled,
    /// Whoever reads the lines wants no more.
    NobodyReads,
    CannotWrite(String),
    /// Something in here does not work.
    Broken(String),
}
