use super::mend::decorator;
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::FuncRef;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it does
    ///
    /// Reports connections of an undecorated slot of a worker that stand before `moveToThread`.
    ///
    /// ## Why is this bad
    ///
    /// PyQt wraps such a slot in an object of its own, in the thread that it finds at that moment. The move comes too
    /// late: the slot runs in the user interface.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// def start():
    ///     thread = QThread()
    ///     worker = Worker()
    ///     thread.started.connect(worker.work)
    ///     worker.moveToThread(thread)
    ///     return thread, worker
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread, pyqtSlot
    ///
    ///
    /// class Worker(QObject):
    ///     @pyqtSlot()
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// def start():
    ///     thread = QThread()
    ///     worker = Worker()
    ///     thread.started.connect(worker.work)
    ///     worker.moveToThread(thread)
    ///     return thread, worker
    /// ```
    ///
    /// ## Binding notes
    ///
    /// PyQt5 and PyQt6 only: PySide looks at the object when the signal comes.
    ///
    /// ## Limits
    ///
    /// Both must stand in one function, in this order.
    ///
    /// ## References
    ///
    /// <https://www.riverbankcomputing.com/static/Docs/PyQt6/signals_slots.html>
    pub(crate) static RULE = {
        code: "HB305",
        name: "connect-before-move",
        summary: "An undecorated slot is connected before its object moves",
        group: Group::Affinity,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        let Some(later) = connect.precedes_move(context.infer, context.wiring) else {
            continue;
        };
        let Some((func, _)) = connect.functions().next() else {
            continue;
        };
        let (name, api) = (context.infer.title(func), context.binding_name());
        let mut report = context
            .report(&RULE, context.tree().range(connect.call.expr), format!("{api} fixes the thread of an undecorated slot when it is connected, and the move comes later: {name} runs in the user interface and freezes it"))
            .help("decorate the slot with `@pyqtSlot()`, or connect after `moveToThread`")
            .related(vec![context.related(context.tree().range(later.expr), "moved here")]);
        if func.file == context.id
            && let Some(edits) = decorate(context, func)
        {
            report = report.fix("Decorate the slot with `@pyqtSlot()`", Applicability::Safe, edits);
        }
        report.done();
    }
}

/// A slot with parameters would need their types.
fn decorate(context: &Context<'_>, func: FuncRef) -> Option<Vec<Edit>> {
    let def = context.tree().func(func.func);
    let indent = context.indent_at(def.range.start)?;
    let single = def.params.len() == 1 && def.decorators.is_empty();
    let (name, import) = decorator(context).filter(|_| single)?;
    let start = TextRange::new(def.range.start, def.range.start);
    let mut edits = vec![context.edit(start, format!("@{name}()\n{indent}"))];
    edits.extend(import);
    Some(edits)
}
