//! Which function runs on which thread, and why.

use crate::diagnostic::Related;
use crate::model::threads::{Colour, Threads};
use crate::model::wiring::Wiring;
use crate::model::{FuncRef, Infer, Project};
use crate::settings::Settings;
use crate::source::SourceFile;
use crate::syntax::deep_stack;
use crate::syntax::tree::{FuncId, FuncKind};
use crate::text::TextRange;
use std::path::{Path, PathBuf};

/// A kind of thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadKind {
    /// The thread of the user interface.
    Ui,
    /// A thread of the program's own: a `QThread`, a pool's, a Python thread.
    Worker,
}

/// One way in which a function comes to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsOn {
    /// The thread.
    pub thread: ThreadKind,
    /// Entry point first, then each call.
    pub chain: Vec<Related>,
}

/// A function and the threads it runs on; none where nobody is seen to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodThreads {
    /// The file.
    pub path: PathBuf,
    /// The function's name in its definition.
    pub range: TextRange,
    /// `Window.on_clicked`.
    pub name: String,
    /// At most one way per kind of thread.
    pub runs_on: Vec<RunsOn>,
}

/// The functions of the file `of`, in source order, with the whole project in view.
pub fn threads(files: &[SourceFile], settings: &Settings, of: &Path) -> Vec<MethodThreads> {
    deep_stack(|| {
        let project = Project::new(files, settings);
        let Some(file) = project.ids().find(|file| project.file(*file).source.path == of) else {
            return Vec::new();
        };
        let infer = Infer::new(&project);
        let wiring = Wiring::new(&project);
        let threads = Threads::new(&infer, &wiring);
        let count = u32::try_from(project.tree(file).funcs.len()).unwrap_or(0);
        let all = (0..count).map(|func| FuncRef::new(file, FuncId(func)));
        let functions = all.filter(|func| matches!(project.func(*func).kind, FuncKind::Def | FuncKind::Lambda));
        functions.map(|func| of_function(&infer, &threads, func)).collect()
    })
}

fn of_function(infer: &Infer<'_>, threads: &Threads, func: FuncRef) -> MethodThreads {
    let kinds = [(ThreadKind::Ui, Colour::Ui), (ThreadKind::Worker, Colour::Worker)];
    let reached = kinds.into_iter().filter(|(_, colour)| threads.runs_on(func, *colour));
    let runs_on = reached
        .map(|(thread, colour)| RunsOn {
            thread,
            chain: threads.chain(infer, func, colour),
        })
        .collect();
    let file = infer.project.file(func.file);
    MethodThreads {
        path: file.source.path.clone(),
        range: infer.project.func(func).name_range,
        name: infer.title(func),
        runs_on,
    }
}
