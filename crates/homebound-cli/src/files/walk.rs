//! Goes through folders as git does, leaves out what the settings exclude, and keeps which of the files were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};
use parking_lot::Mutex;

use super::Unreadable;
use super::read::why;
use crate::config::{Cascade, Configuration};
use crate::failure::{Failure, Result};

/// A file to check and the settings of its folder.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) configuration: Arc<Configuration>,
    /// The folder that was walked, for a file that was not named itself.
    pub(crate) below: Option<PathBuf>,
}

/// What walking the given paths brought.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// By path, each once.
    pub(crate) files: BTreeMap<PathBuf, Found>,
    /// Folders whose files are all here.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Walk {
    /// Files below the given absolute paths.
    pub(crate) fn of(paths: &[PathBuf], cascade: &Arc<Cascade>) -> Result<Self> {
        let mut walk = Self::default();
        for path in paths {
            match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => walk.folder(path, cascade)?,
                Ok(_) => walk.file(path, cascade)?,
                Err(error) => walk.unreadable.push(Unreadable {
                    path: path.clone(),
                    why: why(&error),
                    no_text: false,
                }),
            }
        }
        walk.forget_links();
        Ok(walk)
    }

    /// A file that was named is checked whatever it is called, unless exclusions are forced.
    fn file(&mut self, path: &Path, cascade: &Arc<Cascade>) -> Result<()> {
        let configuration = cascade.for_folder(path.parent().unwrap_or(path))?;
        if !configuration.force_exclude() || !configuration.exclude.matches_within(path, &configuration.folder) {
            self.files.insert(
                path.to_owned(),
                Found {
                    path: path.to_owned(),
                    configuration,
                    below: None,
                },
            );
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Path, cascade: &Arc<Cascade>) -> Result<()> {
        self.folders.push(folder.to_owned());
        let settings = cascade.for_folder(folder)?;
        if settings.force_exclude() && settings.exclude.matches_within(folder, &settings.folder) {
            return Ok(());
        }
        let failed = Arc::new(Mutex::new(None));
        for entry in walker(folder, &settings, cascade, &failed).build() {
            match entry {
                Ok(entry) if is_file(&entry) => self.found(entry.into_path(), folder, cascade)?,
                Ok(_) => {}
                Err(error) => self.unreadable.push(unreadable(folder, &error)),
            }
        }
        failed.lock().take().map_or(Ok(()), Err)
    }

    fn found(&mut self, path: PathBuf, below: &Path, cascade: &Arc<Cascade>) -> Result<()> {
        let configuration = cascade.for_folder(path.parent().unwrap_or(below))?;
        if configuration.include.matches(&path) && !configuration.exclude.matches(&path) {
            let found = Found {
                path: path.clone(),
                configuration,
                below: Some(below.to_owned()),
            };
            self.files.entry(path).or_insert(found);
        }
        Ok(())
    }

    /// A link to a file that is there under its own name would be a second module with the same mistakes.
    fn forget_links(&mut self) {
        let links = self
            .files
            .values()
            .filter(|found| found.below.is_some() && found.path.is_symlink());
        let links: Vec<PathBuf> = links.map(|found| found.path.clone()).collect();
        let mut targets = BTreeSet::new();
        for link in links {
            let Ok(target) = link.canonicalize() else { continue };
            if self.files.contains_key(&target) || !targets.insert(target) {
                self.files.remove(&link);
            }
        }
    }
}

/// Neither what git ignores nor what the settings exclude. Links to folders are not followed: there are no loops.
fn walker(
    folder: &Path,
    settings: &Configuration,
    cascade: &Arc<Cascade>,
    failed: &Arc<Mutex<Option<Failure>>>,
) -> WalkBuilder {
    let (cascade, failed) = (Arc::clone(cascade), Arc::clone(failed));
    let mut builder = WalkBuilder::new(folder);
    builder
        .standard_filters(settings.respect_gitignore())
        .hidden(false)
        .filter_entry(move |entry| {
            if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
                return true;
            }
            match cascade.for_folder(entry.path().parent().unwrap_or(entry.path())) {
                Ok(settings) => !settings.exclude.matches(entry.path()),
                Err(failure) => {
                    failed.lock().get_or_insert(failure);
                    false
                }
            }
        });
    builder
}

fn unreadable(folder: &Path, error: &ignore::Error) -> Unreadable {
    let mut path = folder.to_owned();
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => (path, inner) = (at.clone(), err),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            ignore::Error::Io(error) => {
                return Unreadable {
                    path,
                    why: why(error),
                    no_text: false,
                };
            }
            other => {
                return Unreadable {
                    path,
                    why: other.to_string(),
                    no_text: false,
                };
            }
        }
    }
}

fn is_file(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Some(kind) if kind.is_symlink() => entry.path().is_file(),
        Some(kind) => kind.is_file(),
        None => false,
    }
}
