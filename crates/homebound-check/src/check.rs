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
    deep_stack(|| judge(Project::new(files, settings), &Wanted::ALL)).unwrap_or_default()
}

/// What is wanted of a check.
struct Wanted<'a> {
    /// Whether a file is reported on.
    asked: &'a (dyn Fn(&Path) -> bool + Sync),
    /// Whether the answer is still waited for.
    go_on: &'a (dyn Fn() -> bool + Sync),
}

impl Wanted<'_> {
    const ALL: Self = Wanted {
        asked: &|_| true,
        go_on: &|| true,
    };
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
        self.check_while(files, settings, asked, &|| true).unwrap_or_default()
    }

    /// The same, as long as `go_on` says so; nothing where it was given up. What was parsed until then is remembered.
    ///
    /// `go_on` is asked between the steps and before each file, on several threads.
    pub fn check_while(
        &mut self,
        files: &[SourceFile],
        settings: &Settings,
        asked: &(dyn Fn(&Path) -> bool + Sync),
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Diagnostics> {
        let before = std::mem::take(&mut self.parsed);
        let wanted = Wanted { asked, go_on };
        let (found, parsed) = deep_stack(|| {
            let tree = |file: &SourceFile| known(&before, file).unwrap_or_else(|| parsed(file));
            let project = Project::with(files, settings, tree);
            let trees: Vec<Arc<Tree>> = project.files.iter().map(|file| Arc::clone(&file.tree)).collect();
            (judge(project, &wanted), trees)
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

fn judge(project: Project<'_>, wanted: &Wanted<'_>) -> Option<Diagnostics> {
    let go_on = || (wanted.go_on)().then_some(());
    go_on()?;
    let found = if project.uses_qt {
        let infer = Infer::new(&project);
        let wiring = Wiring::new(&project);
        go_on()?;
        let threads = Threads::new(&infer, &wiring);
        drop(infer);
        go_on()?;
        each_file(&project, Some((&wiring, &threads)), wanted)
    } else {
        each_file(&project, None, wanted)
    }?;
    drop(project);
    Some(Diagnostics::sorted(found))
}

fn each_file(
    project: &Project<'_>,
    model: Option<(&Wiring, &Threads)>,
    wanted: &Wanted<'_>,
) -> Option<Vec<Diagnostic>> {
    let asked = |id: &FileId| (wanted.asked)(&project.file(*id).source.path);
    let ids: Vec<FileId> = project.ids().filter(asked).collect();
    let one = |id: &FileId| (wanted.go_on)().then(|| check_file(project, model, *id));
    let found: Option<Vec<Vec<Diagnostic>>> = ids.par_iter().map(one).collect();
    Some(found?.into_iter().flatten().collect())
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
