use super::mend::first_free;
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::{Class, ClassRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind, Source};
use crate::text::TextRange;

declare_rule! {
    /// ## What it does
    ///
    /// Reports `started`, `finished` and `destroyed` defined anew as signals of a `QThread` subclass, and `destroyed`
    /// in any `QObject`.
    ///
    /// ## Why is this bad
    ///
    /// The class's own signal hides Qt's. Whoever connects to `finished` gets the one that `run` emits, while the
    /// thread still runs; what Qt emits at the real end reaches nobody. A slot that then drops the thread aborts the
    /// process.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QThread, Signal
    ///
    ///
    /// class Reader(QThread):
    ///     finished = Signal(str)
    ///
    ///     def run(self):
    ///         self.finished.emit("done")
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QThread, Signal
    ///
    ///
    /// class Reader(QThread):
    ///     read = Signal(str)
    ///
    ///     def run(self):
    ///         self.read.emit("done")
    /// ```
    ///
    /// ## Binding notes
    ///
    /// In PySide `started = Signal()` of the same signature still gets Qt's emission; `finished` does not.
    ///
    /// ## Limits
    ///
    /// The fix renames the signal where it is defined and used, in all files. There is none where a file that knows the
    /// class asks an object of unknown class for a signal of that name.
    ///
    /// `finished` of a worker that is a plain `QObject` is right, and is not reported; nor is a plain attribute of
    /// that name.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#finished>
    pub(crate) static RULE = {
        code: "HB401",
        name: "shadowed-signal",
        summary: "A signal of Qt's is redefined",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context
        .classes()
        .filter(|class| context.infer.is_a(&Class::Own(*class), "QObject"))
    {
        let body = context.project().class(class).body;
        let bases = context.infer.qt_bases(&Class::Own(class));
        let thread = bases.iter().any(|base| base.is_a("QThread"));
        for (name, bindings) in &context.tree().func(body).bindings {
            let built_in = if thread {
                matches!(&**name, "started" | "finished" | "destroyed")
            } else {
                name == "destroyed"
            };
            for binding in bindings.iter().filter(|_| built_in) {
                let Source::Value(value) = binding.source else { continue };
                if !context.types(value).list.contains(&Ty::SignalDefinition) {
                    continue;
                }
                let kind = if thread { "QThread" } else { "QObject" };
                let message = format!(
                    "`{name}` hides the signal that {kind} itself emits: what is connected to it never hears of the real {name}, and the own one fires while the thread still runs"
                );
                let range = binding
                    .target
                    .map_or_else(|| context.tree().range(value), |target| context.tree().range(target));
                let report = context.report(&RULE, range, message);
                let wanted = other_name(name);
                let others = [wanted.to_owned(), format!("{wanted}_signal"), format!("own_{name}")];
                let Some(new) = first_free(context, class, others) else {
                    report.help("give it another name").done();
                    continue;
                };
                let report = report.help(format!("give it another name, such as `{new}`"));
                match rename(context, class, range, name, &new) {
                    Some(edits) => report
                        .fix(format!("Rename it to `{new}`"), Applicability::Unsafe, edits)
                        .done(),
                    None => report.done(),
                }
            }
        }
    }
}

/// The definition and each use; nothing where a file that knows the class asks something unknown for a signal of this name.
fn rename(context: &Context<'_>, class: ClassRef, definition: TextRange, name: &str, new: &str) -> Option<Vec<Edit>> {
    let project = context.project();
    let family: Vec<ClassRef> = std::iter::once(class).chain(project.hierarchy.below(class)).collect();
    let ours = |ty: &Ty| matches!(ty, Ty::Signal(Class::Own(own), it) if it == name && family.contains(own));
    let mut edits = vec![context.edit(definition, new)];
    for file in project.ids() {
        let there = Context::new(context.infer, context.wiring, context.threads, file);
        let tree = there.tree();
        for (id, expr) in (0..).map(ExprId::new).zip(&tree.exprs) {
            let ExprKind::Attribute { attr, .. } = &expr.kind else {
                continue;
            };
            if attr != name {
                continue;
            }
            let types = there.types(id);
            let known = !types.unknown && !types.list.is_empty();
            if known && types.list.iter().all(ours) {
                edits.push(there.edit(expr.last(attr), new));
            } else if types.list.iter().any(ours) || (!known && project.acquainted(file, class.file)) {
                return None;
            }
        }
    }
    Some(edits)
}

fn other_name(name: &str) -> &'static str {
    match name {
        "finished" => "done",
        "started" => "work_started",
        _ => "gone",
    }
}
