use super::forwarding::{connect_itself, forwarded, takes_the_same};
use super::hb404_callable_slot_thread::touches;
use super::mend::through_constructor;
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::code::Call;
use crate::model::wiring::Connect;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports lambdas on a thread's `started` that call a method of the moved worker.
    ///
    /// ## Why is this bad
    ///
    /// The thread object lives in the user interface, and so does the lambda: the work runs there and freezes the
    /// window, while the thread idles.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self, path):
    ///         read_all(path)
    ///
    ///
    /// class Controller(QObject):
    ///     def start(self, path):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.started.connect(lambda: self.worker.work(path))
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QObject, QThread
    ///
    ///
    /// class Worker(QObject):
    ///     def __init__(self, path):
    ///         super().__init__()
    ///         self.path = path
    ///
    ///     def work(self):
    ///         read_all(self.path)
    ///
    ///
    /// class Controller(QObject):
    ///     def start(self, path):
    ///         self.thread = QThread()
    ///         self.worker = Worker(path)
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.started.connect(self.worker.work)
    ///         self.thread.start()
    ///
    ///     def stop(self):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all for a lambda. A `partial` runs in the user interface in PySide, and in PyQt if it is connected
    /// before the move.
    ///
    /// ## Limits
    ///
    /// Only a lambda that consists of the call is looked at.
    ///
    /// The fix passes the arguments through the worker's constructor, in another file if it stands there: where the class
    /// has no subclasses, is made at one place, in the function that connects and outside of loops, and its method is used
    /// nowhere else. The arguments are constants, variables that are bound once, before, and attributes of the object that
    /// are assigned once: what else they may be could change until the thread starts. A method that works on the user
    /// interface is left where it is.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/threads-qobject.html#signals-and-slots-across-threads>
    pub(crate) static RULE = {
        code: "HB405",
        name: "callable-on-started",
        summary: "A lambda on `started` calls the worker in the user interface",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        let thread = connect.sender.is_some_and(|sender| context.is(sender, "QThread"));
        if connect.signal != "started" || !thread || connect.kind.is_some() {
            continue;
        }
        let tree = context.tree();
        if let Some(call) = calls_worker(context, connect) {
            let report = context
                .report(&RULE, tree.range(connect.slot), format!("the thread object lives in the user interface and so does this callable: `{}` runs there and freezes it, the thread stays idle", call.name))
                .help("connect the method itself, `thread.started.connect(worker.method)`, and give the worker its arguments in its constructor");
            match mended(context, connect, &call) {
                Some((title, edits)) => report.fix(title, Applicability::Unsafe, edits).done(),
                None => report.done(),
            }
        }
    }
}

/// The method itself, with its arguments in the constructor if it has any; nothing where it works on the user interface,
/// as it then must stay there.
fn mended(context: &Context<'_>, connect: &Connect, call: &Call<'_>) -> Option<(&'static str, Vec<Edit>)> {
    let partial = matches!(context.tree().kind(connect.slot), ExprKind::Call { .. });
    let target = if partial { *call.args.first()? } else { call.callee };
    let frees = |ty: &Ty| match ty {
        Ty::Method(func, _) => touches(context, *func, 0).is_none(),
        _ => false,
    };
    if !context.types(target).values().all(frees) {
        return None;
    }
    match forwarded(context, connect.slot).filter(|method| takes_the_same(context, connect, *method)) {
        Some(method) => Some(("Connect the method itself", connect_itself(context, connect, method))),
        None => through_constructor(context, connect, call)
            .map(|edits| ("Give the worker its arguments in its constructor", edits)),
    }
}

/// The call of a moved worker's method in a lambda; a `partial` of one, where the binding treats it alike.
fn calls_worker<'c>(context: &Context<'c>, connect: &Connect) -> Option<Call<'c>> {
    let tree = context.tree();
    match tree.kind(connect.slot) {
        ExprKind::Lambda(func) => {
            let value = tree.func(*func).value?;
            tree.call(value).filter(|call| {
                call.receiver.is_some_and(|receiver| is_moved(context, receiver)) && is_method(context, call.callee)
            })
        }
        ExprKind::Call { .. } => {
            let partial = tree.call(connect.slot).filter(|call| call.name == "partial")?;
            let pyside = context.binding().is_some_and(|binding| !binding.api.is_pyqt());
            let ExprKind::Attribute { value, .. } = tree.kind(*partial.args.first()?) else {
                return None;
            };
            (pyside && is_moved(context, *value)).then_some(partial)
        }
        _ => None,
    }
}

fn is_moved(context: &Context<'_>, object: ExprId) -> bool {
    let types = context.types(object);
    let moved = |class: &&Class| matches!(class, Class::Own(own) if context.wiring.is_moved(context.infer, *own));
    let classes = types.instances();
    !classes.is_empty() && classes.iter().all(moved)
}

fn is_method(context: &Context<'_>, callee: ExprId) -> bool {
    context.types(callee).values().all(|ty| matches!(ty, Ty::Method(..)))
}
