use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `wait()` or `join()` without a limit, in code of the user interface, on a thread that the same
    /// function starts just before.
    ///
    /// ## Why is this bad
    ///
    /// The window waits for the whole run: the thread might as well not exist.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Export(QThread):
    ///     def run(self):
    ///         write_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton("Export", self)
    ///         self.button.clicked.connect(self.export)
    ///
    ///     def export(self):
    ///         self.thread = Export()
    ///         self.thread.start()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Export(QThread):
    ///     def run(self):
    ///         write_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton("Export", self)
    ///         self.button.clicked.connect(self.export)
    ///
    ///     def export(self):
    ///         self.thread = Export()
    ///         self.thread.finished.connect(self.exported)
    ///         self.thread.start()
    ///
    ///     def exported(self):
    ///         self.button.setText("Exported")
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// A wait after `quit()` or after a flag is how a thread is ended, and is not reported; nor is one with a limit.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#wait>
    pub(crate) static RULE = {
        code: "HB103",
        name: "wait-in-ui",
        summary: "The user interface waits for a thread that has just begun",
        group: Group::UserInterface,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.threads.in_file(context.id, Colour::Ui) {
        for call in context
            .tree()
            .calls_in(func.func)
            .filter(|call| matches!(call.name, "wait" | "join"))
        {
            if !call.has_arguments() && is_thread(context, &call) && just_started(context, func, &call) {
                let message = format!(
                    "`{}` waits for the whole run of the thread that was started above: the window freezes until it is over",
                    call.name
                );
                context
                    .report(&RULE, context.tree().range(call.id), message)
                    .help("return to the event loop and go on in a slot of the thread's `finished` signal")
                    .related(context.threads.chain(context.infer, func, Colour::Ui))
                    .done();
            }
        }
    }
}

fn is_thread(context: &Context<'_>, call: &Call<'_>) -> bool {
    let types = context.types(call.callee);
    let known = |ty: &Ty| match ty {
        Ty::QtMethod(class, name, _) => name == "wait" && class.is_a("QThread"),
        Ty::Other(name) => name == "threading.Thread#join",
        _ => false,
    };
    types.values().next().is_some() && types.values().all(known)
}

/// Whether the same function starts the thread before, and asks for no end in between.
fn just_started(context: &Context<'_>, func: FuncRef, wait: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(path) = wait.receiver.and_then(|receiver| tree.path(receiver)) else {
        return false;
    };
    let before = |call: &Call<'_>| tree.range(call.id).start < tree.range(wait.id).start;
    let on_thread = |call: &Call<'_>| {
        call.receiver
            .and_then(|receiver| tree.path(receiver))
            .is_some_and(|other| other == path)
    };
    let started = tree
        .calls_in(func.func)
        .filter(before)
        .find(|call| call.name == "start" && on_thread(call));
    let Some(started) = started else { return false };
    let after_start = |call: &Call<'_>| tree.range(call.id).start > tree.range(started.id).start;
    let ends = [
        "quit",
        "exit",
        "terminate",
        "requestInterruption",
        "stop",
        "cancel",
        "set",
        "abort",
        "close",
        "exec",
        "exec_",
    ];
    !tree
        .calls_in(func.func)
        .filter(before)
        .filter(after_start)
        .any(|call| ends.contains(&call.name))
}
