//! The way from files to diagnostics.

use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::threads::Threads;
use crate::model::wiring::Wiring;
use crate::model::{FileId, Infer, Project};
use crate::rules::CHECKS;
use crate::settings::Settings;
use crate::source::SourceFile;
use crate::suppression;
use crate::syntax::deep_stack;
use rayon::prelude::*;

/// Checks all files of a project together.
pub fn check(files: &[SourceFile], settings: &Settings) -> Diagnostics {
    deep_stack(|| {
        let project = Project::new(files, settings);
        let found = if project.uses_qt {
            check_project(&project)
        } else {
            each_file(&project, None)
        };
        drop(project);
        Diagnostics::sorted(found)
    })
}

fn check_project(project: &Project<'_>) -> Vec<Diagnostic> {
    let infer = Infer::new(project);
    let wiring = Wiring::new(project);
    let threads = Threads::new(&infer, &wiring);
    each_file(project, Some((&wiring, &threads)))
}

fn each_file(project: &Project<'_>, model: Option<(&Wiring, &Threads)>) -> Vec<Diagnostic> {
    let ids: Vec<FileId> = project.ids().collect();
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
