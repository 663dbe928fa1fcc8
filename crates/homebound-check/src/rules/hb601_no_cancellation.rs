use super::loops::{Loop, header, is_endless, whiles};
use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::{Colour, Entry};
use crate::model::{Class, FuncRef};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Binding, Branch, ExprId, ExprKind, Source, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports `while True` loops of workers that nothing ends: no `break`, no `return`, no exception, no question
    /// whether to stop.
    ///
    /// ## Why is this bad
    ///
    /// The thread cannot be asked to end. When the window closes, the program aborts or hangs.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread, pyqtSignal
    ///
    ///
    /// class Clock(QThread):
    ///     tick = pyqtSignal()
    ///
    ///     def run(self):
    ///         while True:
    ///             self.tick.emit()
    ///             self.msleep(500)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread, pyqtSignal
    ///
    ///
    /// class Clock(QThread):
    ///     tick = pyqtSignal()
    ///
    ///     def run(self):
    ///         while not self.isInterruptionRequested():
    ///             self.tick.emit()
    ///             self.msleep(500)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// A loop within `try`, or one that reads from a socket or a stream that may be closed from outside, is not
    /// reported; nor are Python's own threads, which may be daemons.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#requestInterruption>
    pub(crate) static RULE = {
        code: "HB601",
        name: "no-cancellation",
        summary: "A worker's loop has no end",
        group: Group::Loops,
        default: true,
        level: 1,
        fix: FixAvailability::None,
    };
}

/// Calls that end a loop or the thread, or that somebody outside can make fail.
const ENDS: [&str; 22] = [
    "isInterruptionRequested",
    "is_set",
    "isSet",
    "exit",
    "_exit",
    "quit",
    "exec",
    "exec_",
    "recv",
    "recvfrom",
    "accept",
    "read",
    "readline",
    "recv_multipart",
    "recv_json",
    "recv_string",
    "recv_pyobj",
    "throw_if_cancelled",
    "raise_if_cancelled",
    "next",
    "anext",
    "readexactly",
];

pub(super) fn check(context: &Context<'_>) {
    for func in context.threads.in_file(context.id, Colour::Worker).iter().copied() {
        if !is_ours(context, func) {
            continue;
        }
        for found in whiles(context, func) {
            if (is_endless(context, found.test) || never_cleared(context, func, found.test))
                && !ends(context, func, &found)
            {
                context
                    .report(&RULE, header(context, &found), "nothing ends this loop: the thread cannot be stopped, and the program aborts or hangs when it exits")
                    .help("test `self.isInterruptionRequested()` or a flag of your own in each round, and set it when the window closes")
                    .related(context.threads.chain(context.infer, func, Colour::Worker))
                    .done();
            }
        }
    }
}

/// Whether a loop asks a flag that is set once and that nobody ever clears.
fn never_cleared(context: &Context<'_>, func: FuncRef, test: ExprId) -> bool {
    let tree = context.tree();
    let Some((attr, class)) = tree.self_attribute(test).zip(context.infer.class_around(func)) else {
        return false;
    };
    let related = context.project().hierarchy.below(class).is_empty()
        && context
            .project()
            .hierarchy
            .bases(class)
            .iter()
            .all(|base| !matches!(base, Class::Own(_)));
    let body = context.project().class(class).body;
    let of_class = context
        .project()
        .func(FuncRef::new(class.file, body))
        .bindings
        .get(attr);
    let own = context.project().class(class).attributes.get(attr);
    let mut bindings = of_class.into_iter().chain(own).flatten().peekable();
    let set = |binding: &Binding| matches!(binding.source, Source::Value(value) if matches!(tree.kind(value), ExprKind::Bool(true)));
    let untouched = context.project().foreign_attributes(attr).is_empty();
    related && untouched && bindings.peek().is_some() && bindings.all(set)
}

/// Threads of Qt; Python's where they are no daemons.
fn is_ours(context: &Context<'_>, func: FuncRef) -> bool {
    let Some((entry, kind)) = context.threads.entry(func, Colour::Worker) else {
        return false;
    };
    if kind == Entry::Slot {
        return true;
    }
    let class = context.infer.class_of(entry);
    class.is_some_and(|class| {
        let own = Class::Own(class);
        context.project().func(entry).name == "run"
            && (context.infer.is_a(&own, "QThread") || context.infer.is_a(&own, "QRunnable"))
    })
}

fn ends(context: &Context<'_>, func: FuncRef, found: &Loop<'_>) -> bool {
    let tree = context.tree();
    let range = tree.stmt(found.stmt).range;
    let leaves = tree
        .statements(found.body)
        .into_iter()
        .any(|stmt| match tree.stmt(stmt).kind {
            StmtKind::Return | StmtKind::Raise => true,
            StmtKind::Break => tree.loop_around(stmt) == Some(found.stmt),
            _ => false,
        });
    let in_try = tree
        .around(found.stmt)
        .any(|(outer, branch)| branch == Branch::Body && matches!(tree.stmt(outer).kind, StmtKind::Try { .. }));
    let waits = |name: &str| {
        ENDS.contains(&name)
            || name.contains("cancel")
            || name.contains("stop")
            || name.contains("abort")
            || name.contains("interrupt")
    };
    let calls = || {
        tree.calls_within(func.func, range)
            .any(|call| (waits(call.name) && !is_frame(context, &call)) || raises(context, call.callee))
    };
    let yields = tree.func(func.func).has_yield || tree.func(func.func).is_async;
    leaves || in_try || yields || calls()
}

/// Whether a call reads a camera: where there is no frame it says so, and raises nothing.
fn is_frame(context: &Context<'_>, call: &Call<'_>) -> bool {
    call.name == "read"
        && context
            .types(call.callee)
            .values()
            .any(|ty| ty.other() == Some("cv2.VideoCapture#read"))
}

/// Whether a function of the program's own may leave by an exception.
fn raises(context: &Context<'_>, callee: ExprId) -> bool {
    let targets = context.infer.targets(context.at(callee), callee);
    targets.into_iter().any(|target| {
        let tree = context.project().tree(target.file);
        let body = tree.statements(&tree.func(target.func).body);
        let exits = tree
            .calls_in(target.func)
            .any(|call| matches!(call.name, "exit" | "_exit" | "quit" | "isInterruptionRequested"));
        exits || body.iter().any(|stmt| matches!(tree.stmt(*stmt).kind, StmtKind::Raise))
    })
}
