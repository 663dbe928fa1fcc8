//! Coroutines and callbacks that are handed to an event loop which another thread runs.

use super::Entries;
use crate::model::code::Call;
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::threads::{Cause, Entry};
use crate::model::types::{ExprRef, FuncRef};
use crate::syntax::tree::{ExprId, ExprKind, Tree};
use rustc_hash::FxHashMap;

/// Libraries that run the event loop of `asyncio` in the user interface.
const IN_THE_UI: [&str; 6] = [
    "qasync",
    "asyncqt",
    "quamash",
    "qtinter",
    "PySide6.QtAsyncio",
    "asyncslot",
];

/// What hands something to a loop from another thread.
const HANDOVERS: [&str; 2] = ["run_coroutine_threadsafe", "call_soon_threadsafe"];

/// What is handed to a loop, where a function that is known to run in a thread of its own runs one.
pub(in crate::model::threads) fn coroutines(infer: &Infer<'_>, known: &FxHashMap<FuncRef, Cause>) -> Entries {
    let mut entries = Entries::new();
    let runs_loop = |func: &FuncRef| {
        let tree = infer.project.tree(func.file);
        tree.calls_in(func.func).any(|call| call.name == "run_forever")
    };
    let program = |file: &FileId| !infer.project.file(*file).is_test;
    let is_target = |file: FileId| {
        let tree = infer.project.tree(file);
        let mut targets = tree
            .method_calls("Thread")
            .filter_map(|call| call.argument(1, "target"));
        targets.any(|target| tree.last_name(target).is_some_and(|name| name == "run_forever"))
    };
    let elsewhere = known.keys().any(runs_loop) || infer.project.ids().filter(program).any(is_target);
    if !elsewhere || infer.project.ids().any(|file| is_bridged(infer.project.tree(file))) {
        return entries;
    }
    for file in infer.project.ids().filter(program) {
        let tree = infer.project.tree(file);
        for call in HANDOVERS.iter().flat_map(|name| tree.method_calls(name)) {
            handed(infer, file, &call, &mut entries);
        }
    }
    entries
}

fn is_bridged(tree: &Tree) -> bool {
    tree.imports.iter().any(|import| {
        let name = import.name.as_deref().unwrap_or_default();
        IN_THE_UI.iter().any(|library| {
            let (package, module) = library.split_once('.').unwrap_or((library, ""));
            *import.module == **library
                || import.module.split('.').next() == Some(package) && module == name
                || module.is_empty() && import.module.split('.').next() == Some(package)
        })
    })
}

fn handed(infer: &Infer<'_>, file: FileId, call: &Call<'_>, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    let Some(first) = call.args.first() else { return };
    // `loop.call_soon_threadsafe(loop.create_task, coroutine())`
    let made = if call.name == "call_soon_threadsafe" {
        call.args.get(1)
    } else {
        Some(first)
    };
    let mut funcs: Vec<FuncRef> = made
        .and_then(|coroutine| tree.call(*coroutine))
        .map(|coroutine| infer.targets(ExprRef::new(file, coroutine.id), coroutine.callee))
        .unwrap_or_default();
    funcs.retain(|func| infer.project.func(*func).is_async);
    if call.name == "call_soon_threadsafe" {
        funcs.extend(infer.functions(ExprRef::new(file, *first)));
    }
    for func in funcs {
        let message = format!(
            "`{}` runs {} in the thread of its event loop",
            call.name,
            infer.title(func)
        );
        entries.push_back((
            func,
            Cause::Entry {
                file,
                range: tree.range(call.id),
                message,
                entry: Entry::Run,
            },
        ));
    }
}

/// Coroutines that a function makes only to hand them over: it does not run them itself.
pub(in crate::model::threads) fn handed_over(tree: &Tree, func: crate::syntax::tree::FuncId) -> Vec<ExprId> {
    if HANDOVERS.iter().all(|name| tree.method_calls(name).next().is_none()) {
        return Vec::new();
    }
    tree.calls_in(func)
        .filter(|call| HANDOVERS.contains(&call.name))
        .flat_map(|call| call.args.iter().copied())
        .filter(|arg| matches!(tree.kind(*arg), ExprKind::Call { .. }))
        .collect()
}
