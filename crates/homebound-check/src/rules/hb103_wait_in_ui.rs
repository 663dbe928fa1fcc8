mod unheard;

use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Branch, ExprId, ExprKind, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `wait()` or `join()` without a limit, in code of the user interface, on a thread that the same
    /// function starts just before, or finds running and does not ask to end in a way that it hears.
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
    /// A wait after a flag, or after `quit()` of a thread with an event loop, is how a thread is ended, and is not
    /// reported; nor is one with a limit. A `run` of one's own does not hear `quit()`, nor a flag that it reads only
    /// after its work.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#wait>
    pub(crate) static RULE = {
        code: "HB103",
        name: "wait-in-ui",
        summary: "The user interface waits for a thread that is busy",
        group: Group::UserInterface,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

const ENDS: [&str; 11] = [
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

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.threads.in_file(context.id, Colour::Ui).iter().copied() {
        for call in context
            .tree()
            .calls_in(func.func)
            .filter(|call| matches!(call.name, "wait" | "join"))
        {
            if call.has_arguments() || !is_thread(context, &call) {
                continue;
            }
            let said = if just_started(context, func, &call) {
                "waits for the whole run of the thread that was started above"
            } else if still_running(context, func, &call) {
                "waits for a running thread that nobody has asked to end in a way that it hears"
            } else {
                continue;
            };
            context
                .report(&RULE, context.tree().range(call.id), format!("`{}` {said}: the window freezes until it is over", call.name))
                .help("return to the event loop and go on in a slot of the thread's `finished` signal; to end it, set a flag that its `run` looks at")
                .related(context.threads.chain(context.infer, func, Colour::Ui))
                .done();
        }
    }
}

/// Whether the wait stands under `if thread.isRunning()`, and nothing before it reaches the thread.
///
/// `quit` ends an event loop: a `run` of one's own does not hear it.
fn still_running(context: &Context<'_>, func: FuncRef, wait: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(path) = wait.receiver.and_then(|receiver| tree.path(receiver)) else {
        return false;
    };
    let Some(stmt) = tree.stmt_of(wait.id) else {
        return false;
    };
    let on_thread = |call: &Call<'_>| {
        call.receiver
            .and_then(|receiver| tree.path(receiver))
            .is_some_and(|other| other == path)
    };
    let around: Vec<_> = tree
        .around(stmt)
        .filter(|(_, branch)| *branch == Branch::Body)
        .map(|(outer, _)| outer)
        .collect();
    let asked = tree.calls_in(func.func).any(|call| {
        call.name == "isRunning" && on_thread(&call) && tree.stmt_of(call.id).is_some_and(|test| around.contains(&test))
    });
    let deaf = wait.receiver.is_some_and(|thread| has_own_run(context, thread));
    let leaving = LEAVING
        .iter()
        .any(|word| context.project().func(func).name.to_ascii_lowercase().contains(word));
    let before = |start: u32| start < tree.range(wait.id).start;
    let harmless = |call: &Call<'_>| match call.name {
        "quit" | "exit" => deaf && on_thread(call),
        _ if on_thread(call) && !leaving && unheard::asks(context, call) => true,
        name => {
            !ENDS.contains(&name)
                && (!on_thread(call) || matches!(name, "isRunning" | "isFinished" | "wait"))
                && (of_another(context, call) || context.infer.targets(context.at(call.id), call.callee).is_empty())
        }
    };
    let quiet = tree
        .calls_in(func.func)
        .filter(|call| before(tree.range(call.id).start))
        .all(|call| harmless(&call));
    let flags = tree
        .statements(&tree.func(func.func).body)
        .into_iter()
        .any(|stmt| match &tree.stmt(stmt).kind {
            StmtKind::Assign(targets) => {
                before(tree.stmt(stmt).range.start)
                    && targets
                        .iter()
                        .any(|target| matches!(tree.kind(*target), ExprKind::Attribute { .. }))
            }
            _ => false,
        });
    asked && quiet && !flags
}

/// Whether a call is of another object's method, which is not given this one: it does not reach this one's thread.
fn of_another(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let is_self = |expr: ExprId| matches!(tree.kind(expr), ExprKind::Name(name) if name == "self");
    let given = call.args.iter().chain(call.keywords.iter().map(|(_, value)| value));
    let other = call.receiver.and_then(|receiver| tree.self_attribute(receiver));
    other.is_some() && !given.into_iter().any(|value| is_self(*value))
}

/// Words of functions that take leave: there a thread must be awaited, however long it takes.
const LEAVING: [&str; 7] = ["close", "quit", "exit", "del", "shutdown", "clean", "leave"];

/// Whether a thread's class overrides `run` and runs no event loop in it.
fn has_own_run(context: &Context<'_>, thread: ExprId) -> bool {
    let Some(class) = context.own_class(thread) else {
        return false;
    };
    let Some(run) = context.infer.method(class, "run") else {
        return false;
    };
    let tree = context.project().tree(run.file);
    !tree
        .calls_in(run.func)
        .any(|call| matches!(call.name, "exec" | "exec_" | "run" | "isInterruptionRequested"))
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
    !tree
        .calls_in(func.func)
        .filter(before)
        .filter(after_start)
        .any(|call| ENDS.contains(&call.name))
}
