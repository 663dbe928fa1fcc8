mod run;

use super::blocking;
use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind, Name, Source, StmtKind};
use rustc_hash::FxHashSet;

declare_rule! {
    /// ## What it does
    ///
    /// Reports direct calls of working methods of a worker that was moved: methods that loop, that block (also in what
    /// they call), and that start or stop a timer which lives in the worker's thread. And direct calls of a thread's
    /// `run`, which is for `start()` to call.
    ///
    /// ## Why is this bad
    ///
    /// A call is a call: it runs in the thread of the caller. The move changes where slots run, nothing else.
    ///
    /// ## Example
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtCore import QObject, QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         time.sleep(5)
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.start()
    ///         self.worker.work()
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtCore import QObject, QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         time.sleep(5)
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.started.connect(self.worker.work)
    ///         self.thread.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Setters of flags and short methods may be called directly, and are not reported; nor is `run` in a function that
    /// also starts the thread, one way or the other.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/threads-qobject.html#signals-and-slots-across-threads>
    pub(crate) static RULE = {
        code: "HB303",
        name: "direct-call-on-worker",
        summary: "A moved worker's method is called directly",
        group: Group::Affinity,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    run::check(context);
    let tree = context.tree();
    for moved in context.wiring.moves_in(context.id) {
        let Some(path) = tree.path(moved.object).filter(|path| path != "self") else {
            continue;
        };
        let func = tree.expr(moved.call.expr).func;
        let around = context.infer.class_around(context.func(func));
        let Some(calls) = calls(context, &path, func, around) else {
            continue;
        };
        for call in calls {
            let here = context.func(tree.expr(call.id).func);
            let before = here.func == func && tree.range(call.id).start < tree.range(moved.call.expr).start;
            if before
                || context.runs_on(here, Colour::Worker)
                || (tree.func(here.func).kind == crate::syntax::tree::FuncKind::Lambda
                    && !context.runs_on(here, Colour::Ui))
            {
                continue;
            }
            let Some((target, work)) = working_method(context, &call) else {
                continue;
            };
            let why = match work {
                Work::Timer(timer) if !ended_before(context, &call) => {
                    format!(
                        "; its timer `self.{timer}` lives in the worker's thread, and can be started and stopped only there"
                    )
                }
                Work::Timer(_) => continue,
                Work::Long if is_slot_elsewhere(context, target) => {
                    "; its other calls come through a signal and run in the worker's".to_owned()
                }
                Work::Long => String::new(),
            };
            let message = format!(
                "this calls `{}` in the caller's thread, the user interface, although the worker was moved{why}",
                call.name
            );
            context
                .report(&RULE, tree.range(call.id), message)
                .help("connect a signal to it and emit that, or `QMetaObject.invokeMethod(worker, …, Qt.QueuedConnection)`")
                .related(vec![context.related(tree.range(moved.call.expr), "moved to another thread here")])
                .done();
        }
    }
}

/// Calls of methods on the same path: of a local in its function, of an attribute in its class.
fn calls<'c>(
    context: &Context<'c>,
    path: &str,
    func: crate::syntax::tree::FuncId,
    around: Option<ClassRef>,
) -> Option<Vec<Call<'c>>> {
    let tree = context.tree();
    let ours = |call: &Call<'_>| {
        call.receiver
            .and_then(|receiver| tree.path(receiver))
            .is_some_and(|other| other == path)
    };
    if !path.contains('.') {
        return Some(tree.calls_in(func).filter(ours).collect());
    }
    let class = around.filter(|_| path.starts_with("self."))?;
    let inside = |func: &FuncRef| context.infer.class_around(*func) == Some(class);
    Some(
        context
            .functions()
            .filter(inside)
            .flat_map(|func| tree.calls_in(func.func))
            .filter(ours)
            .collect(),
    )
}

/// Why a method belongs into the worker's thread.
enum Work {
    /// It takes its time.
    Long,
    /// It starts or stops this timer, which lives there.
    Timer(Name),
}

/// The worker's own method that is called, where it works: loops, or waits, or drives a timer.
fn working_method(context: &Context<'_>, call: &Call<'_>) -> Option<(FuncRef, Work)> {
    let types = context.types(call.callee);
    let [Ty::Method(target, class)] = types.list.as_slice() else {
        return None;
    };
    let known = !types.unknown
        && context.wiring.is_moved(context.infer, *class)
        && context.infer.is_a(&Class::Own(*class), "QObject");
    if !known {
        return None;
    }
    if works(context, *target) || runs_on_started(context, *target) {
        return Some((*target, Work::Long));
    }
    let timer = timer_driven(context, *target, *class)?;
    Some((*target, Work::Timer(timer)))
}

/// Words that say that a method ends the work: what it waits for is mostly over at once.
const ENDINGS: [&str; 11] = [
    "stop",
    "cancel",
    "close",
    "quit",
    "abort",
    "end",
    "shutdown",
    "cleanup",
    "clean_up",
    "disconnect",
    "terminate",
];

