//! The settings of one configuration file, each given or not, and how files are laid over each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::output::Format;

/// What one source of settings says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Options {
    pub(crate) binding: Option<String>,
    pub(crate) select: Option<Vec<String>>,
    pub(crate) extend_select: Vec<String>,
    pub(crate) ignore: Vec<String>,
    pub(crate) level: Option<u8>,
    pub(crate) per_file_ignores: Option<BTreeMap<String, Vec<String>>>,
    pub(crate) extend_per_file_ignores: BTreeMap<String, Vec<String>>,
    pub(crate) include: Option<Vec<String>>,
    pub(crate) extend_include: Vec<String>,
    pub(crate) exclude: Option<Vec<String>>,
    pub(crate) extend_exclude: Vec<String>,
    pub(crate) force_exclude: Option<bool>,
    pub(crate) respect_gitignore: Option<bool>,
    pub(crate) src: Option<Vec<PathBuf>>,
    pub(crate) fix: Option<bool>,
    pub(crate) unsafe_fixes: Option<bool>,
    pub(crate) fix_only: Option<bool>,
    pub(crate) show_fixes: Option<bool>,
    pub(crate) fixable: Option<Vec<String>>,
    pub(crate) extend_fixable: Vec<String>,
    pub(crate) unfixable: Vec<String>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) output_format: Option<Format>,
    pub(crate) extend: Option<PathBuf>,
    pub(crate) required_version: Option<String>,
}

impl Options {
    /// Paths and patterns mean what they mean in the folder of the file that holds them, also where another file extends it.
    pub(crate) fn anchor(&mut self, folder: &Path) {
        let inside = |path: &mut PathBuf| *path = folder.join(&*path);
        self.src.iter_mut().flatten().for_each(inside);
        self.baseline.iter_mut().chain(&mut self.extend).for_each(inside);
        let lists = [&mut self.include, &mut self.exclude];
        let lists = lists
            .into_iter()
            .flatten()
            .chain([&mut self.extend_include, &mut self.extend_exclude]);
        lists.flatten().for_each(|pattern| *pattern = anchored(folder, pattern));
        for table in self
            .per_file_ignores
            .iter_mut()
            .chain([&mut self.extend_per_file_ignores])
        {
            *table = std::mem::take(table)
                .into_iter()
                .map(|(pattern, rules)| (anchored(folder, &pattern), rules))
                .collect();
        }
    }

    /// These settings, and `below` where these say nothing.
    #[must_use]
    pub(crate) fn over(self, below: Self) -> Self {
        // A file that selects anew says all there is to say about rules.
        let mut below_rules = if self.select.is_some() {
            (Vec::new(), Vec::new())
        } else {
            (below.extend_select, below.ignore)
        };
        // What is asked for above is not ignored from below.
        below_rules.1.retain(|ignored| {
            !self
                .extend_select
                .iter()
                .any(|asked| asked.eq_ignore_ascii_case(ignored))
        });
        Self {
            binding: self.binding.or(below.binding),
            extend_select: joined(below_rules.0, self.extend_select),
            ignore: joined(below_rules.1, self.ignore),
            level: self.level.or(below.level),
            extend_per_file_ignores: if self.per_file_ignores.is_some() {
                self.extend_per_file_ignores
            } else {
                joined_tables(below.extend_per_file_ignores, self.extend_per_file_ignores)
            },
            select: self.select.or(below.select),
            per_file_ignores: self.per_file_ignores.or(below.per_file_ignores),
            extend_include: joined(below.extend_include, self.extend_include),
            include: self.include.or(below.include),
            extend_exclude: joined(below.extend_exclude, self.extend_exclude),
            exclude: self.exclude.or(below.exclude),
            force_exclude: self.force_exclude.or(below.force_exclude),
            respect_gitignore: self.respect_gitignore.or(below.respect_gitignore),
            src: self.src.or(below.src),
            fix: self.fix.or(below.fix),
            unsafe_fixes: self.unsafe_fixes.or(below.unsafe_fixes),
            fix_only: self.fix_only.or(below.fix_only),
            show_fixes: self.show_fixes.or(below.show_fixes),
            fixable: self.fixable.or(below.fixable),
            extend_fixable: joined(below.extend_fixable, self.extend_fixable),
            unfixable: joined(below.unfixable, self.unfixable),
            baseline: self.baseline.or(below.baseline),
            output_format: self.output_format.or(below.output_format),
            extend: None,
            required_version: self.required_version.or(below.required_version),
        }
    }
}

/// A pattern with a `/` in it is a path; one without matches names anywhere.
fn anchored(folder: &Path, pattern: &str) -> String {
    let (not, bare) = pattern.strip_prefix('!').map_or(("", pattern), |bare| ("!", bare));
    if !bare.trim_end_matches('/').contains('/') || Path::new(bare).is_absolute() {
        return pattern.to_owned();
    }
    let folder = globset::escape(&folder.to_string_lossy());
    format!(
        "{not}{}/{}",
        folder.trim_end_matches('/'),
        bare.trim_start_matches("./")
    )
}

fn joined<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
    first.extend(second);
    first
}

fn joined_tables(
    mut first: BTreeMap<String, Vec<String>>,
    second: BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    for (pattern, rules) in second {
        first.entry(pattern).or_default().extend(rules);
    }
    first
}
