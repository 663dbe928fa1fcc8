use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::{Class, ClassRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprKind, Source};
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
        fix: FixAvailability::Always,
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
                context
                    .report(&RULE, range, message)
                    .help(format!("give it another name, such as `{}`", other_name(name)))
                    .fix(
                        format!("Rename it to `{}` in this class", other_name(name)),
                        Applicability::Unsafe,
                        rename(context, class, range, name),
                    )
                    .done();
            }
        }
    }
}

/// The definition, and what the class itself says of it; users elsewhere are left.
fn rename(context: &Context<'_>, class: ClassRef, definition: TextRange, name: &str) -> Vec<Edit> {
    let tree = context.tree();
    let whole = context.project().class(class).range;
    let mut edits = vec![context.edit(definition, other_name(name))];
    for expr in tree.exprs.iter().filter(|expr| whole.contains(expr.range)) {
        let ExprKind::Attribute { value, attr } = &expr.kind else {
            continue;
        };
        if attr == name && matches!(tree.kind(*value), ExprKind::Name(this) if this == "self") {
            edits.push(context.edit(expr.last(attr), other_name(name)));
        }
    }
    edits
}

fn other_name(name: &str) -> &'static str {
    match name {
        "finished" => "done",
        "started" => "work_started",
        _ => "gone",
    }
}
