//! Where threads enter the program's code.

mod assigned;
mod callbacks;
mod coroutines;
mod ui;

pub(super) use callbacks::callbacks;
pub(super) use coroutines::{coroutines, handed_over};
pub(super) use ui::{delayed, ui};

use super::{Cause, Entry};
use crate::model::code::Call;
use crate::model::infer::Infer;
use crate::model::project::FileId;
use crate::model::types::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::model::wiring::{Connect, Wiring};
use crate::syntax::tree::{ClassId, ExprId, FuncId};
use std::collections::VecDeque;

type Entries = VecDeque<(FuncRef, Cause)>;

/// Classes of which a method is called in a thread of its own.
const RUNNERS: [(&str, &str); 7] = [
    ("QThread", "run"),
    ("QRunnable", "run"),
    ("threading.Thread", "run"),
    ("qgis.core.QgsTask", "run"),
    ("napari.qt.threading.WorkerBase", "work"),
    ("napari._qt.qthreading.WorkerBase", "work"),
    ("superqt.utils.WorkerBase", "work"),
];

pub(super) fn worker(infer: &Infer<'_>, wiring: &Wiring) -> Entries {
    let mut entries = Entries::new();
    // What only tests run elsewhere, users do not.
    let program = |file: &FileId| !infer.project.file(*file).is_test;
    for file in infer.project.ids().filter(program) {
        runs(infer, file, &mut entries);
        for name in STARTERS {
            let tree = infer.project.tree(file);
            tree.method_calls(name)
                .for_each(|call| started(infer, file, &call, &mut entries));
        }
        decorated(infer, file, &mut entries);
    }
    wiring
        .connects
        .iter()
        .filter(|connect| program(&connect.call.file))
        .for_each(|connect| moved_slots(infer, wiring, connect, &mut entries));
    entries
}

fn classes(infer: &Infer<'_>, file: FileId) -> impl Iterator<Item = ClassRef> + use<> {
    let count = u32::try_from(infer.project.tree(file).classes.len()).unwrap_or(0);
    (0..count).map(move |class| ClassRef::new(file, ClassId(class)))
}

fn runs(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    for class in classes(infer, file) {
        let own = Class::Own(class);
        let Some((base, method)) = RUNNERS.iter().find(|(base, _)| infer.is_a(&own, base)) else {
            continue;
        };
        let Some(func) = infer.method(class, method) else {
            continue;
        };
        let range = infer.project.func(func).name_range;
        let title = match *base {
            "threading.Thread" => base,
            other => other.rsplit('.').next().unwrap_or(other),
        };
        let message = format!(
            "`{method}` of the {title} `{}` runs in a thread of its own",
            infer.project.class(class).name
        );
        entries.push_back((
            func,
            Cause::Entry {
                file: func.file,
                range,
                message,
                entry: Entry::Run,
            },
        ));
    }
}

/// Functions that run one of their arguments in another thread.
const STARTERS: [&str; 17] = [
    "Thread",
    "Timer",
    "start_new_thread",
    "submit",
    "map",
    "run_in_executor",
    "to_thread",
    "start",
    "run",
    "deferToThread",
    "create",
    "apply_async",
    "tryStart",
    "create_worker",
    "QTask",
    "fromFunction",
    "startOnReservedThread",
];

