use crate::context::Context;
use crate::model::Ty;
use crate::model::code::Call;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprId;

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
    /// reported. As a last resort after a wait with a limit it is reported with milder words. An object of which nothing
    /// is known counts as a thread where the same function asks it `isRunning()`, tells it to quit and waits for it.
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

const KILLS: &str = "`terminate` kills the thread wherever it is: locks stay held, files half written, and a thread killed while it holds Python's lock hangs the whole process";

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for call in context.tree().method_calls("terminate") {
        if !(is_thread(context, call.callee) || behaves_like_thread(context, &call)) {
            continue;
        }
        let message = if last_resort(context, &call) {
            "`terminate` as the last resort still leaves locks held, Python's own among them: the process can hang instead of ending"
        } else {
            KILLS
        };
        report(context, call.id, message);
    }
    for connect in context.wiring.in_file(context.id) {
        let slot = context.tree().last_name(connect.slot);
        if slot.is_some_and(|slot| slot == "terminate") && is_thread(context, connect.slot) {
            report(context, connect.slot, KILLS);
        }
    }
}

fn report(context: &Context<'_>, at: ExprId, message: &str) {
    context
        .report(&RULE, context.tree().range(at), message)
        .help(
            "ask it to end (a flag, `requestInterruption()`, `quit()` where it has an event loop) and `wait()` for it",
        )
        .done();
}

fn is_thread(context: &Context<'_>, method: ExprId) -> bool {
    let types = context.types(method);
    let known = |ty: &Ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QThread"));
    types.values().next().is_some() && types.values().all(known)
}

/// Whether something unknown is used as only a `QThread` is: asked whether it runs, told to quit, and awaited.
fn behaves_like_thread(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let types = context.types(call.callee);
    let Some(path) = call.receiver.and_then(|receiver| tree.path(receiver)) else {
        return false;
    };
    let ours = |other: &Call<'_>| other.receiver.and_then(|receiver| tree.path(receiver)).as_ref() == Some(&path);
    let calls = |names: &[&str]| {
        let mut calls = tree.calls_in(tree.expr(call.id).func);
        calls.any(|other| names.contains(&other.name) && ours(&other))
    };
    types.unknown
        && types.list.is_empty()
        && calls(&["isRunning"])
        && calls(&["quit", "requestInterruption"])
        && calls(&["wait"])
}

/// Whether the same function has waited for the thread before.
fn last_resort(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let before = |other: &Call<'_>| tree.range(other.id).start < tree.range(call.id).start;
    tree.calls_in(tree.expr(call.id).func)
        .any(|other| other.name == "wait" && other.has_arguments() && before(&other))
}
