use super::hb202_thread_not_kept::runs_loop;
use super::lifetime::{Parent, locals, parent_of};
use super::stops::{Stops, closes_with_care};
use crate::context::Context;
use crate::diagnostic::Related;
use crate::model::code::Call;
use crate::model::{Class, ClassRef, Ty, Types};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprId, ExprKind, FuncId, Name, Source};

declare_rule! {
    /// ## What it does
    ///
    /// Reports threads in an attribute that are started, while no code of the program waits for their end.
    ///
    /// ## Why is this bad
    ///
    /// When the window goes, or the program ends, the thread object goes too. If it still runs then, Qt prints
    /// "QThread: Destroyed while thread is still running" and aborts the process: the user sees a crash on closing,
    /// at random.
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
    ///         self.reader = Reader()
    ///         self.reader.start()
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
    ///         while not self.isInterruptionRequested():
    ///             read_some()
    ///
    ///
    /// class Window(QWidget):
    ///     def start(self):
    ///         self.reader = Reader()
    ///         self.reader.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.reader.requestInterruption()
    ///         self.reader.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all. `quit()` ends an event loop only: a `run` of one's own does not hear it.
    ///
    /// ## Limits
    ///
    /// A wait in a method of a window that only buttons and the ends of threads reach does not count; any other wait
    /// for the thread, anywhere in the program, ends the matter. Python's own threads are not judged.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qthread.html#dtor.QThread>
    pub(crate) static RULE = {
        code: "HB201",
        name: "thread-not-stopped",
        summary: "A thread may still run when its window or the program ends",
        group: Group::Lifetime,
        default: true,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for class in context.classes() {
        let mut attributes: Vec<&Name> = context.project().class(class).attributes.keys().collect();
        attributes.sort_unstable();
        for attr in attributes {
            if let Some(start) = started_in(context, class, attr) {
                judge(context, class, attr, start);
            }
        }
    }
    children(context);
    outsiders(context);
}

/// Threads that a function outside the class puts into an attribute and starts: `window.thread = QThread()`.
fn outsiders(context: &Context<'_>) {
    let tree = context.tree();
    let mut seen: Vec<(ClassRef, &Name)> = Vec::new();
    for (base, attr, _) in &tree.foreign_attributes {
        let Some(class) = context.own_class(*base).filter(|class| !seen.contains(&(*class, attr))) else {
            continue;
        };
        seen.push((class, attr));
        let types = context.infer.own_attribute(class, attr);
        if types.unknown || !context.infer.all_are(&types, "QThread") {
            continue;
        }
        let ours = |call: &Call<'_>| match call.receiver.map(|receiver| tree.kind(receiver)) {
            Some(ExprKind::Attribute { value, attr: name, .. }) => {
                name == attr && context.own_class(*value) == Some(class) && tree.self_attribute(*value).is_none()
            }
            _ => false,
        };
        let outside =
            |call: &Call<'_>| context.infer.class_around(context.func(tree.expr(call.id).func)) != Some(class);
        if let Some(start) = tree.method_calls("start").find(|call| outside(call) && ours(call)) {
            judge(context, class, attr, start.id);
        }
    }
}

/// Where a thread of this attribute is started, or one that is put into its list.
fn started_in(context: &Context<'_>, class: ClassRef, attr: &Name) -> Option<ExprId> {
    let types = context.infer.own_attribute(class, attr);
    if types.unknown {
        return None;
    }
    if context.infer.all_are(&types, "QThread") {
        return find_start(context, class, attr);
    }
    let [Ty::Sequence(items)] = types.list.as_slice() else {
        return None;
    };
    let thread = |item: &Ty| {
        item.instance()
            .is_some_and(|class| context.infer.is_a(class, "QThread"))
    };
    (!items.is_empty() && items.iter().all(thread))
        .then(|| start_of_item(context, class, attr))
        .flatten()
}

/// The start of a local that is appended to the list.
fn start_of_item(context: &Context<'_>, class: ClassRef, attr: &Name) -> Option<ExprId> {
    let tree = context.tree();
    let appends = tree
        .method_calls("append")
        .filter(|call| call.receiver.and_then(|list| tree.self_attribute(list)) == Some(attr));
    let inside = |func: FuncId| context.infer.class_around(context.func(func)) == Some(class);
    let appended = appends.into_iter().find_map(|append| {
        let func = tree.expr(append.id).func;
        let item = tree.path(*append.args.first()?)?;
        let mut starts = tree.calls_in(func).filter(|call| call.name == "start");
        starts
            .find(|call| inside(func) && call.receiver.and_then(|thread| tree.path(thread)).as_ref() == Some(&item))
            .map(|call| call.id)
    });
    appended.or_else(|| {
        let mut starts = tree
            .method_calls("start")
            .filter(|call| inside(tree.expr(call.id).func));
        starts
            .find(|call| call.receiver.is_some_and(|thread| is_item(context, thread, attr)))
            .map(|call| call.id)
    })
}

/// Whether an expression is an item of the object's list: `self.threads[0]`, or `thread` in a loop over it.
fn is_item(context: &Context<'_>, expr: ExprId, attr: &Name) -> bool {
    let tree = context.tree();
    match tree.kind(expr) {
        ExprKind::Subscript { value, .. } => tree.self_attribute(*value) == Some(attr),
        ExprKind::Name(name) => {
            let bindings = tree.func(tree.expr(expr).func).bindings.get(name).into_iter().flatten();
            bindings.into_iter().any(
                |binding| matches!(binding.source, Source::Element(list) if tree.self_attribute(list) == Some(attr)),
            )
        }
        _ => false,
    }
}

