use super::loops::{header, whiles};
use crate::context::Context;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports loops of workers that sleep between two looks.
    ///
    /// ## Why is this bad
    ///
    /// The worker answers late by the length of the sleep, also when it is asked to end; short sleeps wake the
    /// machine for nothing.
    ///
    /// ## Example
    ///
    /// ```python
    /// import time
    ///
    /// from PyQt6.QtCore import QThread
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         while not self.stopped:
    ///             read_some()
    ///             time.sleep(1)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QTimer, pyqtSlot
    ///
    ///
    /// class Reader(QObject):
    ///     @pyqtSlot()
    ///     def begin(self):
    ///         self.timer = QTimer(self)
    ///         self.timer.timeout.connect(read_some)
    ///         self.timer.start(1000)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Off by default: often the simplest thing that works.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qtimer.html>
    pub(crate) static RULE = {
        code: "HB603",
        name: "polling-sleep",
        summary: "A worker looks, sleeps, and looks again",
        group: Group::Loops,
        default: false,
        level: 2,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for func in context.threads.in_file(context.id, Colour::Worker).iter().copied() {
        for found in whiles(context, func) {
            let sleeps = tree
                .calls_within(func.func, tree.stmt(found.stmt).range)
                .any(|call| matches!(call.name, "sleep" | "msleep" | "usleep"));
            if sleeps {
                context
                    .report(&RULE, header(context, &found), "this thread sleeps between two looks: it answers late by that much, also when it is asked to end")
                    .help("let a QTimer call it in the worker's event loop, or wait on a QWaitCondition, an Event or a queue with a limit")
                    .related(context.threads.chain(context.infer, func, Colour::Worker))
                    .done();
            }
        }
    }
}
