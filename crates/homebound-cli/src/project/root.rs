//! Where a project begins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Cascade;
use crate::failure::Result;
use crate::files::Walk;

/// Files that stand in the root of a project.
const MARKERS: [&str; 10] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "homebound.toml",
    ".homebound.toml",
    "requirements.txt",
    "Pipfile",
    "poetry.lock",
    "uv.lock",
    "environment.yml",
];

/// The folder whose files belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Root {
    /// A folder and all below it.
    Tree(PathBuf),
    /// A folder without a project around it: a script and those beside it.
    Folder(PathBuf),
}

impl Root {
    /// The root of the project that holds `path`, which was found `below` a folder or was named itself.
    pub(crate) fn of(path: &Path, below: Option<&Path>) -> Self {
        let folder = path.parent().unwrap_or(path);
        if let Some(marked) = marked(folder) {
            return Self::Tree(marked);
        }
        match (below, package(folder)) {
            (Some(below), _) => Self::Tree(below.to_owned()),
            (None, Some(package)) => Self::Tree(package),
            (None, None) => Self::Folder(folder.to_owned()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Tree(path) | Self::Folder(path) => path,
        }
    }

    /// The files that are in view although nobody asked for them. What cannot be read of these is not worth a word.
    pub(crate) fn files(&self, cascade: &Arc<Cascade>) -> Result<Vec<PathBuf>> {
        let walk = match self {
            Self::Tree(root) => Walk::of(std::slice::from_ref(root), cascade)?,
            Self::Folder(folder) => return Ok(siblings(folder)),
        };
        Ok(walk.files.into_keys().collect())
    }
}

/// The nearest folder upwards with a marker, within the repository. A file that somebody left in the home folder makes no project of it.
fn marked(folder: &Path) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for above in folder.ancestors() {
        if home.as_deref() == Some(above) || above.parent().is_none() {
            return None;
        }
        if MARKERS.iter().any(|marker| above.join(marker).is_file()) {
            return Some(above.to_owned());
        }
        if above.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The outermost folder upwards that is a package.
fn package(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .take_while(|above| above.join("__init__.py").is_file())
        .last()
        .map(Path::to_owned)
}

fn siblings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "py") && path.is_file())
        .collect()
}
