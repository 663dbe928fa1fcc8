use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, ClassRef, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::StmtKind;

declare_rule! {
    /// ## What it does
    ///
    /// Reports `processEvents()` in a loop or beside a sleep in code of the user interface, and in a worker.
    ///
    /// ## Why is this bad
    ///
    /// In the user interface it lets clicks, timers and the close button run in the middle of a function that is not
    /// done: the function is entered again, or its window is gone when it goes on. In a worker it handles the
    /// worker's own events only; the window does not become any livelier.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtWidgets import QApplication, QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.button = QPushButton("Go", self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         for item in load():
    ///             show(item)
    ///             QApplication.processEvents()
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
    ///         self.items = load()
    ///         self.step()
    ///
    ///     def step(self):
    ///         if self.items:
    ///             show(self.items.pop())
    ///             QTimer.singleShot(0, self.step)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Not reported: with `ExcludeUserInputEvents`, behind a progress dialog that is asked for `wasCanceled()`, and
    /// in tests. A moved worker that handles its own queued slots in its loop is left alone, and so is a worker that waits
    /// for events: with a time, or with `WaitForMoreEvents`.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qcoreapplication.html#processEvents>
    pub(crate) static RULE = {
        code: "HB105",
        name: "process-events",
        summary: "Events are handled in the middle of something else",
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
    for call in context
        .tree()
        .method_calls("processEvents")
        .filter(|call| is_application(context, call))
    {
        let func = context.func(context.tree().expr(call.id).func);
        let range = context.tree().range(call.id);
        if context.runs_on(func, Colour::Worker) && !context.runs_on(func, Colour::Ui) {
            // Whoever waits for events wants the worker's own: its sockets and timers.
            if has_slots_waiting(context, func) || waits_for_events(context, &call) {
                continue;
            }
            context
                .report(&RULE, range, "`processEvents` in a worker handles the worker's own events: the window does not become any livelier")
                .help("leave it out; the user interface runs on its own thread")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        } else if in_ui(context, func)
            && !is_modal(context, &call)
            && (in_loop(context, &call) || beside_sleep(context, &call))
        {
            context
                .report(&RULE, range, "`processEvents` in a loop lets clicks and timers run in the middle of this function: it can be entered again before it is done, and the window may be gone when it goes on")
                .help("do the work in a worker, or step by step from a timer")
                .related(context.threads.chain(context.infer, func, Colour::Ui))
                .done();
        }
    }
}

/// Whether the object that works was moved and has other slots: their events are what its loop handles.
fn has_slots_waiting(context: &Context<'_>, func: FuncRef) -> bool {
    let Some(class) = context.infer.class_around(func) else {
        return false;
    };
    let waits = |(slot, around): (FuncRef, Option<ClassRef>)| around == Some(class) && slot != func;
    context.wiring.is_moved(context.infer, class)
        && context
            .wiring
            .connects
            .iter()
            .any(|connect| connect.functions().any(waits))
}

fn is_application(context: &Context<'_>, call: &Call<'_>) -> bool {
    let application =
        |ty: &Ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QCoreApplication") || class.is_a("QEventLoop"));
    let types = context.types(call.callee);
    let receiver = call.receiver.map(|receiver| context.types(receiver));
    let named = call.receiver.and_then(|receiver| context.tree().path(receiver));
    let other = |types: &crate::model::Types| types.instances().iter().any(|class| matches!(class, Class::Other(_)));
    types.list.iter().any(application)
        || (named.is_some_and(|name| name.to_ascii_lowercase().contains("app"))
            && !receiver.is_some_and(|types| other(&types)))
        || call
            .receiver
            .is_some_and(|receiver| context.text(receiver).ends_with("instance()"))
}

/// `processEvents(flags, milliseconds)`, or the flag to wait for events.
fn waits_for_events(context: &Context<'_>, call: &Call<'_>) -> bool {
    let flags = call.args.first();
    call.args.len() > 1 || flags.is_some_and(|flags| context.text(*flags).contains("WaitForMoreEvents"))
}

/// Whether a window may be there to be clicked.
fn in_ui(context: &Context<'_>, func: FuncRef) -> bool {
    context.runs_on(func, Colour::Ui)
        || context
            .infer
            .class_around(func)
            .is_some_and(|class| context.infer.is_a(&Class::Own(class), "QObject"))
}

/// Without the user's input, or behind a modal dialog that can be cancelled, nothing is entered again.
fn is_modal(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let excluded = call
        .args
        .iter()
        .any(|arg| context.text(*arg).contains("ExcludeUserInput"));
    excluded
        || tree
            .calls_in(tree.expr(call.id).func)
            .any(|other| other.name == "wasCanceled")
}

fn in_loop(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(stmt) = tree.stmt_of(call.id) else {
        return false;
    };
    tree.loop_around(stmt).is_some()
}

fn beside_sleep(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(stmt) = tree.stmt_of(call.id) else {
        return false;
    };
    let index = tree.stmt(stmt).index as usize;
    let block = tree.block_of(stmt);
    let beside = [index.wrapping_sub(1), index + 1]
        .into_iter()
        .filter_map(|at| block.get(at));
    beside.into_iter().any(|other| match tree.stmt(*other).kind {
        StmtKind::Expr(expr) => tree
            .call(expr)
            .is_some_and(|call| matches!(call.name, "sleep" | "msleep" | "usleep")),
        _ => false,
    })
}
