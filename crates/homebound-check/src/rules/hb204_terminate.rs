use crate::context::Context;
use crate::model::Ty;
use crate::model::code::Call;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `terminate()` of a `QThread`.
    ///
    /// ## Why is this bad
    ///
    /// The thread dies wherever it is. Locks stay held, files are half written; and a thread that dies while it holds
    /// Python's own lock hangs the whole process.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         read_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.reader = Reader()
    ///         self.reader.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.reader.terminate()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         while not self.isInterruptionRequested():
    ///             read_some()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.reader = Reader()
    ///         self.reader.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.reader.requestInterruption()
    ///         self.reader.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// `terminate` of processes, and a `terminate` that the program defines itself, are something else and are not
    /// reported. As a last resort after a wait with a limit it is reported with milder words.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#terminate>
    pub(crate) static RULE = {
        code: "HB204",
        name: "terminate",
        summary: "A thread is killed",
        group: Group::Lifetime,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for call in context
        .tree()
        .method_calls("terminate")
        .filter(|call| is_thread(context, call))
    {
        let message = if last_resort(context, &call) {
            "`terminate` as the last resort still leaves locks held, Python's own among them: the process can hang instead of ending"
        } else {
            "`terminate` kills the thread wherever it is: locks stay held, files half written, and a thread killed while it holds Python's lock hangs the whole process"
        };
        context
            .report(&RULE, context.tree().range(call.id), message)
            .help("ask it to end (a flag, `requestInterruption()`, `quit()` where it has an event loop) and `wait()` for it")
            .done();
    }
}

fn is_thread(context: &Context<'_>, call: &Call<'_>) -> bool {
    let types = context.types(call.callee);
    let known = |ty: &Ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QThread"));
    types.values().next().is_some() && types.values().all(known)
}

/// Whether the same function has waited for the thread before.
fn last_resort(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let before = |other: &Call<'_>| tree.range(other.id).start < tree.range(call.id).start;
    tree.calls_in(tree.expr(call.id).func)
        .any(|other| other.name == "wait" && other.has_arguments() && before(&other))
}
