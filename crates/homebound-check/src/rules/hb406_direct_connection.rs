use super::gui;
use crate::context::Context;
use crate::fix::Applicability;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::wiring::Connect;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprId;

declare_rule! {
    /// ## What it does
    ///
    /// Reports direct connections from a worker's signal to a slot of a window, and the two calls that do the same: in a worker
    /// `QCoreApplication.sendEvent` to a widget, and `QMetaObject.invokeMethod` of a widget with `Qt.DirectConnection`.
    ///
    /// ## Why is this bad
    ///
    /// A direct connection is a call, in the thread that emits: the slot touches the window from the worker. So does the widget's
    /// handler of an event that is sent and not posted.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread, Qt, pyqtSignal
    /// from PyQt6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     done = pyqtSignal(str)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.worker.done.connect(self.show_done, Qt.ConnectionType.DirectConnection)
    ///
    ///     def show_done(self, text):
    ///         self.label.setText(text)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread, pyqtSignal
    /// from PyQt6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     done = pyqtSignal(str)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.worker.done.connect(self.show_done)
    ///         self.thread.start()
    ///
    ///     def show_done(self, text):
    ///         self.label.setText(text)
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
    /// Direct connections to `quit` and `deleteLater` are right, and are not reported.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qt.html#ConnectionType-enum>
    pub(crate) static RULE = {
        code: "HB406",
        name: "direct-connection",
        summary: "A direct connection runs the user interface's slot in the worker",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    calls(context);
    for connect in context.wiring.in_file(context.id) {
        if connect.kind.as_deref() != Some("DirectConnection") || !from_worker(context, connect) {
            continue;
        }
        let target = connect
            .functions()
            .find(|(_, class)| class.is_some_and(|class| context.infer.is_gui(&Class::Own(class))));
        let widget_slot = connect.slots.iter().any(|ty| matches!(ty, Ty::QtMethod(class, name, _) if class.is_gui() && !matches!(&**name, "deleteLater" | "quit")));
        if target.is_none() && !widget_slot {
            continue;
        }
        let touched = target.is_none_or(|(func, _)| {
            let there = Context::new(context.infer, context.wiring, context.threads, func.file);
            there
                .tree()
                .calls_in(func.func)
                .any(|call| gui::touches(&there, &call).is_some())
        });
        let message = if touched {
            "a direct connection runs the slot in the thread that emits, the worker's: it touches the user interface from there"
        } else {
            "a direct connection runs the window's slot in the thread that emits, the worker's, while the window may be doing something else with the same data"
        };
        context
            .report(&RULE, context.tree().range(connect.call.expr), message)
            .help("leave the type of the connection out")
            .fix(
                "Leave the type of the connection out",
                Applicability::Unsafe,
                without_type(context, connect),
            )
            .done();
    }
}

/// Calls in a worker that have a widget do something at once.
fn calls(context: &Context<'_>) {
    for func in context.threads.in_file(context.id, Colour::Worker).iter().copied() {
        if context.infer.asks_for_thread(func) {
            continue;
        }
        for call in context.tree().calls_in(func.func) {
            let Some((said, help)) = at_once(context, &call) else {
                continue;
            };
            context
                .report(&RULE, context.tree().range(call.id), said)
                .help(help)
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}

fn at_once(context: &Context<'_>, call: &Call<'_>) -> Option<(&'static str, &'static str)> {
    let to = *call.args.first()?;
    let types = context.types(to);
    let classes = types.instances();
    if classes.is_empty() || !classes.iter().all(|class| context.infer.is_gui(class)) {
        return None;
    }
    if is_method(context, call, "QCoreApplication", "sendEvent") {
        return Some((
            "`sendEvent` delivers in the thread that calls it: the widget handles the event in the worker",
            "`QCoreApplication.postEvent` lets the widget handle it in its own thread",
        ));
    }
    let direct = |arg: &ExprId| {
        context
            .tree()
            .last_name(*arg)
            .is_some_and(|name| &**name == "DirectConnection")
    };
    (is_method(context, call, "QMetaObject", "invokeMethod") && call.args.iter().any(direct)).then_some((
        "a direct `invokeMethod` calls the widget's method in the thread that calls it, the worker's",
        "`Qt.QueuedConnection` calls it in the widget's own thread",
    ))
}

/// Whether all that is known of what is called is this method.
fn is_method(context: &Context<'_>, call: &Call<'_>, class: &str, name: &str) -> bool {
    let types = context.types(call.callee);
    let is_it = |ty: &Ty| matches!(ty, Ty::QtMethod(own, method, _) if own.is_a(class) && &**method == name);
    call.name == name && !types.list.is_empty() && types.list.iter().all(is_it)
}

fn without_type(context: &Context<'_>, connect: &Connect) -> Vec<crate::fix::Edit> {
    let tree = context.tree();
    let end = tree.range(connect.call.expr).end.saturating_sub(1);
    vec![context.edit(crate::text::TextRange::new(tree.range(connect.slot).end, end), "")]
}

/// Whether the signal is emitted in a worker: by a moved object, or by a thread's own signal.
fn from_worker(context: &Context<'_>, connect: &Connect) -> bool {
    connect.sender_classes.iter().any(|class| match class {
        Class::Own(own) => {
            let thread = context.infer.is_a(class, "QThread") && !matches!(&*connect.signal, "started" | "finished");
            thread || context.wiring.is_moved(context.infer, *own)
        }
        _ => false,
    })
}
