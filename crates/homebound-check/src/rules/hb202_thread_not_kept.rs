mod own_signal;

use super::hb201_thread_not_stopped::waits_when_deleted;
use super::lifetime::{Parent, locals, parent_of};
use crate::context::Context;
use crate::fix::Applicability;
use crate::model::Ty;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprKind;

declare_rule! {
    /// ## What it does
    ///
    /// Reports threads that are started and kept by nothing but a local variable, or by nothing at all.
    ///
    /// ## Why is this bad
    ///
    /// Python deletes the object when the function returns, and its thread is running: the process aborts with
    /// "QThread: Destroyed while thread is still running".
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         read_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         reader = Reader()
    ///         reader.start()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         read_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.reader = Reader()
    ///         self.reader.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.reader.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// In PySide a thread is also dropped too early where a slot of a signal that its own `run` emits sets the attribute to
    /// `None`: `run` is not over then. In PyQt the frame of `run` keeps the thread meanwhile.
    ///
    /// ## Limits
    ///
    /// Silent where the thread gets a parent, is stored or handed to anybody, is captured by a function within, or
    /// where the function waits, asks whether it is over, or runs an event loop.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#dtor.QThread>
    pub(crate) static RULE = {
        code: "HB202",
        name: "thread-not-kept",
        summary: "A thread is started and dropped",
        group: Group::Lifetime,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

const MESSAGE: &str = "nothing keeps this thread when the function returns: the process aborts with \"QThread: Destroyed while thread is still running\"";

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    own_signal::check(context);
    // One attribute keeps one object.
    let mut given = Vec::new();
    for local in locals(context, "QThread") {
        let starts = local.calls(context, "start");
        let stays = ["wait", "exec", "exec_", "isRunning", "isFinished"]
            .iter()
            .any(|name| !local.calls(context, name).is_empty());
        if starts.is_empty()
            || stays
            || runs_loop(context, local.func)
            || parent_of(context, local.made) != Parent::Missing
            || local.is_kept(context)
            || waits_when_deleted(context, &context.types(local.made))
        {
            continue;
        }
        let report = context
            .report(&RULE, context.tree().range(local.made), MESSAGE)
            .help(format!(
                "keep it on an object that lives as long: `self.{} = …`",
                local.name
            ));
        let mut fresh = |attribute: &str| {
            let name = attribute.rsplit('.').next().map(str::to_owned);
            let key = (context.tree().func(local.func).class, name);
            let fresh = !given.contains(&key);
            given.push(key);
            fresh
        };
        match local.store(context).filter(|(attribute, _)| fresh(attribute)) {
            Some((attribute, edits)) => report
                .fix(format!("Keep it in `{attribute}`"), Applicability::Unsafe, edits)
                .done(),
            None => report.done(),
        }
    }
    for call in context.tree().method_calls("start") {
        let Some(receiver) = call.receiver else { continue };
        let made = matches!(context.tree().kind(receiver), ExprKind::Call { .. });
        let constructs = || {
            context
                .tree()
                .call(receiver)
                .is_some_and(|made| matches!(context.types(made.callee).list.as_slice(), [Ty::Class(_)]))
        };
        if made && constructs() && context.is(receiver, "QThread") && parent_of(context, receiver) == Parent::Missing {
            context
                .report(
                    &RULE,
                    context.tree().range(call.id),
                    MESSAGE.replace("when the function returns", "at all"),
                )
                .help("keep it: `self.thread = …`, then `self.thread.start()`")
                .done();
        }
    }
}

/// A function that runs the event loop, or waits, keeps its locals meanwhile.
pub(super) fn runs_loop(context: &Context<'_>, func: crate::syntax::tree::FuncId) -> bool {
    context
        .tree()
        .calls_in(func)
        .any(|call| matches!(call.name, "exec" | "exec_" | "processEvents" | "run_forever" | "exit"))
}