fn started(infer: &Infer<'_>, file: FileId, call: &Call<'_>, entries: &mut Entries) {
    let Some(argument) = started_argument(infer, file, call) else {
        return;
    };
    let tree = infer.project.tree(file);
    if infer.is_unused(FuncRef::new(file, tree.expr(call.id).func)) {
        return;
    }
    let how = infer.project.file(file).slice(tree.range(call.callee)).to_owned();
    for func in infer.functions(ExprRef::new(file, argument)) {
        let message = format!("`{how}` runs {} in another thread", infer.title(func));
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

/// The argument that a call runs in another thread.
fn started_argument(infer: &Infer<'_>, file: FileId, call: &Call<'_>) -> Option<ExprId> {
    let types = infer.in_file(file, call.callee);
    let names: Vec<&str> = types.list.iter().filter_map(Ty::other).collect();
    let is = |name: &str| names.contains(&name);
    let own_thread = || {
        types
            .list
            .iter()
            .any(|ty| matches!(ty, Ty::Class(class) if infer.is_a(class, "threading.Thread")))
    };
    let pool_class = |ty: &Ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QThreadPool"));
    let on_pool = || types.list.iter().any(pool_class);
    let first = call.args.first().copied();
    match call.name {
        "Thread" if is("threading.Thread") || own_thread() => call.argument(1, "target"),
        "Timer" if is("threading.Timer") => call.argument(1, "function"),
        "start_new_thread" if is("_thread.start_new_thread") || is("thread.start_new_thread") => first,
        "submit" | "map" if names.iter().any(|name| name.contains("ThreadPoolExecutor#")) => first,
        "apply_async" | "map" if names.iter().any(|name| name.contains("ThreadPool#")) => first,
        "submit" if names.is_empty() && types.unknown => first.filter(|_| call.receiver.is_some()),
        "run_in_executor" => call.args.get(1).copied(),
        "to_thread" if is("asyncio.to_thread") || is("anyio.to_thread") => first,
        "deferToThread" | "create_worker" => first,
        "start" | "tryStart" | "startOnReservedThread" if on_pool() => first,
        "run" if is("qt.QtConcurrent.run") => first,
        "create"
            if types
                .list
                .iter()
                .any(|ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QThread"))) =>
        {
            first
        }
        "fromFunction" if names.iter().any(|name| name.contains("QgsTask")) => call.args.get(1).copied(),
        _ => None,
    }
}

impl Infer<'_> {
    /// The program's own functions that a callable is.
    pub(crate) fn functions(&self, callable: ExprRef) -> Vec<FuncRef> {
        let types = self.expr(callable);
        types
            .list
            .iter()
            .filter_map(|ty| match ty {
                Ty::Func(func) | Ty::Method(func, _) => Some(*func),
                Ty::Instance(Class::Own(class)) => {
                    self.method(*class, "run").or_else(|| self.method(*class, "__call__"))
                }
                _ => None,
            })
            .collect()
    }
}

/// `@thread_worker`, the program's own word for it, and decorators that start a thread.
fn decorated(infer: &Infer<'_>, file: FileId, entries: &mut Entries) {
    let tree = infer.project.tree(file);
    let count = u32::try_from(tree.funcs.len()).unwrap_or(0);
    for func in (0..count).map(|func| FuncRef::new(file, FuncId(func))) {
        for decorator in &infer.project.func(func).decorators {
            let named = tree.call(*decorator).map_or(*decorator, |call| call.callee);
            let Some(name) = tree.last_name(named) else { continue };
            if matches!(&**name, "thread_worker" | "worker_thread") || starts_thread(infer, ExprRef::new(file, named)) {
                let message = format!("`@{name}` runs {} in another thread", infer.title(func));
                entries.push_back((
                    func,
                    Cause::Entry {
                        file,
                        range: tree.range(*decorator),
                        message,
                        entry: Entry::Run,
                    },
                ));
            }
        }
    }
}

/// Whether a decorator's body hands its parameter, or the wrapper around it, to a thread.
fn starts_thread(infer: &Infer<'_>, decorator: ExprRef) -> bool {
    infer.expr(decorator).list.iter().any(|ty| {
        let Ty::Func(func) = ty else { return false };
        let tree = infer.project.tree(func.file);
        let Some(param) = tree.func(func.func).params.first().map(|param| param.name.clone()) else {
            return false;
        };
        let mut threads = tree
            .method_calls("Thread")
            .filter(|call| infer_inside(infer, *func, call.id));
        threads.any(|call| {
            call.keyword("target")
                .and_then(|target| tree.path(target))
                .is_some_and(|path| path == param)
        })
    })
}

fn infer_inside(infer: &Infer<'_>, func: FuncRef, expr: ExprId) -> bool {
    let tree = infer.project.tree(func.file);
    tree.func(func.func).range.contains(tree.range(expr))
}

fn moved_slots(infer: &Infer<'_>, wiring: &Wiring, connect: &Connect, entries: &mut Entries) {
    if connect.precedes_move(infer, wiring).is_some() {
        return;
    }
    for (func, class) in connect.functions() {
        if class.is_some_and(|class| wiring.is_moved(infer, class)) {
            let what = "is a slot of an object that was moved to another thread";
            entries.push_back((func, slot(infer, connect, func, what)));
        }
    }
}

/// That a connection makes `func` an entry.
fn slot(infer: &Infer<'_>, connect: &Connect, func: FuncRef, what: &str) -> Cause {
    Cause::Entry {
        file: connect.call.file,
        range: infer.project.tree(connect.call.file).range(connect.call.expr),
        message: format!("{} {what}", infer.title(func)),
        entry: Entry::Slot,
    }
}
