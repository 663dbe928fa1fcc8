//! Patterns of files and folders: a name anywhere, or a path.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::failure::{Failure, Result};

/// A list of patterns, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    names: GlobSet,
    paths: GlobSet,
}

impl Patterns {
    pub(crate) fn new<'a>(folder: &Path, patterns: impl Iterator<Item = &'a String>) -> Result<Self> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let bare = pattern.strip_suffix('/').unwrap_or(pattern);
            if bare.contains('/') {
                paths.add(glob(&path_pattern(folder, bare), pattern)?);
            } else {
                names.add(glob(bare, pattern)?);
            }
        }
        let built = |builder: GlobSetBuilder| {
            builder
                .build()
                .map_err(|error| Failure::new(error).help("use fewer or simpler patterns"))
        };
        Ok(Self {
            names: built(names)?,
            paths: built(paths)?,
        })
    }

    /// Whether a pattern matches this very path; folders above it are not looked at.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        self.paths.is_match(path)
            || path
                .file_name()
                .is_some_and(|name| self.names.is_match(Path::new(name)))
    }

    /// Whether a pattern matches the path or a folder above it, up to `root`.
    pub(crate) fn matches_within(&self, path: &Path, root: &Path) -> bool {
        path.ancestors()
            .take_while(|above| *above != root)
            .any(|above| self.matches(above))
    }
}

fn path_pattern(folder: &Path, pattern: &str) -> String {
    if Path::new(pattern).is_absolute() {
        return pattern.to_owned();
    }
    let folder = PathBuf::from(globset::escape(&folder.to_string_lossy()));
    folder
        .join(pattern.trim_start_matches("./"))
        .to_string_lossy()
        .into_owned()
}

fn glob(text: &str, pattern: &str) -> Result<Glob> {
    Glob::new(text).map_err(|error| Failure::new(format_args!("`{pattern}` is no pattern for files: {}", error.kind())))
}