/// Threads in locals that only their parent keeps: nobody can wait for them.
fn children(context: &Context<'_>) {
    for local in locals(context, "QThread") {
        let starts = local.calls(context, "start");
        let waits = !local.calls(context, "wait").is_empty() || runs_loop(context, local.func);
        let Some(start) = starts.first().filter(|_| !waits) else {
            continue;
        };
        if parent_of(context, local.made) == Parent::Given
            && !local.is_kept(context)
            && !owner_cares(context, local.func)
            && !waits_when_deleted(context, &context.types(local.made))
        {
            context
                .report(&RULE, context.tree().range(start.id), "only its parent keeps this thread, so nothing can wait for it: if it still runs when the parent goes, the process aborts with \"QThread: Destroyed while thread is still running\"")
                .help(format!("keep it, `self.{} = …`; in `closeEvent` ask it to end and `wait()` for it", local.name))
                .done();
        }
    }
}

fn judge(context: &Context<'_>, class: ClassRef, attr: &Name, start: ExprId) {
    let stops = Stops::find(context, class, attr);
    if stops.awaited || waits_for_itself(context, class, attr) || closes_with_care(context, class) {
        return;
    }
    let message = if stops.elsewhere {
        "this thread is awaited when a button says so or when it has ended, but not when the window closes: if it still runs then, the process aborts with \"QThread: Destroyed while thread is still running\""
    } else if stops.asked {
        "this thread is asked to end and not awaited: if it still runs when its object goes, the process aborts with \"QThread: Destroyed while thread is still running\""
    } else {
        "nothing ends this thread when the window closes: if it still runs then, the process aborts with \"QThread: Destroyed while thread is still running\""
    };
    context
        .report(&RULE, context.tree().range(start), message)
        .help(format!("in `closeEvent`, or in a slot of `aboutToQuit`: ask it to end (a flag or `requestInterruption()`, `quit()` where it has an event loop), then `self.{attr}.wait()`"))
        .related(made(context, class, attr).into_iter().collect())
        .done();
}

/// Where the thread is made: often lines before its start.
fn made(context: &Context<'_>, class: ClassRef, attr: &Name) -> Option<Related> {
    let mut bindings = context.project().class(class).attributes.get(attr)?.iter();
    let call = bindings.find_map(|binding| match binding.source {
        Source::Value(value) if class.file == context.id => context.tree().call(value),
        _ => None,
    })?;
    Some(context.related(context.tree().range(call.id), "the thread is made here"))
}

fn owner_cares(context: &Context<'_>, func: FuncId) -> bool {
    context
        .infer
        .class_around(context.func(func))
        .is_some_and(|class| closes_with_care(context, class))
}

/// Whether the thread's own class waits when it is deleted.
fn waits_for_itself(context: &Context<'_>, class: ClassRef, attr: &Name) -> bool {
    waits_when_deleted(context, &context.infer.own_attribute(class, attr))
}

pub(super) fn waits_when_deleted(context: &Context<'_>, types: &Types) -> bool {
    types.instances().into_iter().any(|thread| {
        let Class::Own(own) = thread else { return false };
        let deleted = context.infer.method(*own, "__del__");
        deleted.is_some_and(|func| {
            context
                .project()
                .tree(func.file)
                .calls_in(func.func)
                .any(|call| call.name == "wait")
        })
    })
}

/// The first start of the thread, directly or through the local it was made in.
fn find_start(context: &Context<'_>, class: ClassRef, attr: &Name) -> Option<ExprId> {
    let tree = context.tree();
    let inside = |call: &Call<'_>| context.infer.class_around(context.func(tree.expr(call.id).func)) == Some(class);
    let ours = |call: &Call<'_>| {
        let Some(receiver) = call.receiver else { return false };
        tree.self_attribute(receiver) == Some(attr) || is_alias(context, class, attr, receiver)
    };
    let called = tree.method_calls("start").filter(inside).find(ours).map(|call| call.id);
    called.or_else(|| {
        let starts = |slot: ExprId| matches!(tree.kind(slot), ExprKind::Attribute { value, attr: name, .. } if name == "start" && tree.self_attribute(*value) == Some(attr));
        let connects = tree.method_calls("connect").filter(inside);
        connects.into_iter().filter(|call| call.args.first().is_some_and(|slot| starts(*slot))).map(|call| call.id).next()
    })
}

/// Whether a local is what the attribute is set to: `self.x = thread`, or `thread = self.x`.
fn is_alias(context: &Context<'_>, class: ClassRef, attr: &Name, expr: ExprId) -> bool {
    let tree = context.tree();
    let ExprKind::Name(name) = tree.kind(expr) else {
        return false;
    };
    let func = tree.expr(expr).func;
    let stored = context
        .project()
        .class(class)
        .attributes
        .get(attr)
        .into_iter()
        .flatten()
        .any(|binding| match binding.source {
            Source::Value(value) => {
                tree.expr(value).func == func && matches!(tree.kind(value), ExprKind::Name(local) if local == name)
            }
            _ => false,
        });
    let read = tree
        .func(func)
        .bindings
        .get(name)
        .into_iter()
        .flatten()
        .any(|binding| match binding.source {
            Source::Value(value) => tree.self_attribute(value) == Some(attr),
            _ => false,
        });
    stored || read
}
