use crate::context::Context;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::Source;

declare_rule! {
    /// ## What it does
    ///
    /// Reports signals in the body of a `QRunnable` that is no `QObject`.
    ///
    /// ## Why is this bad
    ///
    /// Signals work on objects of Qt's object system only. The class is made without complaint; the first `connect`
    /// or `emit` raises.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QRunnable, Signal
    ///
    ///
    /// class Job(QRunnable):
    ///     done = Signal(int)
    ///
    ///     def run(self):
    ///         self.done.emit(1)
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
    /// PyQt raises a TypeError, PySide an AttributeError. A class that is both a `QRunnable` and a `QObject` crashes
    /// in PyQt.
    ///
    /// ## Limits
    ///
    /// None.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qrunnable.html>
    pub(crate) static RULE = {
        code: "HB402",
        name: "signal-on-runnable",
        summary: "A QRunnable has a signal of its own",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context.classes() {
        let own = Class::Own(class);
        let opaque = context
            .infer
            .ancestry(class)
            .iter()
            .any(|base| matches!(base, Class::Other(name) if name != "builtins.object"));
        if !context.infer.is_a(&own, "QRunnable") || context.infer.is_a(&own, "QObject") || opaque {
            continue;
        }
        for (name, bindings) in &context.tree().func(context.project().class(class).body).bindings {
            for binding in bindings {
                let Source::Value(value) = binding.source else { continue };
                if context.types(value).list.contains(&Ty::SignalDefinition) {
                    let error = error_name(context);
                    let message = format!(
                        "a QRunnable is no QObject: the first `{name}.connect` or `{name}.emit` raises {error}"
                    );
                    context
                        .report(&RULE, context.tree().range(value), message)
                        .help("put the signals into a QObject of their own and make one in `__init__`: `self.signals = Signals()`")
                        .done();
                }
            }
        }
    }
}

fn error_name(context: &Context<'_>) -> &'static str {
    let pyqt = context.binding().is_some_and(|binding| binding.api.is_pyqt());
    if pyqt { "TypeError" } else { "AttributeError" }
}
