//! The project that a file belongs to: its root, the files to read along, and the binding that its manifests name.
//!
//! A mistake in one file often shows only in another: the thread is made here and touches the window there. So a file is judged with
//! its whole project in view, also when it is the only one that was asked for.

mod binding;
mod manifest;
mod requirement;
mod root;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Cascade, Configuration};
use crate::failure::Result;
use crate::files::{Found, Walk};

pub(crate) use binding::{declared, is_manifest};
use root::Root;

/// Files that are judged together.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// Absolute paths, each once, in order.
    pub(crate) view: Vec<PathBuf>,
    /// Files that are reported on, by the settings that hold for them.
    pub(crate) parts: Vec<Part>,
}

/// Files of a project that share their settings.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) asked: BTreeSet<PathBuf>,
}

/// Sorts what was found into projects. With `alone`, nothing but the found files is in view.
pub(crate) fn projects(walk: &Walk, cascade: &Arc<Cascade>, alone: bool) -> Result<Vec<Project>> {
    let mut by_root: BTreeMap<Root, Vec<&Found>> = BTreeMap::new();
    for found in walk.files.values() {
        by_root
            .entry(Root::of(&found.path, found.below.as_deref()))
            .or_default()
            .push(found);
    }
    by_root
        .into_iter()
        .map(|(root, found)| project(&root, &found, walk, cascade, alone))
        .collect()
}

fn project(root: &Root, found: &[&Found], walk: &Walk, cascade: &Arc<Cascade>, alone: bool) -> Result<Project> {
    let mut view: BTreeSet<PathBuf> = found.iter().map(|found| found.path.clone()).collect();
    let walked = walk.folders.iter().any(|folder| root.path().starts_with(folder));
    if !alone && !walked {
        view.extend(root.files(cascade)?);
    }
    Ok(Project {
        root: root.path().to_owned(),
        view: view.into_iter().collect(),
        parts: parts(found),
    })
}

fn parts(found: &[&Found]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for found in found {
        let path = found.path.clone();
        match parts
            .iter_mut()
            .find(|part| Arc::ptr_eq(&part.configuration, &found.configuration))
        {
            Some(part) => drop(part.asked.insert(path)),
            None => parts.push(Part {
                configuration: Arc::clone(&found.configuration),
                asked: BTreeSet::from([path]),
            }),
        }
    }
    parts
}

/// An absolute path without `.` and `..`, as far as that can be said without asking the disk.
pub(crate) fn absolute(path: &Path, here: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in here.join(path).components() {
        match component {
            std::path::Component::ParentDir => drop(clean.pop()),
            std::path::Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}
