use super::blocking;
use crate::context::Context;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports calls that wait for a network, for another process or for a length of time, in slots, event handlers
    /// and constructors of the user interface and in what they call.
    ///
    /// ## Why is this bad
    ///
    /// The thread of the user interface handles one event after the other. While it waits nothing is painted and no
    /// click is answered; after some seconds the desktop offers to kill the program.
    ///
    /// ## Example
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton("Go", self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         time.sleep(3)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QTimer
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton("Go", self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         QTimer.singleShot(3000, self.done)
    ///
    ///     def done(self):
    ///         self.button.setText("Done")
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// A fixed list of functions is known: `time.sleep` from 0.2 s on (0.05 s in a loop), `requests`, `httpx`,
    /// `urllib`, `subprocess`, `os.system`, reading from `os.popen`, `QProcess.waitForFinished`, connections of `socket`,
    /// `smtplib` and `ftplib`. Reading a file or a database is not reported: that is mostly short. Nor is a slot of an object
    /// that no line of the program makes (its maker, a loader of plugins, may have moved it), nor what lies more than
    /// four calls behind the slot or the handler: too much on that way depends on values.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/thread-basics.html>
    pub(crate) static RULE = {
        code: "HB102",
        name: "blocking-in-ui",
        summary: "The thread of the user interface waits",
        group: Group::UserInterface,
        default: true,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.threads.in_file(context.id, Colour::Ui).iter().copied() {
        if context.infer.asks_for_thread(func) || context.threads.is_far(func, Colour::Ui) {
            continue;
        }
        for call in context.tree().calls_in(func.func) {
            let Some(said) = blocking::blocks(context, &call) else {
                continue;
            };
            if !context.threads.comes_to(context.infer, func, call.id, Colour::Ui) {
                continue;
            }
            context
                .report(&RULE, context.tree().range(call.id), format!("{said} in the thread of the user interface: the window freezes until it is over"))
                .help("do it in a worker (a QThread, a QRunnable) and take the result in a slot; for a delay, use QTimer.singleShot")
                .related(context.threads.chain(context.infer, func, Colour::Ui))
                .done();
        }
    }
}
