use crate::context::Context;
use crate::model::Class;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports blocking queued connections between two objects of the user interface.
    ///
    /// ## Why is this bad
    ///
    /// The emit waits until the slot has run, and the slot waits for the thread that waits: the program hangs.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import Qt
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.go, Qt.ConnectionType.BlockingQueuedConnection)
    ///
    ///     def go(self):
    ///         self.close()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton(self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         self.close()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Two objects of one worker's thread are not recognised.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qt.html#ConnectionType-enum>
    pub(crate) static RULE = {
        code: "HB407",
        name: "blocking-queued-same-thread",
        summary: "A blocking connection within one thread",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        let blocking = connect.kind.as_deref() == Some("BlockingQueuedConnection");
        let from_ui = !connect.sender_classes.is_empty()
            && connect.sender_classes.iter().all(|class| context.infer.is_gui(class));
        let to_ui = connect
            .functions()
            .any(|(_, class)| class.is_some_and(|class| context.infer.is_gui(&Class::Own(class))))
            || connect
                .slots
                .iter()
                .any(|ty| matches!(ty, crate::model::Ty::QtMethod(class, ..) if class.is_gui()));
        if blocking && from_ui && to_ui {
            context
                .report(&RULE, context.tree().range(connect.call.expr), "both ends live in the thread of the user interface: the emit waits for a slot that only this thread could run, the program hangs for ever")
                .help("leave the type of the connection out")
                .done();
        }
    }
}
