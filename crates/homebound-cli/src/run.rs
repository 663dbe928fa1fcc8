//! From projects to findings.

mod sources;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use homebound_check::{Checker, Diagnostic, RuleSet, Settings, SourceFile, TextRange, rule};

use crate::config::Configuration;
use crate::files::{Unreadable, read};
use crate::project::{Part, Project, declared};

pub(crate) use sources::{Sources, Span};

/// A project with its files in memory.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) project: Project,
    pub(crate) files: Vec<SourceFile>,
    /// Files that somebody asked for and that the system did not give.
    pub(crate) unreadable: Vec<Unreadable>,
    /// Files that are no text, as findings.
    undecodable: Vec<(PathBuf, String)>,
}

impl Loaded {
    /// Reads the files of a project. `given` is a text that counts in place of the file on the disk: stdin, or an editor's.
    pub(crate) fn read(project: Project, given: Vec<SourceFile>) -> Self {
        Self::read_with(project, given, read)
    }

    /// The same, by a reader that may have a memory.
    pub(crate) fn read_with(
        project: Project,
        given: Vec<SourceFile>,
        read: impl FnOnce(&[PathBuf]) -> (Vec<SourceFile>, Vec<Unreadable>),
    ) -> Self {
        let overlaid: BTreeSet<&Path> = given.iter().map(|file| file.path.as_path()).collect();
        let paths: Vec<PathBuf> = project
            .view
            .iter()
            .filter(|path| !overlaid.contains(path.as_path()))
            .cloned()
            .collect();
        let (mut files, problems) = read(&paths);
        files.extend(given);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let asked = |problem: &Unreadable| project.parts.iter().any(|part| part.asked.contains(&problem.path));
        let (undecodable, unreadable): (Vec<_>, Vec<_>) =
            problems.into_iter().filter(asked).partition(|problem| problem.no_text);
        let undecodable = undecodable
            .into_iter()
            .map(|problem| (problem.path, problem.why))
            .collect();
        Self {
            project,
            files,
            unreadable,
            undecodable,
        }
    }

    /// All findings in the files that were asked for, those that a comment excuses included.
    pub(crate) fn check(&self, checker: &mut Checker) -> Vec<Diagnostic> {
        self.check_while(checker, &|| true).unwrap_or_default()
    }

    /// The same, as long as the answer is waited for.
    pub(crate) fn check_while(
        &self,
        checker: &mut Checker,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Diagnostic>> {
        let mut all = Vec::new();
        for part in &self.project.parts {
            all.extend(self.check_part(part, checker, go_on)?);
        }
        all.sort_by(|a, b| (&a.path, a.range, a.rule.code).cmp(&(&b.path, b.range, b.rule.code)));
        Some(all)
    }

    /// Keeps the texts that findings point into.
    pub(crate) fn keep(&mut self, findings: &[Diagnostic]) {
        let places = findings.iter().flat_map(|finding| {
            let related = finding.related.iter().map(|related| &related.path);
            related.chain([&finding.path])
        });
        let places: HashSet<&PathBuf> = places.collect();
        self.files.retain(|file| places.contains(&file.path));
        self.files.shrink_to_fit();
        self.project.view = Vec::new();
    }

    fn check_part(
        &self,
        part: &Part,
        checker: &mut Checker,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Diagnostic>> {
        let settings = settings(&part.configuration, &self.project.root);
        let asked = |path: &Path| part.asked.contains(path);
        let mut list = checker.check_while(&self.files, &settings, &asked, go_on)?.list;
        for diagnostic in &mut list {
            if !part.configuration.rules.fixable.contains(diagnostic.rule) {
                diagnostic.fix = None;
            }
        }
        let no_text = self.undecodable.iter().filter(|(path, _)| part.asked.contains(path));
        list.extend(no_text.filter_map(|(path, why)| no_text_finding(path, why, settings.select)));
        Some(list)
    }

    /// What was looked at, and how, in a line for each part.
    pub(crate) fn describe(&self) -> String {
        let Project { root, view, parts } = &self.project;
        let mut text = String::new();
        for part in parts {
            let Configuration { file, .. } = &*part.configuration;
            let file = file
                .as_ref()
                .map_or_else(|| "none".to_owned(), |file| file.display().to_string());
            let binding = settings(&part.configuration, root).binding;
            let binding = binding.map_or_else(|| "from the imports".to_owned(), |binding| binding.to_string());
            let (asked, seen) = (part.asked.len(), view.len());
            let _ = writeln!(
                text,
                "{}: {asked} files of {seen} in view; settings: {file}; binding: {binding}",
                root.display()
            );
        }
        text
    }
}

/// The library's settings for the files of a configuration.
pub(crate) fn settings(configuration: &Configuration, root: &Path) -> Settings {
    Settings {
        binding: configuration.binding.or_else(|| declared(root)),
        select: configuration.rules.select,
        per_file_ignores: configuration.rules.per_file_ignores.clone(),
        src: configuration.src.clone(),
    }
}

/// Python refuses a file that is no text as it refuses wrong syntax.
fn no_text_finding(path: &Path, why: &str, select: RuleSet) -> Option<Diagnostic> {
    let rule = rule("HB001").filter(|rule| select.contains(rule))?;
    Some(Diagnostic {
        rule,
        path: path.to_owned(),
        range: TextRange::default(),
        message: why.to_owned(),
        help: None,
        related: Vec::new(),
        fix: None,
        suppressed: None,
    })
}
