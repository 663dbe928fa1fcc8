use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `QTimer.singleShot` with a callable, in a thread that runs no event loop.
    ///
    /// ## Why is this bad
    ///
    /// The timer belongs to the thread that makes it and needs an event loop there. In a Python thread, a job of a
    /// pool or a `run` of one's own there is none: the function is never called.
    ///
    /// ## Example
    ///
    /// ```python
    /// import threading
    ///
    /// from PyQt6.QtCore import QTimer
    /// from PyQt6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         threading.Thread(target=self.load, daemon=True).start()
    ///
    ///     def load(self):
    ///         QTimer.singleShot(0, lambda: self.label.setText("done"))
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import threading
    ///
    /// from PyQt6.QtCore import pyqtSignal
    /// from PyQt6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     loaded = pyqtSignal(str)
    ///
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.loaded.connect(self.label.setText)
    ///         threading.Thread(target=self.load, daemon=True).start()
    ///
    ///     def load(self):
    ///         self.loaded.emit("done")
    /// ```
    ///
    /// ## Binding notes
    ///
    /// For a lambda the same in all. A bound method of a widget mostly runs in PyQt, and is reported for PySide only.
    ///
    /// ## Limits
    ///
    /// With a context object as second argument the timer is that object's, and nothing is reported.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qtimer.html#singleShot>
    pub(crate) static RULE = {
        code: "HB408",
        name: "single-shot-off-thread",
        summary: "A single shot in a thread without an event loop",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in tree.method_calls("singleShot") {
        let func = context.func(tree.expr(call.id).func);
        let only_worker = context.runs_on(func, Colour::Worker) && !context.runs_on(func, Colour::Ui);
        // With a context object the timer is that object's.
        if !only_worker
            || call.args.len() != 2
            || context.infer.asks_for_thread(func)
            || !context.threads.without_loop(context.infer, func)
        {
            continue;
        }
        let timer = call
            .receiver
            .is_some_and(|receiver| context.text(receiver).ends_with("QTimer"));
        if timer && !finds_its_object(context, &call) {
            context
                .report(
                    &RULE,
                    tree.range(call.id),
                    "this thread runs no event loop, and a timer needs one: the function is never called",
                )
                .help("emit a signal; its slot runs in the thread of its object")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}

/// PyQt sends a bound method to the thread of its object, in most versions and for most lengths.
fn finds_its_object(context: &Context<'_>, call: &Call<'_>) -> bool {
    let pyqt = context.binding().is_none_or(|binding| binding.api.is_pyqt());
    let bound = |slot: &ExprId| matches!(context.tree().kind(*slot), ExprKind::Attribute { .. });
    pyqt && call.args.last().is_some_and(bound)
}