fn works(context: &Context<'_>, func: FuncRef) -> bool {
    let name = context.project().func(func).name.to_ascii_lowercase();
    let ends = ENDINGS
        .iter()
        .any(|word| name.trim_start_matches('_').starts_with(word));
    loops(context, func)
        || (!ends && hands_to_a_loop(context, func))
        || blocks(context, func, if ends { 0 } else { DEEPEST }, &mut FxHashSet::default())
}

fn loops(context: &Context<'_>, func: FuncRef) -> bool {
    let tree = context.project().tree(func.file);
    let body = &tree.func(func.func).body;
    let mut statements = tree.statements(body).into_iter();
    statements.any(|stmt| matches!(tree.stmt(stmt).kind, StmtKind::While { .. }))
}

/// Whether a method's last statement is a call of another one of its class, which loops.
fn hands_to_a_loop(context: &Context<'_>, func: FuncRef) -> bool {
    let tree = context.project().tree(func.file);
    let last = tree.func(func.func).body.last().map(|stmt| &tree.stmt(*stmt).kind);
    let Some(call) = last.and_then(|kind| match kind {
        StmtKind::Expr(value) => tree.call(*value),
        _ => None,
    }) else {
        return false;
    };
    let own = tree.self_attribute(call.callee).is_some();
    let targets = context.infer.targets(ExprRef::new(func.file, call.id), call.callee);
    own && targets.into_iter().any(|target| loops(context, target))
}

/// How far a method's calls are followed to one that blocks.
const DEEPEST: u8 = 4;

fn blocks(context: &Context<'_>, func: FuncRef, deeper: u8, seen: &mut FxHashSet<FuncRef>) -> bool {
    let tree = context.project().tree(func.file);
    let here = tree
        .calls_in(func.func)
        .any(|call| blocking::blocks_in(context.infer, ExprRef::new(func.file, call.id)).is_some());
    here || deeper > 0
        && context.infer.callees(func).into_iter().any(|(target, _)| {
            seen.insert(target) && context.infer.runs_when_called(target) && blocks(context, target, deeper - 1, seen)
        })
}

/// The timer that a method of a worker starts or stops, where it was made in the worker's thread or moved along.
fn timer_driven(context: &Context<'_>, func: FuncRef, class: ClassRef) -> Option<Name> {
    let tree = context.project().tree(func.file);
    tree.calls_in(func.func).find_map(|call| {
        let timer = tree.self_attribute(call.receiver?)?;
        (matches!(call.name, "start" | "stop") && is_workers_timer(context, class, timer)).then(|| timer.clone())
    })
}

fn is_workers_timer(context: &Context<'_>, class: ClassRef, attr: &Name) -> bool {
    let tree = context.project().tree(class.file);
    let bindings = context.project().class(class).attributes.get(attr);
    let mut made = bindings
        .into_iter()
        .flatten()
        .filter_map(|binding| match binding.source {
            Source::Value(value) if is_timer(context, class, value) => Some(value),
            _ => None,
        });
    made.next().is_some_and(|value| {
        let func = FuncRef::new(class.file, tree.expr(value).func);
        let parent = tree
            .call(value)
            .and_then(|call| call.argument(0, "parent"))
            .is_some_and(|parent| tree.path(parent).is_some_and(|path| path == "self"));
        let there = context.runs_on(func, Colour::Worker) && !context.runs_on(func, Colour::Ui);
        made.next().is_none() && (parent || there)
    })
}

fn is_timer(context: &Context<'_>, class: ClassRef, value: ExprId) -> bool {
    let types = context.infer.in_file(class.file, value);
    matches!(types.instances().as_slice(), [Class::Qt(class)] if class.name() == "QTimer")
}

/// Whether the thread was awaited before a call: what was left in it disturbs nobody.
fn ended_before(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let start = tree.range(call.id).start;
    tree.calls_in(tree.expr(call.id).func)
        .any(|other| other.name == "wait" && tree.range(other.id).start < start)
}

/// The slot of a thread's `started` is the work itself.
fn runs_on_started(context: &Context<'_>, target: FuncRef) -> bool {
    let started = context.wiring.connects.iter().filter(|connect| {
        connect.signal == "started"
            && connect
                .sender_classes
                .iter()
                .any(|class| context.infer.is_a(class, "QThread"))
    });
    let plain = |slot: ExprRef| matches!(context.project().kind(slot), ExprKind::Attribute { .. });
    started
        .filter(|connect| plain(ExprRef::new(connect.call.file, connect.slot)))
        .any(|connect| connect.functions().any(|(func, _)| func == target))
}

fn is_slot_elsewhere(context: &Context<'_>, target: FuncRef) -> bool {
    let connects = context.wiring.connects.iter();
    connects.into_iter().any(|connect| {
        matches!(
            context.project().kind(ExprRef::new(connect.call.file, connect.slot)),
            ExprKind::Attribute { .. }
        ) && connect.functions().any(|(func, _)| func == target)
    })
}
