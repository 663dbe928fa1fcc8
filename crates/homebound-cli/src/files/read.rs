//! Reads files in parallel; what cannot be read is told, and the rest goes on.

use std::path::{Path, PathBuf};

use homebound_check::SourceFile;
use rayon::prelude::*;

/// A file that cannot be checked.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) why: String,
    /// The system gave the file, and its bytes are no text.
    pub(crate) no_text: bool,
}

pub(crate) fn read(paths: &[PathBuf]) -> (Vec<SourceFile>, Vec<Unreadable>) {
    let (mut files, mut unreadable) = (Vec::with_capacity(paths.len()), Vec::new());
    let results: Vec<_> = paths.par_iter().map(|path| read_one(path)).collect();
    for result in results {
        match result {
            Ok(file) => files.push(file),
            Err(problem) => unreadable.push(problem),
        }
    }
    (files, unreadable)
}

fn read_one(path: &Path) -> Result<SourceFile, Unreadable> {
    let unreadable = |why: String, no_text| Unreadable {
        path: path.to_owned(),
        why,
        no_text,
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string(), false))?;
    SourceFile::new(path, bytes).map_err(|error| unreadable(bare(path, &error.to_string()), true))
}

/// The library names the file in its message; here it stands beside it.
fn bare(path: &Path, message: &str) -> String {
    message
        .strip_prefix(&format!("{}: ", path.display()))
        .unwrap_or(message)
        .to_owned()
}
