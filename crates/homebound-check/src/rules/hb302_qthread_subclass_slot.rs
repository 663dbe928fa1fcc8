use super::blocking;
use crate::context::Context;
use crate::model::{Class, ExprRef};
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports slots of a `QThread` subclass that block, connected as if they ran in the thread.
    ///
    /// ## Why is this bad
    ///
    /// A thread object lives in the thread that made it. Its slots run there: in the user interface.
    ///
    /// ## Example
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Reader(QThread):
    ///     def read(self):
    ///         time.sleep(5)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.reader = Reader()
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.reader.read)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtCore import QObject, QThread
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Reader(QObject):
    ///     def read(self):
    ///         time.sleep(5)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.thread = QThread()
    ///         self.reader = Reader()
    ///         self.reader.moveToThread(self.thread)
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.reader.read)
    ///         self.thread.start()
    ///
    ///     def stop(self):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Off by default: HB102 reports the blocking call itself.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#details>
    pub(crate) static RULE = {
        code: "HB302",
        name: "qthread-subclass-slot",
        summary: "A slot of a QThread subclass blocks the user interface",
        group: Group::Affinity,
        default: false,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        for (func, class) in connect.functions() {
            let thread = class.is_some_and(|class| {
                context.infer.is_a(&Class::Own(class), "QThread") && !context.wiring.is_moved(context.infer, class)
            });
            let tree = context.project().tree(func.file);
            let said = tree
                .calls_in(func.func)
                .find_map(|call| blocking::blocks_in(context.infer, ExprRef::new(func.file, call.id)));
            if let (true, Some(said), None) = (
                thread && context.project().func(func).name != "run",
                said,
                &connect.kind,
            ) {
                context
                    .report(
                        &RULE,
                        context.tree().range(connect.call.expr),
                        format!(
                            "the thread object itself lives in the user interface, so {} runs there, and {said}",
                            context.infer.title(func)
                        ),
                    )
                    .help("put the slot into a worker object and move that to the thread")
                    .done();
            }
        }
    }
}
