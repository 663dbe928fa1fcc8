//! The program's own handlers for Python's `logging`: `emit` runs in the thread of whoever logs.

use super::{Cause, Threads};
use crate::model::infer::Infer;
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef};
use crate::syntax::tree::{ClassId, ExprId};
use std::collections::VecDeque;

const WORDS: [&str; 8] = [
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "critical",
    "log",
];

/// The handlers that a worker's messages reach, each with the first call that sends one.
pub(super) fn heard(infer: &Infer<'_>, threads: &Threads) -> VecDeque<(FuncRef, Cause)> {
    let handlers = handlers(infer);
    if handlers.is_empty() {
        return VecDeque::new();
    }
    let mut workers: Vec<FuncRef> = threads.worker.causes.keys().copied().collect();
    workers.sort_unstable();
    let heard = workers
        .into_iter()
        .find_map(|caller| logs(infer, caller).map(|call| (caller, ExprRef::new(caller.file, call))));
    let causes = heard.into_iter().flat_map(|(caller, call)| {
        let handlers = handlers.iter().copied();
        handlers.map(move |handler| (handler, Cause::Call { caller, call }))
    });
    causes.collect()
}

/// `emit` of the handlers in a program that adds handlers.
fn handlers(infer: &Infer<'_>) -> Vec<FuncRef> {
    let project = infer.project;
    let program: Vec<_> = project.ids().filter(|file| !project.file(*file).is_test).collect();
    let adds = |file| !project.tree(file).calls_named("addHandler").is_empty();
    if !program.iter().any(|file| adds(*file)) {
        return Vec::new();
    }
    let classes = program.into_iter().flat_map(|file| {
        let count = u32::try_from(project.tree(file).classes.len()).unwrap_or(0);
        (0..count).map(move |class| ClassRef::new(file, ClassId(class)))
    });
    let ours = classes.filter(|class| {
        let own = Class::Own(*class);
        infer.is_a(&own, "logging.Handler") || infer.is_a(&own, "logging.StreamHandler")
    });
    let mut handlers: Vec<FuncRef> = ours.filter_map(|class| infer.method(class, "emit")).collect();
    handlers.sort_unstable();
    handlers.dedup();
    handlers
}

/// A call of `logging` itself, or of a logger.
fn logs(infer: &Infer<'_>, func: FuncRef) -> Option<ExprId> {
    let tree = infer.project.tree(func.file);
    let mut calls = tree.calls_in(func.func).filter(|call| WORDS.contains(&call.name));
    let found = calls.find(|call| {
        let types = infer.in_file(func.file, call.callee);
        let ours = types.list.iter().any(|ty| ty.other().is_none());
        let receiver = call.receiver.and_then(|logger| tree.last_name(logger));
        !ours
            && receiver.is_some_and(|name| {
                matches!(
                    name.to_ascii_lowercase().trim_matches('_'),
                    "logging" | "logger" | "log"
                )
            })
    });
    found.map(|call| call.id)
}
