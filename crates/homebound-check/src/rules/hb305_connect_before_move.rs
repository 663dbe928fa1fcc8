use crate::context::Context;
use crate::fix::Applicability;
use crate::rule::{FixAvailability, Group, declare_rule};

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
            && let Some(edit) = decorate(context, func)
        {
            report = report.fix("Decorate the slot with `@pyqtSlot()`", Applicability::Safe, vec![edit]);
        }
        report.done();
    }
}

/// The decorator under the name that the file imports it by; a slot with parameters would need their types.
fn decorate(context: &Context<'_>, func: crate::model::FuncRef) -> Option<crate::fix::Edit> {
    let def = context.tree().func(func.func);
    let module = context.func(crate::syntax::tree::MODULE);
    let mut names: Vec<_> = context.project().func(module).bindings.keys().collect();
    names.sort_unstable();
    let known = |name: &&&crate::syntax::tree::Name| {
        context.infer.exported(context.id, name).list == [crate::model::Ty::Other("qt.Slot".into())]
    };
    let name =
        match names.iter().find(known) {
            Some(name) => name.to_string(),
            None => format!(
                "{}.pyqtSlot",
                names.iter().find(|name| context.infer.exported(context.id, name).list
                    == [crate::model::Ty::Other("qt.QtCore".into())])?
            ),
        };
    let indent = context.indent_at(def.range.start)?;
    let single =
        def.params.len() == 1 && def.decorators.is_empty() && context.file().slice(def.range).starts_with("def");
    let start = crate::text::TextRange::new(def.range.start, def.range.start);
    single.then(|| context.edit(start, format!("@{name}()\n{indent}")))
}
