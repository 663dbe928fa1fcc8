use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports threads that are made and started in a loop.
    ///
    /// ## Why is this bad
    ///
    /// With a long list there are as many threads: memory and handles run out, and they all fight for Python's lock.
    ///
    /// ## Example
    ///
    /// ```python
    /// import threading
    ///
    /// from PyQt6.QtCore import QObject
    ///
    ///
    /// class Loader(QObject):
    ///     def load(self, paths):
    ///         for path in paths:
    ///             thread = threading.Thread(target=read, args=(path,))
    ///             thread.start()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThreadPool
    ///
    ///
    /// class Loader(QObject):
    ///     def load(self, paths):
    ///         for path in paths:
    ///             QThreadPool.globalInstance().start(Job(path))
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Off by default: a loop over four cameras is fine.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthreadpool.html>
    pub(crate) static RULE = {
        code: "HB604",
        name: "unbounded-threads",
        summary: "A thread for each item of a loop",
        group: Group::Loops,
        default: false,
        level: 2,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in tree.method_calls("start") {
        let Some(stmt) = tree.stmt_of(call.id) else { continue };
        let Some(around) = tree.loop_around(stmt) else { continue };
        if made_within(context, &call, tree.stmt(around).range) {
            context
                .report(&RULE, tree.range(call.id), "a thread is started in each round: with a long list the machine runs out of threads, and they all fight for Python's lock")
                .help("hand the items to a QThreadPool, which runs as many at a time as there are cores")
                .done();
        }
    }
}

/// Whether the thread that is started is made in the same loop.
fn made_within(context: &Context<'_>, start: &Call<'_>, range: crate::text::TextRange) -> bool {
    let tree = context.tree();
    let Some(receiver) = start.receiver else { return false };
    let thread = |class: &&Class| context.infer.is_a(class, "QThread") || context.infer.is_a(class, "threading.Thread");
    let types = context.types(receiver);
    let is_thread = !types.instances().is_empty() && types.instances().iter().all(thread);
    let makes = |call: Call<'_>| {
        context.types(call.callee).list.iter().any(|ty| match ty {
            Ty::Class(class) => thread(&class),
            Ty::Other(name) => name == "threading.Thread",
            _ => false,
        })
    };
    is_thread && tree.calls_within(tree.expr(start.id).func, range).any(makes)
}
