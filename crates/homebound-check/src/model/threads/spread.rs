//! From a function to those it calls.

use super::Cause;
use crate::model::infer::Infer;
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Nearest first, so that the evidence is the shortest way.
pub(super) fn spread(infer: &Infer<'_>, open: &mut VecDeque<(FuncRef, Cause)>, known: &mut FxHashMap<FuncRef, Cause>) {
    while let Some((func, cause)) = open.pop_front() {
        if known.contains_key(&func) {
            continue;
        }
        known.insert(func, cause);
        if infer.asks_for_thread(func) {
            continue;
        }
        for (target, call) in infer.callees(func) {
            if !known.contains_key(&target) && infer.runs_when_called(target) {
                open.push_back((target, Cause::Call { caller: func, call }));
            }
        }
    }
}

/// Decorators that leave the function on the caller's thread.
const TRANSPARENT: [&str; 24] = [
    "Slot",
    "pyqtSlot",
    "staticmethod",
    "classmethod",
    "property",
    "cached_property",
    "setter",
    "override",
    "abstractmethod",
    "lru_cache",
    "cache",
    "wraps",
    "contextmanager",
    "final",
    "overload",
    "no_type_check",
    "profile",
    "getter",
    "deleter",
    "asynccontextmanager",
    "singledispatchmethod",
    "deprecated",
    "any_thread",
    "worker_thread",
];

/// Calls that say which thread it is.
const THREAD_WORDS: [&str; 9] = [
    "currentThread",
    "current_thread",
    "main_thread",
    "isMainThread",
    "currentThreadId",
    "get_ident",
    "is_main_thread",
    "isCurrentThread",
    "in_main_thread",
];

impl Infer<'_> {
    /// Whether a function tests which thread it is on: then nothing is said of it.
    pub(crate) fn asks_for_thread(&self, func: FuncRef) -> bool {
        let tree = self.project.tree(func.file);
        let mut tests = tree.calls_in(func.func).filter(|call| !tree.is_statement(call.id));
        tests.any(|call| {
            THREAD_WORDS.contains(&call.name) || self.answers_which_thread(ExprRef::new(func.file, call.callee))
        })
    }

    /// Whether a function is the program's own word for it: `def is_gui_thread(): return QThread.currentThread() is ...`.
    fn answers_which_thread(&self, callee: ExprRef) -> bool {
        let tree = self.project.tree(callee.file);
        if !tree
            .last_name(callee.expr)
            .is_some_and(|name| name.to_ascii_lowercase().contains("thread"))
        {
            return false;
        }
        self.targets(callee, callee.expr).into_iter().any(|target| {
            let tree = self.project.tree(target.file);
            let answer = tree.func(target.func).returned.iter().map(|value| tree.range(*value));
            let mut answers = answer.flat_map(|range| tree.calls_within(target.func, range));
            answers.any(|call| THREAD_WORDS.contains(&call.name))
        })
    }

    /// Whether calling a function runs it: an unknown decorator may send it elsewhere.
    pub(crate) fn runs_when_called(&self, func: FuncRef) -> bool {
        let tree = self.project.tree(func.file);
        self.project.func(func).decorators.iter().all(|decorator| {
            let named = tree.call(*decorator).map_or(*decorator, |call| call.callee);
            tree.last_name(named).is_some_and(|name| TRANSPARENT.contains(&&**name))
        })
    }

    /// The program's own functions that a function calls, each with the call.
    pub(crate) fn callees(&self, func: FuncRef) -> Vec<(FuncRef, ExprRef)> {
        let tree = self.project.tree(func.file);
        let mut out = Vec::new();
        for call in tree.calls_in(func.func) {
            let site = ExprRef::new(func.file, call.id);
            out.extend(self.targets(site, call.callee).into_iter().map(|target| (target, site)));
        }
        for attribute in &tree.func(func.func).attributes {
            let ExprKind::Attribute { value, attr, .. } = tree.kind(*attribute) else {
                continue;
            };
            if self.project.properties.contains(attr) {
                let site = ExprRef::new(func.file, *attribute);
                out.extend(self.property(func, *value, attr).map(|target| (target, site)));
            }
        }
        out
    }

    fn property(&self, func: FuncRef, value: ExprId, attr: &str) -> Option<FuncRef> {
        let types = self.in_file(func.file, value);
        types.list.iter().find_map(|ty| match ty {
            Ty::Instance(Class::Own(class)) => {
                let target = self.method(*class, attr)?;
                self.project
                    .file(target.file)
                    .is_property(self.project.func(target))
                    .then_some(target)
            }
            _ => None,
        })
    }

    /// The program's own functions that a call may run.
    pub(crate) fn targets(&self, site: ExprRef, callee: ExprId) -> Vec<FuncRef> {
        let types = self.in_file(site.file, callee);
        let on_self = match self.project.kind(site.beside(callee)) {
            ExprKind::Attribute { value, .. } => {
                matches!(self.project.kind(site.beside(*value)), ExprKind::Name(name) if name == "self")
            }
            _ => false,
        };
        let mut out = Vec::new();
        for ty in &types.list {
            self.add_targets(ty, on_self, &mut out);
        }
        out
    }

    fn add_targets(&self, ty: &Ty, on_self: bool, out: &mut Vec<FuncRef>) {
        match ty {
            Ty::Func(func) => out.push(*func),
            Ty::Method(func, class) => {
                out.push(*func);
                if on_self {
                    out.extend(self.overrides(*func, *class));
                }
            }
            Ty::Class(Class::Own(class)) => out.extend(self.method(*class, "__init__")),
            Ty::Instance(Class::Own(class)) => out.extend(self.method(*class, "__call__")),
            _ => {}
        }
    }

    fn overrides(&self, func: FuncRef, class: ClassRef) -> Vec<FuncRef> {
        let name = &self.project.func(func).name;
        let below = self.project.hierarchy.below(class);
        below
            .iter()
            .filter_map(|class| {
                self.project
                    .class(*class)
                    .methods
                    .get(name)
                    .map(|func| FuncRef::new(class.file, *func))
            })
            .collect()
    }
}
