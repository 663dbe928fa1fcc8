use super::forwarding::{connect_itself, forwarded, takes_the_same};
use super::gui;
use super::mend::as_method;
use crate::binding::{Api, Binding};
use crate::context::Context;
use crate::fix::{Applicability, Edit};
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::wiring::Connect;
use crate::model::{Class, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind, FuncKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports lambdas, functions and methods of plain objects that touch the user interface and are connected to a
    /// signal of a worker that was moved; in PyQt, those that are connected in another thread.
    ///
    /// ## Why is this bad
    ///
    /// Since 6.8 PySide runs a callable that belongs to no `QObject` in the thread of the sender, the worker's. The
    /// line that was right in 6.7 touches widgets from another thread.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QThread, Signal
    /// from PySide6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     done = Signal(str)
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.label = QLabel(self)
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.worker.done.connect(lambda text: self.label.setText(text))
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QThread, Signal
    /// from PySide6.QtWidgets import QLabel, QWidget
    ///
    ///
    /// class Worker(QObject):
    ///     done = Signal(str)
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
    /// PySide6 from 6.8 on, or of unknown version: the callable runs in the sender's thread. In PyQt and in older PySide
    /// it runs in the thread that connected it: in PyQt a `connect` in a worker is reported.
    ///
    /// ## Limits
    ///
    /// The callable is followed three calls deep.
    ///
    /// The fix makes a method of the class whose method connects, a `QObject` of the user interface: of a lambda, of a
    /// function within that method, of a `partial`. The name that the method has for its object stays. A local variable or
    /// a parameter that the callable takes along is kept in an attribute. That means the same where the variable is bound
    /// once, before the connection and outside of loops, and the method either runs once for each object (`__init__`, and
    /// what it alone calls once) or replaces the worker, an attribute of the same object, as well. There is no fix for other variables, for defaults that are no constants, for decorated
    /// functions and coroutines, where a base of the class is not known, or where the types of the signal's values have no
    /// name in the file. Unlike a lambda, a method does not keep its object alive.
    ///
    /// ## References
    ///
    /// <https://bugreports.qt.io/browse/PYSIDE-3124>
    pub(crate) static RULE = {
        code: "HB404",
        name: "callable-slot-thread",
        summary: "A lambda that touches the user interface runs in the worker's thread",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

/// From this version on a callable without an object runs in the thread of the sender.
pub(super) const CALLABLES_OF_SENDER: (u16, u16) = (6, 8);

pub(super) fn check(context: &Context<'_>) {
    let Some(binding) = context.binding() else { return };
    match binding.api {
        Api::PySide6 if binding.version.is_none_or(|version| version >= CALLABLES_OF_SENDER) => {
            of_sender(context, binding);
        }
        Api::PyQt5 | Api::PyQt6 => of_connect(context, binding),
        _ => {}
    }
}

/// PySide6: the callable runs where the sender lives.
fn of_sender(context: &Context<'_>, binding: Binding) {
    for connect in context
        .wiring
        .in_file(context.id)
        .filter(|connect| from_moved(context, connect))
    {
        let Some(said) = callable(context, connect).and_then(|func| touches(context, func, 0)) else {
            continue;
        };
        let version = if binding.version.is_some() { "" } else { " (since 6.8)" };
        let report = context
            .report(&RULE, context.tree().range(connect.slot), format!("PySide6{version} runs a callable that is no method of a QObject in the thread of the sender, here the worker's: there {said}"))
            .help("connect a method of the window; it runs in the window's thread");
        match mended(context, connect) {
            Some((title, edits)) => report.fix(title, Applicability::Unsafe, edits).done(),
            None => report.done(),
        }
    }
}

/// The method that the callable stands for, or a method that is made of it.
fn mended(context: &Context<'_>, connect: &Connect) -> Option<(String, Vec<Edit>)> {
    let itself = forwarded(context, connect.slot)
        .filter(|method| is_of_qobject(context, *method) && takes_the_same(context, connect, *method));
    match itself {
        Some(method) => {
            let edits = connect_itself(context, connect, method);
            Some(("Connect the method itself".to_owned(), edits))
        }
        None => as_method(context, connect),
    }
}

fn is_of_qobject(context: &Context<'_>, method: ExprId) -> bool {
    let types = context.types(method);
    let is_it = |ty: &Ty| match ty {
        Ty::Method(_, class) => context.infer.is_a(&Class::Own(*class), "QObject"),
        Ty::QtMethod(class, ..) => class.is_a("QObject"),
        _ => false,
    };
    !types.list.is_empty() && types.list.iter().all(is_it)
}

/// PyQt: the callable runs in the thread that called `connect`.
fn of_connect(context: &Context<'_>, binding: Binding) {
    for connect in context.wiring.in_file(context.id) {
        let here = context.func(context.tree().expr(connect.call.expr).func);
        if !context.runs_on(here, Colour::Worker)
            || context.runs_on(here, Colour::Ui)
            || connect.kind.is_some()
            || context.infer.asks_for_thread(here)
        {
            continue;
        }
        let Some(func) = callable(context, connect).filter(|func| !context.runs_on(*func, Colour::Worker)) else {
            continue;
        };
        let Some(said) = touches(context, func, 0) else {
            continue;
        };
        context
            .report(&RULE, context.tree().range(connect.slot), format!("{} runs a callable that is no method of a QObject in the thread that called `connect`, here another one than the window's: there {said}", binding.api.name()))
            .help("connect a method of the window, or connect in the thread of the user interface")
            .related(context.threads.chain(context.infer, here, Colour::Worker))
            .done();
    }
}

/// Whether the sender is a worker that is moved, and the signal is its own.
fn from_moved(context: &Context<'_>, connect: &Connect) -> bool {
    let moved = |class: &Class| matches!(class, Class::Own(own) if context.wiring.is_moved(context.infer, *own) && !context.infer.is_a(class, "QThread"));
    !connect.sender_classes.is_empty() && connect.sender_classes.iter().all(moved) && connect.kind.is_none()
}

/// The function that runs, where it is no method of a `QObject`.
fn callable(context: &Context<'_>, connect: &Connect) -> Option<FuncRef> {
    let [only] = connect.slots.as_slice() else { return None };
    match only {
        Ty::Func(func) if context.project().func(*func).kind == FuncKind::Lambda => Some(*func),
        Ty::Func(func) => Some(*func),
        Ty::Method(func, class) => {
            let partial = matches!(context.tree().kind(connect.slot), ExprKind::Call { .. });
            let opaque = context
                .infer
                .ancestry(*class)
                .iter()
                .any(|base| matches!(base, Class::Other(_)));
            (partial || (!opaque && !context.infer.is_a(&Class::Own(*class), "QObject"))).then_some(*func)
        }
        _ => None,
    }
}

/// How the function touches the user interface, itself or through methods that it calls.
pub(super) fn touches(context: &Context<'_>, func: FuncRef, depth: u32) -> Option<String> {
    if context.infer.asks_for_thread(func) {
        return None;
    }
    let there = Context::new(context.infer, context.wiring, context.threads, func.file);
    let direct = there
        .tree()
        .calls_in(func.func)
        .find_map(|call| gui::touches(&there, &call).or_else(|| misplaced(&there, &call)));
    direct.or_else(|| {
        let callees = context.infer.callees(func).into_iter().map(|(target, _)| target);
        let mut callees = callees.filter(|target| depth < 3 && context.infer.runs_when_called(*target));
        callees.find_map(|target| touches(context, target, depth + 1))
    })
}

/// What else only the thread of the user interface can do: wait for the worker's, and make what is to live with it.
fn misplaced(context: &Context<'_>, call: &Call<'_>) -> Option<String> {
    let types = context.types(call.callee);
    let [only] = types.list.as_slice() else { return None };
    match only {
        Ty::QtMethod(class, name, _) if class.is_a("QThread") && name == "wait" && !call.has_arguments() => {
            Some("a thread waits for itself, in vain".to_owned())
        }
        Ty::Class(class @ Class::Qt(_)) if ["QThread", "QTimer"].iter().any(|name| context.infer.is_a(class, name)) => {
            Some(format!("a `{}` is made, which then belongs to that thread", call.name))
        }
        _ => None,
    }
}
