use super::lifetime::{Parent, parent_of};
use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Binding, ExprId, ExprKind, Source, StmtKind, Tree};

declare_rule! {
    /// ## What it does
    ///
    /// Reports moves that Qt refuses or that do something else: the thread moved to the worker, a thread moved to
    /// itself, an object with a parent, an object moved to its own child; and moves to a thread that nobody starts.
    ///
    /// ## Why is this bad
    ///
    /// The move does not happen, and the work runs in the user interface; or the thread object waits for itself.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QThread
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// class Controller:
    ///     def start(self):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.thread.moveToThread(self.worker)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PySide6.QtCore import QObject, QThread
    ///
    ///
    /// class Worker(QObject):
    ///     def work(self):
    ///         read_all()
    ///
    ///
    /// class Controller:
    ///     def start(self):
    ///         self.thread = QThread()
    ///         self.worker = Worker()
    ///         self.worker.moveToThread(self.thread)
    ///         self.thread.start()
    ///
    ///     def stop(self):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all; the wrong direction raises a TypeError.
    ///
    /// ## Limits
    ///
    /// A parent is seen where the constructor hands it to Qt.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qobject.html#moveToThread>
    pub(crate) static RULE = {
        code: "HB301",
        name: "move-to-thread-misuse",
        summary: "`moveToThread` cannot do what is asked",
        group: Group::Affinity,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for call in context.tree().method_calls("moveToThread") {
        let (Some(object), [thread]) = (call.receiver, call.args) else {
            continue;
        };
        if let Some((message, help)) = misuse(context, &call, object, *thread) {
            context
                .report(&RULE, context.tree().range(call.id), message)
                .help(help)
                .done();
        }
    }
}

fn misuse(
    context: &Context<'_>,
    call: &Call<'_>,
    object: ExprId,
    thread: ExprId,
) -> Option<(&'static str, &'static str)> {
    let tree = context.tree();
    let is_self = |expr: ExprId| matches!(tree.kind(expr), ExprKind::Name(name) if name == "self");
    if is_self(object) && is_self(thread) && context.is(object, "QThread") {
        return Some((
            "a thread moved to itself: its slots then run in a thread whose `run` must run an event loop, and `quit` from outside no longer reaches a busy one",
            "make a worker object and move that; leave the thread where it is",
        ));
    }
    if reversed(context, object, thread) {
        return Some((
            "the thread is moved to the worker: this raises a TypeError, nothing is moved",
            "the other way round: `worker.moveToThread(thread)`",
        ));
    }
    if is_self(object) && own_child(context, call, thread) {
        return Some((
            "the object is moved to a thread that is its own child: the child stays behind, and the thread is deleted with the object that runs in it",
            "make the thread without a parent, and stop it from whoever made this object",
        ));
    }
    if never_started(context, thread) || local_never_started(context, thread) {
        return Some((
            "nothing starts this thread: the slots of the moved object are never called",
            "call its `start()`",
        ));
    }
    let made = made_by(context, object)?;
    if tree.call(made).is_some_and(|made| chooses_none(tree, &made)) {
        return None;
    }
    let refused = parent_of(context, made) == Parent::Given
        && !context
            .infer
            .is_gui(&context.types(object).instances().first().copied()?.clone());
    refused.then_some((
        "an object with a parent cannot be moved: Qt prints \"QObject::moveToThread: Cannot move objects with a parent\" and everything runs in the user interface",
        "make it without a parent",
    ))
}

/// `Worker(None if threaded else self)`: what is moved is made without a parent.
fn chooses_none(tree: &Tree, made: &Call<'_>) -> bool {
    let mut values = made.args.iter().chain(made.keywords.iter().map(|(_, value)| value));
    values.any(|value| match tree.kind(*value) {
        ExprKind::Conditional { then, other } => tree.is_none(*then) || tree.is_none(*other),
        _ => false,
    })
}

/// A plain thread in a local that is neither started nor given away.
fn local_never_started(context: &Context<'_>, thread: ExprId) -> bool {
    let tree = context.tree();
    let ExprKind::Name(name) = tree.kind(thread) else {
        return false;
    };
    let func = tree.expr(thread).func;
    let made_here = match tree.func(func).bindings.get(name).map(smallvec::SmallVec::as_slice) {
        Some([only]) => matches!(only.source, Source::Value(made) if is_plain_thread(context, made)),
        _ => false,
    };
    let named = |expr: &ExprId| matches!(tree.kind(*expr), ExprKind::Name(other) if other == name);
    let here = |expr: &ExprId| {
        let scope = tree.expr(*expr).func;
        scope == func || tree.func(scope).outer == Some(func)
    };
    let mut uses = (0..tree.exprs.len()).map(ExprId::new).filter(named).filter(here);
    made_here && uses.all(|used| !starts_or_gives_away(tree, used))
}

/// Whether a use of a thread's name may start it: here, or wherever it is handed.
fn starts_or_gives_away(tree: &Tree, used: ExprId) -> bool {
    let Some(parent) = tree.expr(used).parent else {
        let bound = |stmt| matches!(&tree.stmt(stmt).kind, StmtKind::Assign(targets) if targets.contains(&used));
        return !tree.stmt_of(used).is_some_and(bound);
    };
    match tree.kind(parent) {
        ExprKind::Attribute { attr, .. } => attr == "start",
        _ => tree.call(parent).is_none_or(|call| call.name != "moveToThread"),
    }
}

fn is_plain_thread(context: &Context<'_>, made: ExprId) -> bool {
    let types = context.types(made);
    let thread = |ty: &Ty| matches!(ty, Ty::Instance(Class::Qt(class)) if class.is_a("QThread"));
    !types.unknown && types.list.len() == 1 && types.list.iter().all(thread)
}

/// A plain thread in an attribute of the object, under a name that nobody starts.
fn never_started(context: &Context<'_>, thread: ExprId) -> bool {
    let Some(attr) = context.tree().self_attribute(thread) else {
        return false;
    };
    let plain = context.types(thread);
    let qt = matches!(plain.values().collect::<Vec<_>>().as_slice(), [Ty::Instance(Class::Qt(class))] if class.is_a("QThread"));
    let handled = || {
        context.project().files.iter().any(|file| {
            let tree = &file.tree;
            let uses = tree
                .exprs
                .iter()
                .filter(|expr| matches!(&expr.kind, ExprKind::Attribute { attr: name, .. } if name == attr));
            uses.into_iter()
                .any(|used| match used.parent.map(|parent| tree.kind(parent)) {
                    Some(ExprKind::Attribute { attr, .. }) => attr == "start",
                    Some(ExprKind::Call { .. }) => used
                        .parent
                        .and_then(|call| tree.call(call))
                        .is_none_or(|call| call.name != "moveToThread"),
                    Some(_) => true,
                    None => false,
                })
        })
    };
    qt && !plain.unknown && !handled()
}

fn reversed(context: &Context<'_>, object: ExprId, thread: ExprId) -> bool {
    let types = context.types(thread);
    let classes = types.instances();
    let no_thread = |class: &&Class| {
        matches!(class, Class::Own(_)) && context.infer.is_a(class, "QObject") && !context.infer.is_a(class, "QThread")
    };
    context.is(object, "QThread") && !types.unknown && !classes.is_empty() && classes.iter().all(no_thread)
}

/// `self.thread = QThread(self)`, then `self.moveToThread(self.thread)`.
fn own_child(context: &Context<'_>, call: &Call<'_>, thread: ExprId) -> bool {
    let tree = context.tree();
    let Some(attr) = tree.self_attribute(thread) else {
        return false;
    };
    let Some(class) = context.infer.class_around(context.func(tree.expr(call.id).func)) else {
        return false;
    };
    context.project().class(class).attributes.get(attr).into_iter().flatten().any(|binding| match binding.source {
        Source::Value(made) => tree.call(made).is_some_and(|made| {
            let parent = made.argument(0, "parent");
            let qt = matches!(context.types(made.callee).list.as_slice(), [Ty::Class(Class::Qt(class))] if class.is_a("QThread"));
            qt && parent.is_some_and(|parent| matches!(tree.kind(parent), ExprKind::Name(name) if name == "self"))
        }),
        _ => false,
    })
}

/// The only construction of an object in a local or in an attribute.
fn made_by(context: &Context<'_>, object: ExprId) -> Option<ExprId> {
    let tree = context.tree();
    let func = tree.expr(object).func;
    let bindings: &[Binding] = if let ExprKind::Name(name) = tree.kind(object) {
        tree.func(func).bindings.get(name)?
    } else {
        let attr = tree.self_attribute(object)?;
        let class = context.infer.class_around(context.func(func))?;
        context.project().class(class).attributes.get(attr)?
    };
    let made: Vec<ExprId> = bindings
        .iter()
        .filter_map(|binding| match binding.source {
            Source::Value(value) if !tree.is_none(value) => Some(value),
            _ => None,
        })
        .collect();
    match made.as_slice() {
        [one] if tree.expr(*one).func == func && matches!(tree.kind(*one), ExprKind::Call { .. }) => Some(*one),
        _ => None,
    }
}
