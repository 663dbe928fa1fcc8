//! What a caller decides.

use crate::binding::Binding;
use crate::selection::RuleSet;
use globset::{Glob, GlobMatcher};
use std::path::{Path, PathBuf};

/// How a project is checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The binding, where it is known better than from the imports.
    pub binding: Option<Binding>,
    /// The rules that are on.
    pub select: RuleSet,
    /// Rules that are off in some files.
    pub per_file_ignores: PerFileIgnores,
    /// Folders that are roots of imports, besides those that the packages show.
    pub src: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            binding: None,
            select: RuleSet::defaults(),
            per_file_ignores: PerFileIgnores::default(),
            src: Vec::new(),
        }
    }
}

/// A pattern that is no glob.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern for files: {source}")]
pub struct PatternError {
    pattern: String,
    source: globset::Error,
}

/// Rules that are off in files that match a pattern.
#[derive(Clone, Debug, Default)]
pub struct PerFileIgnores {
    list: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    negated: bool,
    name: GlobMatcher,
    path: GlobMatcher,
    rules: RuleSet,
}

impl PerFileIgnores {
    /// Switches `rules` off in files whose name, or path below `root`, matches `pattern`; with `!` before it, in all others.
    ///
    /// # Errors
    /// A pattern that is no glob.
    pub fn add(&mut self, root: &Path, pattern: &str, rules: RuleSet) -> Result<(), PatternError> {
        let (negated, bare) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
        let glob = |text: &str| {
            let compiled = Glob::new(text).map_err(|source| PatternError {
                pattern: pattern.to_owned(),
                source,
            });
            compiled.map(|glob| glob.compile_matcher())
        };
        let entry = Entry {
            negated,
            name: glob(bare)?,
            path: glob(&root.join(bare).to_string_lossy())?,
            rules,
        };
        self.list.push(entry);
        Ok(())
    }

    /// The rules that are off in `path`.
    pub fn of(&self, path: &Path) -> RuleSet {
        let name = path.file_name().map_or(path, Path::new);
        let applies = |entry: &&Entry| (entry.name.is_match(name) || entry.path.is_match(path)) != entry.negated;
        self.list
            .iter()
            .filter(applies)
            .fold(RuleSet::none(), |set, entry| set.union(entry.rules))
    }
}
