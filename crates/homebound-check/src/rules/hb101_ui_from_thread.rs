use super::gui;
use crate::context::Context;
use crate::model::FuncRef;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprId;

declare_rule! {
    /// ## What it does
    ///
    /// Reports calls of methods of widgets, and of other classes of the user interface, in code that runs in another
    /// thread: the `run` of a thread, a job of a pool, a slot of a worker that was moved, and whatever they call.
    ///
    /// ## Why is this bad
    ///
    /// Qt's widgets have no locks. A call from another thread changes them while the user interface paints or handles
    /// an event. Mostly nothing is seen, and the program crashes weeks later, elsewhere. Reading (`text()`,
    /// `isChecked()`) is no better than writing.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QThread
    /// from PySide6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QThread):
    ///     def __init__(self, window):
    ///         super().__init__()
    ///         self.window = window
    ///
    ///     def run(self):
    ///         self.window.label.setText("done")
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.worker = Worker(self)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QThread, Signal
    /// from PySide6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QThread):
    ///     text = Signal(str)
    ///
    ///     def run(self):
    ///         self.text.emit("done")
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.worker = Worker()
    ///         self.worker.text.connect(self.label.setText)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all. `QImage`, and `QPainter` on one, may be used in any thread; `QPixmap` may not.
    ///
    /// ## Limits
    ///
    /// A receiver whose class cannot be found is not judged, nor is a function that asks which thread it is on. Of a
    /// function that is called by a thread's entry point the first eight touches are shown, of the entry point itself
    /// twenty. Under an `if` of a parameter, what all calls in threads rule out by a literal is left out. A coroutine that
    /// is handed to a loop of `asyncio` belongs to the thread that runs the loop; callbacks that `keyboard`, `pynput`,
    /// `watchdog`, MQTT and web socket clients, `rospy` and a few other libraries call in threads of their own are known.
    /// What lies more than four calls behind the thread's entry point is left out, too: too much on that way depends on values.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/threads-qobject.html>
    pub(crate) static RULE = {
        code: "HB101",
        name: "ui-from-thread",
        summary: "The user interface is touched from another thread",
        group: Group::UserInterface,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

/// One function may set up a whole window: its first lines tell as much as all of them.
const MOST: usize = 8;
const MOST_OF_ENTRY: usize = 20;

pub(super) fn check(context: &Context<'_>) {
    for func in context.threads.in_file(context.id, Colour::Worker).iter().copied() {
        if context.infer.asks_for_thread(func) || context.threads.is_far(func, Colour::Worker) {
            continue;
        }
        if let Some(call) = context.infer.application_made_in(func) {
            application(context, func, call);
            continue;
        }
        let touches = context
            .tree()
            .calls_in(func.func)
            .filter_map(|call| Some((gui::touches(context, &call)?, call)))
            .filter(|(_, call)| context.threads.comes_to(context.infer, func, call.id, Colour::Worker));
        for (said, call) in touches.take(if is_entry(context, func) { MOST_OF_ENTRY } else { MOST }) {
            let message = format!(
                "{said} outside the thread of the user interface: the widget's state is torn, often silently, and the program crashes later"
            );
            context
                .report(&RULE, context.tree().range(call.id), message)
                .help("emit a signal and do this in its slot, or read the value before the thread starts and pass it")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}

/// The whole user interface runs there: one finding says it all.
fn application(context: &Context<'_>, func: FuncRef, call: ExprId) {
    context
        .report(
            &RULE,
            context.tree().range(call),
            "the application is made outside the main thread: Qt prints \"QApplication was not created in the main() thread\", and on macOS the process aborts",
        )
        .help("run the user interface in the main thread, and everything else in other threads")
        .related(context.threads.chain(context.infer, func, Colour::Worker))
        .done();
}

fn is_entry(context: &Context<'_>, func: FuncRef) -> bool {
    context
        .threads
        .entry(func, Colour::Worker)
        .is_some_and(|(entry, _)| entry == func)
}
