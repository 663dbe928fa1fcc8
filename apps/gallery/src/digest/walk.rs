//! All files below some paths, in the order of their names, one at a time.
//!
//! Links are followed unless they are to be left out: what they lead to is part of what a program sees in that folder. A folder that is
//! one of those it lies in is not entered again. Only the names of the folders on the way to the present file are kept, not whole paths: a folder with a million
//! files costs some fifty megabytes while it is walked, a million files in many folders next to nothing.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::hash::unreadable_kind;
use super::trouble::{Reason, Trouble};

/// What the walk came upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    File { path: PathBuf, bytes: u64 },
    Trouble(Trouble),
}

/// An iterator over [`Found`].
#[derive(Debug)]
pub(crate) struct Walk {
    /// What is still to be looked at, last first: the given paths, and below the folder being walked.
    roots: Vec<PathBuf>,
    folders: Vec<Folder>,
    left_out: Vec<FileId>,
    follows: bool,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    id: FileId,
    /// In reverse order, so that the next is the last.
    names: Vec<Box<OsStr>>,
}

impl Walk {
    /// Walks these paths in their order.
    pub(crate) fn new(roots: impl DoubleEndedIterator<Item = PathBuf>) -> Self {
        Self {
            roots: roots.rev().map(never_a_dash).collect(),
            folders: Vec::new(),
            left_out: Vec::new(),
            follows: true,
        }
    }

    /// Leaves out the files with these ids, without a word: the manifest does not list itself.
    pub(crate) fn without(mut self, left_out: Vec<FileId>) -> Self {
        self.left_out = left_out;
        self
    }

    /// Leaves out links, without a word, or follows them as usual. The given paths are followed in any case.
    pub(crate) fn following(mut self, follows: bool) -> Self {
        self.follows = follows;
        self
    }

    fn next_path(&mut self) -> Option<(PathBuf, bool)> {
        while let Some(folder) = self.folders.last_mut() {
            if let Some(name) = folder.names.pop() {
                return Some((folder.path.join(&*name), false));
            }
            self.folders.pop();
        }
        self.roots.pop().map(|root| (root, true))
    }

    /// Looks at one path. A folder is opened and yields nothing itself.
    fn look_at(&mut self, path: PathBuf, is_root: bool) -> Option<Found> {
        if !self.follows && !is_root && path.is_symlink() {
            return None;
        }
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => return Some(trouble(&path, why_not_there(&path, &error, is_root))),
        };
        let id = FileId::of(&path, &metadata);
        if metadata.is_dir() {
            return self.enter(path, id).map(Found::Trouble);
        }
        if self.left_out.contains(&id) {
            return None;
        }
        Some(match unreadable_kind(metadata.file_type()) {
            Some(reason) => trouble(&path, reason),
            None => Found::File {
                path,
                bytes: metadata.len(),
            },
        })
    }

    fn enter(&mut self, path: PathBuf, id: FileId) -> Option<Trouble> {
        if let Some(same) = self.folders.iter().find(|folder| folder.id == id) {
            let ancestor = same.path.clone();
            return Some(Trouble {
                path,
                reason: Reason::FolderLoop { ancestor },
            });
        }
        let (names, error) = names_in(&path);
        let reason = error.map(|error| why_not_there(&path, &error, false));
        let trouble = reason.map(|reason| Trouble {
            path: path.clone(),
            reason,
        });
        self.folders.push(Folder { path, id, names });
        trouble
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let (path, is_root) = self.next_path()?;
            if let Some(found) = self.look_at(path, is_root) {
                return Some(found);
            }
        }
    }
}

fn trouble(path: &Path, reason: Reason) -> Found {
    Found::Trouble(Trouble {
        path: path.to_owned(),
        reason,
    })
}

/// `-` means standard input to whoever reads a manifest.
fn never_a_dash(path: PathBuf) -> PathBuf {
    if path.as_os_str() == "-" {
        Path::new(".").join(path)
    } else {
        path
    }
}

/// The names in a folder, last first, and the error that ended the reading early.
fn names_in(path: &Path) -> (Vec<Box<OsStr>>, Option<io::Error>) {
    let mut names = Vec::new();
    let mut failure = None;
    match fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => names.push(entry.file_name().into_boxed_os_str()),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
        }
        Err(error) => failure = Some(error),
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    (names, failure)
}

fn why_not_there(path: &Path, error: &io::Error, is_root: bool) -> Reason {
    if let Ok(target) = fs::read_link(path) {
        return match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reason::BrokenLink { target },
            _ if is_link_loop(error) => Reason::LinkLoop,
            _ => Reason::system(error),
        };
    }
    // The given paths were never seen to exist, so they cannot have vanished.
    if error.kind() == io::ErrorKind::NotFound && !is_root {
        Reason::Vanished
    } else {
        Reason::system(error)
    }
}

#[cfg(unix)]
fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_link_loop(_error: &io::Error) -> bool {
    false
}

/// Tells files apart, whatever path leads to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileId(#[cfg(unix)] (u64, u64), #[cfg(not(unix))] PathBuf);

impl FileId {
    #[cfg(unix)]
    pub(crate) fn of(_path: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }

    /// The file that standard output goes to, if it is one.
    #[cfg(unix)]
    pub(crate) fn of_standard_output() -> Option<Self> {
        let stat = rustix::fs::fstat(io::stdout()).ok()?;
        let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
        is_file.then_some(Self((stat.st_dev, stat.st_ino)))
    }

    #[cfg(not(unix))]
    pub(crate) fn of_standard_output() -> Option<Self> {
        None
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path, _metadata: &Metadata) -> Self {
        Self(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}

#[cfg(all(test, unix))]
mod tests;
