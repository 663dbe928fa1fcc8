use super::blocking;
use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, ClassRef, ExprRef, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprKind, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports direct calls of working methods of a worker that was moved: methods that loop or block.
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
    /// Setters of flags and short methods may be called directly, and are not reported.
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
            let Some((target, class)) = working_method(context, &call) else {
                continue;
            };
            let slot = is_slot_elsewhere(context, target, class);
            let message = format!(
                "this calls `{}` in the caller's thread, the user interface, although the worker was moved{}",
                call.name,
                if slot {
                    "; its other calls come through a signal and run in the worker's"
                } else {
                    ""
                }
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

/// The worker's own method that is called, where it works: loops, or waits.
fn working_method(context: &Context<'_>, call: &Call<'_>) -> Option<(FuncRef, ClassRef)> {
    let types = context.types(call.callee);
    let [Ty::Method(target, class)] = types.list.as_slice() else {
        return None;
    };
    let known = !types.unknown
        && context.wiring.is_moved(context.infer, *class)
        && context.infer.is_a(&Class::Own(*class), "QObject");
    (known && (works(context, *target) || runs_on_started(context, *target))).then_some((*target, *class))
}

fn works(context: &Context<'_>, func: FuncRef) -> bool {
    let tree = context.project().tree(func.file);
    let blocks = tree
        .calls_in(func.func)
        .any(|call| blocking::blocks_in(context.infer, ExprRef::new(func.file, call.id)).is_some());
    let body = &tree.func(func.func).body;
    let loops = tree
        .statements(body)
        .into_iter()
        .any(|stmt| matches!(tree.stmt(stmt).kind, StmtKind::While { .. }));
    blocks || loops
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

fn is_slot_elsewhere(context: &Context<'_>, target: FuncRef, _: ClassRef) -> bool {
    let connects = context.wiring.connects.iter();
    connects.into_iter().any(|connect| {
        matches!(
            context.project().kind(ExprRef::new(connect.call.file, connect.slot)),
            ExprKind::Attribute { .. }
        ) && connect.functions().any(|(func, _)| func == target)
    })
}
