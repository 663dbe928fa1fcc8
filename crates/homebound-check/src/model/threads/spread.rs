//! From a function to those it calls.

use super::Cause;
use super::literals::Literals;
use crate::model::infer::Infer;
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Nearest first, so that the evidence is the shortest way.
pub(super) fn spread(infer: &Infer<'_>, entries: VecDeque<(FuncRef, Cause)>, reached: &mut Reached) {
    let entries = entries.into_iter();
    let mut open: VecDeque<_> = entries
        .map(|(func, cause)| (func, cause, Literals::default()))
        .collect();
    while let Some((func, cause, literals)) = open.pop_front() {
        if !reached.add(func, cause, &literals) {
            continue;
        }
        // A thread that makes the application is the user interface's.
        if infer.asks_for_thread(func) || infer.application_made_in(func).is_some() {
            continue;
        }
        for (target, call) in infer.callees(func) {
            let news = reached.literals(target).is_none_or(|literals| !literals.is_empty());
            if !news || !infer.runs_when_called(target) || !reached.comes_to(infer, func, call) {
                continue;
            }
            let literals = Literals::of(infer, target, call);
            open.push_back((target, Cause::Call { caller: func, call }, literals));
        }
    }
}

/// What a colour came to.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub causes: FxHashMap<FuncRef, Cause>,
    literals: FxHashMap<FuncRef, Literals>,
}

impl Reached {
    /// Whether a way to a function says something new of it.
    fn add(&mut self, func: FuncRef, cause: Cause, literals: &Literals) -> bool {
        let Some(known) = self.literals.get_mut(&func) else {
            self.causes.insert(func, cause);
            self.literals.insert(func, literals.clone());
            return true;
        };
        let both = known.meet(literals);
        let weaker = both != *known;
        *known = both;
        weaker
    }

    fn literals(&self, func: FuncRef) -> Option<&Literals> {
        self.literals.get(&func)
    }

    /// Whether a place of a function that was reached is come to with what its calls give it.
    pub(super) fn comes_to(&self, infer: &Infer<'_>, func: FuncRef, place: ExprRef) -> bool {
        self.literals(func)
            .is_none_or(|literals| !literals.exclude(infer, place))
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

    /// Where a function makes the application, whose thread is that of the user interface.
    pub(crate) fn application_made_in(&self, func: FuncRef) -> Option<ExprId> {
        let tree = self.project.tree(func.file);
        let application = |ty: &Ty| matches!(ty, Ty::Class(class) if self.is_a(class, "QGuiApplication"));
        // One that first asks for the application makes it only where there is none.
        if tree.calls_in(func.func).any(|call| call.name == "instance") {
            return None;
        }
        let mut calls = tree
            .calls_in(func.func)
            .filter(|call| call.name.ends_with("Application"));
        calls
            .find(|call| self.in_file(func.file, call.callee).list.iter().any(application))
            .map(|call| call.id)
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
        let handed = super::entries::handed_over(tree, func.func);
        for call in tree.calls_in(func.func) {
            let site = ExprRef::new(func.file, call.id);
            let mut targets = self.targets(site, call.callee);
            targets.retain(|target| !handed.contains(&call.id) || !self.project.func(*target).is_async);
            out.extend(targets.into_iter().map(|target| (target, site)));
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
