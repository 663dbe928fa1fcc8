use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::{Class, ClassRef};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, FuncId, Source};
use crate::text::{LineIndex, TextRange};

declare_rule! {
    /// ## What it does
    ///
    /// Reports an object of signals that is made in the body of a `QRunnable` class.
    ///
    /// ## Why is this bad
    ///
    /// It is made once, for all jobs. Each `connect` of each job adds another slot to it, and each result goes to
    /// all: with three jobs, a slot is called three times per result.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QRunnable, Signal
    ///
    ///
    /// class Signals(QObject):
    ///     done = Signal(int)
    ///
    ///
    /// class Job(QRunnable):
    ///     signals = Signals()
    ///
    ///     def run(self):
    ///         self.signals.done.emit(1)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QRunnable, Signal
    ///
    ///
    /// class Signals(QObject):
    ///     done = Signal(int)
    ///
    ///
    /// class Job(QRunnable):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.signals = Signals()
    ///
    ///     def run(self):
    ///         self.signals.done.emit(1)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// None.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qrunnable.html>
    pub(crate) static RULE = {
        code: "HB403",
        name: "shared-runnable-signals",
        summary: "All jobs share one object of signals",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context
        .classes()
        .filter(|class| context.infer.is_a(&Class::Own(*class), "QRunnable"))
    {
        for (name, bindings) in &context.tree().func(context.project().class(class).body).bindings {
            for binding in bindings {
                let Source::Value(value) = binding.source else { continue };
                let makes = context.tree().call(value).is_some();
                if makes
                    && context
                        .own_class(value)
                        .is_some_and(|holder| context.infer.is_a(&Class::Own(holder), "QObject"))
                {
                    let message = format!(
                        "`{name}` is made once for the class: each job's signals go to the slots of all jobs, so with three jobs a slot is called three times per result"
                    );
                    let report = context
                        .report(&RULE, context.tree().range(value), message)
                        .help(format!(
                            "make it in `__init__`: `self.{name} = {}`",
                            context.text(value)
                        ));
                    match into_init(context, class, name, value) {
                        Some(edits) => report
                            .fix("Make it for each job, in `__init__`", Applicability::Safe, edits)
                            .done(),
                        None => report.done(),
                    }
                }
            }
        }
    }
}

/// The line moves behind the constructor's call of its base, or into a constructor of its own.
fn into_init(context: &Context<'_>, class: ClassRef, name: &str, value: ExprId) -> Option<Vec<Edit>> {
    let tree = context.tree();
    let text = &context.file().source.text;
    let stmt = tree.stmt(tree.stmt_of(value)?).range;
    let indent = context.indent_at(stmt.start)?;
    let assign = format!("self.{name} = {}", context.text(value));
    let lines = LineIndex::new(text);
    let Some(init) = context.project().class(class).methods.get("__init__") else {
        let direct = context.project().class(class).bases.len() == 1;
        let written = format!("def __init__(self):\n{indent}    super().__init__()\n{indent}    {assign}");
        return direct.then(|| vec![context.edit(stmt, written)]);
    };
    let base = base_call(context, *init)?;
    let inner = context.indent_at(base.start)?;
    let line = lines.line_range(lines.line(stmt.start), text);
    let alone = line.start + u32::try_from(indent.len()).unwrap_or(0) == stmt.start && stmt.end < line.end;
    alone.then(|| {
        vec![
            context.edit(line, ""),
            context.edit(TextRange::new(base.end, base.end), format!("\n{inner}{assign}")),
        ]
    })
}

/// The statement in a constructor that calls its base's.
fn base_call(context: &Context<'_>, init: FuncId) -> Option<TextRange> {
    let tree = context.tree();
    let call = tree
        .calls_in(init)
        .find(|call| call.name == "__init__" && tree.is_statement(call.id))?;
    Some(tree.stmt(tree.stmt_of(call.id)?).range)
}
