//! Which function runs on which thread, and why.

use crate::diagnostic::Related;
use crate::settings::Settings;
use crate::source::SourceFile;
use crate::text::TextRange;
use std::path::{Path, PathBuf};

/// A kind of thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadKind {
    /// The thread of the user interface.
    Ui,
    /// A thread of the program's own: a `QThread`, a pool's, a Python thread.
    Worker,
}

/// One way in which a function comes to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsOn {
    /// The thread.
    pub thread: ThreadKind,
    /// Entry point first, then each call.
    pub chain: Vec<Related>,
}

/// A function and the threads it runs on; none where nobody is seen to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodThreads {
    /// The file.
    pub path: PathBuf,
    /// The function's name in its definition.
    pub range: TextRange,
    /// `Window.on_clicked`.
    pub name: String,
    /// At most one way per kind of thread.
    pub runs_on: Vec<RunsOn>,
}

/// The functions of the file `of`, in source order, with the whole project in view.
pub fn threads(files: &[SourceFile], settings: &Settings, of: &Path) -> Vec<MethodThreads> {
    let _ = (files, settings, of);
    Vec::new()
}
