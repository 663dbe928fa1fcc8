//! What the process answers to its caller.

use std::process::ExitCode;

/// The three answers of a linter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing was found, or all of it was mended.
    Clean,
    /// Something was found.
    Findings,
    /// The command was misused or could not do its work.
    Failure,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Findings => Self::from(1),
            Exit::Failure => Self::from(2),
        }
    }
}
