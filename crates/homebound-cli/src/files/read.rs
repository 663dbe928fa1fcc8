//! Reads files in parallel; what cannot be read is told, and the rest goes on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
    sort(paths.par_iter().map(|path| read_one(path)).collect())
}

fn sort(results: Vec<Result<SourceFile, Unreadable>>) -> (Vec<SourceFile>, Vec<Unreadable>) {
    let (mut files, mut unreadable) = (Vec::with_capacity(results.len()), Vec::new());
    for result in results {
        match result {
            Ok(file) => files.push(file),
            Err(problem) => unreadable.push(problem),
        }
    }
    (files, unreadable)
}

/// Reads again and again: what did not change on the disk is taken from memory.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    known: HashMap<PathBuf, Known>,
}

#[derive(Debug, Clone)]
struct Known {
    modified: SystemTime,
    length: u64,
    file: SourceFile,
}

impl Reader {
    pub(crate) fn read(&mut self, paths: &[PathBuf]) -> (Vec<SourceFile>, Vec<Unreadable>) {
        let results: Vec<Result<(SourceFile, Option<Known>), Unreadable>> =
            paths.par_iter().map(|path| self.read_one(path)).collect();
        let mut plain = Vec::with_capacity(results.len());
        for result in results {
            plain.push(result.map(|(file, known)| {
                if let Some(known) = known {
                    self.known.insert(file.path.clone(), known);
                }
                file
            }));
        }
        sort(plain)
    }

    /// Forgets files that somebody says have changed, or that nobody reads any more.
    pub(crate) fn forget(&mut self, gone: impl Fn(&Path) -> bool) {
        self.known.retain(|path, _| !gone(path));
    }

    /// The file, and what to remember where it was read anew.
    fn read_one(&self, path: &Path) -> Result<(SourceFile, Option<Known>), Unreadable> {
        let metadata = std::fs::metadata(path).ok();
        let stamp = metadata.and_then(|metadata| Some((metadata.modified().ok()?, metadata.len())));
        if let (Some(known), Some(stamp)) = (self.known.get(path), stamp)
            && (known.modified, known.length) == stamp
        {
            return Ok((known.file.clone(), None));
        }
        let file = read_one(path)?;
        let known = stamp.map(|(modified, length)| Known {
            modified,
            length,
            file: file.clone(),
        });
        Ok((file, known))
    }
}

fn read_one(path: &Path) -> Result<SourceFile, Unreadable> {
    let unreadable = |why: String, no_text| Unreadable {
        path: path.to_owned(),
        why,
        no_text,
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(why(&error), false))?;
    SourceFile::new(path, bytes).map_err(|error| unreadable(bare(path, &error.to_string()), true))
}

/// The library names the file in its message; here it stands beside it.
fn bare(path: &Path, message: &str) -> String {
    message
        .strip_prefix(&format!("{}: ", path.display()))
        .unwrap_or(message)
        .to_owned()
}

/// What the system says, in words.
pub(super) fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
