//! The way from files to diagnostics.

use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::threads::Threads;
use crate::model::wiring::Wiring;
use crate::model::{FileId, Infer, Project, parsed};
use crate::rules::CHECKS;
use crate::settings::Settings;
use crate::source::{SourceFile, SourceKind};
use crate::suppression;
use crate::syntax::{Tree, deep_stack};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Checks all files of a project together.
pub fn check(files: &[SourceFile], settings: &Settings) -> Diagnostics {
    deep_stack(|| judge(Project::new(files, settings), &|_| true))
}

/// Checks again and again, and parses only what changed since the last time.
#[derive(Debug, Default)]
pub struct Checker {
    parsed: FxHashMap<PathBuf, Parsed>,
}

#[derive(Debug)]
struct Parsed {
    text: Arc<str>,
    kind: SourceKind,
    tree: Arc<Tree>,
}

impl Checker {
    /// Checks all files of a project together, and reports on those that `asked` wants.
    pub fn check(
        &mut self,
        files: &[SourceFile],
        settings: &Settings,
        asked: &(dyn Fn(&Path) -> bool + Sync),
    ) -> Diagnostics {
        let before = std::mem::take(&mut self.parsed);
        let (found, parsed) = deep_stack(|| {
            let tree = |file: &SourceFile| known(&before, file).unwrap_or_else(|| parsed(file));
            let project = Project::with(files, settings, tree);
            let trees: Vec<Arc<Tree>> = project.files.iter().map(|file| Arc::clone(&file.tree)).collect();
            (judge(project, asked), trees)
        });
        let remember = |(file, tree): (&SourceFile, Arc<Tree>)| {
            let (text, kind) = (Arc::clone(&file.text), file.kind);
            (file.path.clone(), Parsed { text, kind, tree })
        };
        self.parsed = files.iter().zip(parsed).map(remember).collect();
        found
    }
}

fn known(before: &FxHashMap<PathBuf, Parsed>, file: &SourceFile) -> Option<Arc<Tree>> {
    let parsed = before.get(&file.path)?;
    let same = Arc::ptr_eq(&parsed.text, &file.text) || parsed.text == file.text;
    (same && parsed.kind == file.kind).then(|| Arc::clone(&parsed.tree))
}

fn judge(project: Project<'_>, asked: &(dyn Fn(&Path) -> bool + Sync)) -> Diagnostics {
    let found = if project.uses_qt {
        let infer = Infer::new(&project);
        let wiring = Wiring::new(&project);
        let threads = Threads::new(&infer, &wiring);
        drop(infer);
        each_file(&project, Some((&wiring, &threads)), asked)
    } else {
        each_file(&project, None, asked)
    };
    drop(project);
    Diagnostics::sorted(found)
}

fn each_file(
    project: &Project<'_>,
    model: Option<(&Wiring, &Threads)>,
    asked: &(dyn Fn(&Path) -> bool + Sync),
) -> Vec<Diagnostic> {
    let wanted = |id: &FileId| asked(&project.file(*id).source.path);
    let ids: Vec<FileId> = project.ids().filter(wanted).collect();
    ids.par_iter()
        .flat_map_iter(|id| check_file(project, model, *id))
        .collect()
}

fn check_file(project: &Project<'_>, model: Option<(&Wiring, &Threads)>, id: FileId) -> Vec<Diagnostic> {
    let empty = (Wiring::default(), Threads::default());
    let (wiring, threads) = model.unwrap_or((&empty.0, &empty.1));
    let infer = Infer::new(project);
    let context = Context::new(&infer, wiring, threads, id);
    let path = &project.file(id).source.path;
    let on = project
        .settings
        .select
        .without(project.settings.per_file_ignores.of(path));
    // Without Qt there is nothing to find but what is wrong with the file itself.
    let checks = CHECKS
        .iter()
        .filter(|(rule, _)| on.contains(rule) && (model.is_some() || rule.code < "HB1"));
    for (_, check) in checks {
        check(&context);
    }
    suppression::apply(project.file(id), on, context.into_found())
}
