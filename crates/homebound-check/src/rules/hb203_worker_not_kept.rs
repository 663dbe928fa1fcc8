use super::hb202_thread_not_kept::runs_loop;
use super::lifetime::{Parent, locals, parent_of};
use crate::context::Context;
use crate::fix::Applicability;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports workers that are moved to a thread and kept by nothing but a local variable.
    ///
    /// ## Why is this bad
    ///
    /// A connection to a method does not keep its object. The worker is deleted when the function returns, before the
    /// thread could call it: nothing ever runs, nothing is printed, and the thread idles for ever.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.thread = QThread()
    ///         worker = Worker()
    ///         worker.moveToThread(self.thread)
    ///         self.thread.started.connect(worker.work)
    ///         self.thread.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.started.connect(self.worker.work)
    ///         self.thread.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all, decorated slots or not.
    ///
    /// ## Limits
    ///
    /// A lambda that names the worker keeps it, and is not reported here.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qobject.html#moveToThread>
    pub(crate) static RULE = {
        code: "HB203",
        name: "worker-not-kept",
        summary: "A worker is moved to a thread and dropped",
        group: Group::Lifetime,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    // One attribute keeps one object.
    let mut given = Vec::new();
    for local in locals(context, "QObject") {
        let moves = local.calls(context, "moveToThread");
        let waits = context.tree().calls_in(local.func).any(|call| call.name == "wait");
        if moves.is_empty()
            || waits
            || runs_loop(context, local.func)
            || parent_of(context, local.made) != Parent::Missing
            || local.is_kept(context)
        {
            continue;
        }
        let report = context
            .report(&RULE, context.tree().range(local.made), "nothing keeps this worker when the function returns, connections do not: it is deleted before the thread calls it, nothing ever runs, and the thread idles for ever")
            .help(format!("keep it on an object that lives as long: `self.{} = …`", local.name));
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
}
