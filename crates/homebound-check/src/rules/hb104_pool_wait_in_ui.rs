use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprKind, Source, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `waitForDone()`, `future.result()` and the end of `with ThreadPoolExecutor()` in code of the user
    /// interface.
    ///
    /// ## Why is this bad
    ///
    /// The jobs run elsewhere, but the window waits for the last of them: nothing is gained.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThreadPool
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.pool = QThreadPool()
    ///         self.button = QPushButton("Go", self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         self.pool.start(Job())
    ///         self.pool.waitForDone()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThreadPool
    /// from PyQt6.QtWidgets import QPushButton, QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.pool = QThreadPool()
    ///         self.button = QPushButton("Go", self)
    ///         self.button.clicked.connect(self.go)
    ///
    ///     def go(self):
    ///         self.pool.start(Job())
    ///
    ///     def closeEvent(self, event):
    ///         self.pool.waitForDone()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Waiting while the window closes is right and is not reported, nor is a wait with a limit.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthreadpool.html#waitForDone>
    pub(crate) static RULE = {
        code: "HB104",
        name: "pool-wait-in-ui",
        summary: "The user interface waits for the jobs of a pool",
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
    for func in context.threads.in_file(context.id, Colour::Ui).iter().copied() {
        if ends_program(context, func) {
            continue;
        }
        for call in context.tree().calls_in(func.func) {
            let Some(said) = waits(context, &call) else { continue };
            context
                .report(
                    &RULE,
                    context.tree().range(call.id),
                    format!("{said} in the thread of the user interface: the window freezes until all jobs are done"),
                )
                .help("let the jobs report by signals, and go on in the slot of the last one")
                .related(context.threads.chain(context.infer, func, Colour::Ui))
                .done();
        }
    }
}

/// On the way out there is nothing left to freeze.
fn ends_program(context: &Context<'_>, func: FuncRef) -> bool {
    let name = context.project().func(func).name.to_ascii_lowercase();
    [
        "close",
        "stop",
        "shutdown",
        "cleanup",
        "clean_up",
        "quit",
        "exit",
        "del",
        "destroy",
        "abort",
        "terminate",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn waits(context: &Context<'_>, call: &Call<'_>) -> Option<&'static str> {
    let types = context.types(call.callee);
    match call.name {
        "waitForDone" if !call.has_arguments() => {
            let pool = |ty: &Ty| matches!(ty, Ty::QtMethod(class, ..) if class.is_a("QThreadPool"));
            (types.values().next().is_some() && types.values().all(pool)).then_some("`waitForDone` waits")
        }
        "result" if !call.has_arguments() && from_submit(context, call) => Some("`result` waits"),
        "ThreadPoolExecutor" if in_with(context, call) => Some("the end of this `with` waits"),
        _ => None,
    }
}

/// Whether the future was made in the same function.
fn from_submit(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(ExprKind::Name(name)) = call.receiver.map(|receiver| tree.kind(receiver)) else {
        return false;
    };
    let Some(bindings) = tree.func(tree.expr(call.id).func).bindings.get(name) else {
        return false;
    };
    bindings.iter().any(|binding| match binding.source {
        Source::Value(value) => tree.call(value).is_some_and(|made| {
            made.name == "submit"
                && made.receiver.is_some_and(|pool| {
                    context
                        .types(pool)
                        .instances()
                        .iter()
                        .any(|class| matches!(class, Class::Other(name) if name.contains("PoolExecutor")))
                })
        }),
        _ => false,
    })
}

fn in_with(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let item = |stmt| matches!(&tree.stmt(stmt).kind, StmtKind::With { items, .. } if items.iter().any(|(item, _)| *item == call.id));
    tree.stmt_of(call.id).is_some_and(item)
}
