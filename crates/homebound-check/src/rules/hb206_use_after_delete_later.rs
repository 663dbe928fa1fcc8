use crate::context::Context;
use crate::model::code::Call;
use crate::model::{ClassRef, FuncRef, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Branch, ExprId, ExprKind, FuncId, Name, Source, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports calls of Qt's methods on an attribute whose object deletes itself when it has finished, where nothing
    /// resets the attribute.
    ///
    /// ## Why is this bad
    ///
    /// After `deleteLater` only the Python wrapper is left. Its first call of a method of Qt raises "RuntimeError:
    /// wrapped C/C++ object has been deleted"; in a slot of PyQt that aborts the process.
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
    ///         self.reader.finished.connect(self.reader.deleteLater)
    ///         self.reader.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.reader.wait()
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
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.reader = None
    ///
    ///     def start(self):
    ///         self.reader = Reader()
    ///         self.reader.finished.connect(self.forget)
    ///         self.reader.finished.connect(self.reader.deleteLater)
    ///         self.reader.start()
    ///
    ///     def forget(self):
    ///         self.reader = None
    ///
    ///     def closeEvent(self, event):
    ///         if self.reader is not None:
    ///             self.reader.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// PySide says "Internal C++ object already deleted".
    ///
    /// ## Limits
    ///
    /// Silent within `try`, beside `sip.isdeleted` or `shiboken6.isValid`, where the attribute is set anywhere else,
    /// where a slot of `finished` disables the button that leads there, and where the object around deletes itself too.
    /// Methods that only Python has still work and are not reported.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qobject.html#deleteLater>
    pub(crate) static RULE = {
        code: "HB206",
        name: "use-after-delete-later",
        summary: "An object is used after Qt has deleted it",
        group: Group::Lifetime,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        let tree = context.tree();
        let ExprKind::Attribute { value, attr, .. } = tree.kind(connect.slot) else {
            continue;
        };
        if attr != "deleteLater" || connect.signal != "finished" {
            continue;
        }
        let func = tree.expr(connect.call.expr).func;
        let Some(class) = context.infer.class_around(context.func(func)) else {
            continue;
        };
        let Some(name) = attribute_of(context, class, *value) else {
            continue;
        };
        let once = is_reset(context, class, &name, func) || deletes_itself(context, func);
        if once || !made_in(context, class, &name, func) {
            continue;
        }
        let uses = uses(context, class, &name, func);
        for call in uses.into_iter().filter(|call| !out_of_reach(context, call, &name)) {
            context
                .report(&RULE, tree.range(call.id), format!("`self.{name}` is deleted when it has finished and stays in the attribute: `{}` then raises \"RuntimeError: wrapped C/C++ object has been deleted\"", call.name))
                .help(format!("set `self.{name} = None` in a slot of `finished`, and test for it here"))
                .related(vec![context.related(tree.range(connect.call.expr), "deleted here when it has finished")])
                .done();
        }
    }
}

/// The attribute that an object is kept in: itself, or where a local is stored.
fn attribute_of(context: &Context<'_>, class: ClassRef, expr: ExprId) -> Option<Name> {
    let tree = context.tree();
    if let Some(name) = tree.self_attribute(expr) {
        return Some(name.clone());
    }
    let ExprKind::Name(local) = tree.kind(expr) else {
        return None;
    };
    let func = tree.expr(expr).func;
    let attributes = &context.project().class(class).attributes;
    let mut names: Vec<&Name> = attributes
        .iter()
        .filter(|(_, bindings)| {
            bindings.iter().any(|binding| match binding.source {
                Source::Value(value) => {
                    tree.expr(value).func == func && matches!(tree.kind(value), ExprKind::Name(name) if name == local)
                }
                _ => false,
            })
        })
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.first().map(|name| (*name).clone())
}

/// Whether the attribute is set again anywhere but in the constructor and where the object is made.
fn is_reset(context: &Context<'_>, class: ClassRef, name: &Name, maker: FuncId) -> bool {
    let tree = context.tree();
    let bindings = context.project().class(class).attributes.get(name);
    let elsewhere = bindings
        .into_iter()
        .flatten()
        .filter_map(|binding| binding.target)
        .any(|target| {
            let func = tree.expr(target).func;
            func != maker && tree.func(func).name != "__init__"
        });
    let deleted = tree.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Delete(targets) => targets.iter().any(|target| tree.self_attribute(*target) == Some(name)),
        _ => false,
    });
    elsewhere || deleted || context.project().foreign_attributes(name).iter().any(|_| true)
}

/// Whether the object deletes itself as well where it makes the other: it serves once.
fn deletes_itself(context: &Context<'_>, maker: FuncId) -> bool {
    let tree = context.tree();
    let mut own = context
        .wiring
        .in_file(context.id)
        .filter(|connect| tree.expr(connect.call.expr).func == maker);
    own.any(|connect| {
        tree.self_attribute(connect.slot)
            .is_some_and(|slot| slot == "deleteLater")
    })
}

/// Whether the use is the slot of a button that a slot of `finished` disables.
fn out_of_reach(context: &Context<'_>, call: &Call<'_>, name: &Name) -> bool {
    let tree = context.tree();
    let user = context.func(tree.expr(call.id).func);
    let connects = || context.wiring.in_file(context.id);
    let path = |expr: Option<ExprId>| expr.and_then(|expr| tree.path(expr));
    let buttons = connects().filter(|connect| connect.functions().any(|(slot, _)| slot == user));
    let buttons: Vec<Name> = buttons.filter_map(|connect| path(connect.sender)).collect();
    let ends = connects().filter(|connect| {
        connect.signal == "finished" && connect.sender.and_then(|sender| tree.self_attribute(sender)) == Some(name)
    });
    let disables = |func: FuncRef| {
        let tree = context.project().tree(func.file);
        let mut calls = tree.calls_in(func.func);
        calls.any(|call| {
            let value = call.args.first().map(|arg| tree.kind(*arg));
            let off = match call.name {
                "setEnabled" => matches!(value, Some(ExprKind::Bool(false))),
                "setDisabled" => matches!(value, Some(ExprKind::Bool(true))),
                _ => false,
            };
            off && call
                .receiver
                .and_then(|button| tree.path(button))
                .is_some_and(|button| buttons.contains(&button))
        })
    };
    ends.into_iter()
        .any(|connect| connect.functions().any(|(slot, _)| disables(slot)))
}

fn made_in(context: &Context<'_>, class: ClassRef, name: &Name, func: FuncId) -> bool {
    let bindings = context.project().class(class).attributes.get(name);
    bindings
        .into_iter()
        .flatten()
        .filter_map(|binding| binding.target)
        .any(|target| context.tree().expr(target).func == func)
}

/// Calls of Qt's own methods on the attribute, in other methods, unguarded.
fn uses<'c>(context: &Context<'c>, class: ClassRef, name: &Name, maker: FuncId) -> Vec<Call<'c>> {
    let tree = context.tree();
    let mut out = Vec::new();
    let mut methods: Vec<FuncId> = context
        .project()
        .class(class)
        .methods
        .values()
        .copied()
        .filter(|func| *func != maker && !told_while_it_runs(context, context.func(*func), maker))
        .collect();
    methods.sort_unstable();
    for func in methods {
        let ours = |call: &Call<'_>| call.receiver.and_then(|receiver| tree.self_attribute(receiver)) == Some(name);
        let native = |call: &Call<'_>| {
            let types = context.types(call.callee);
            types.values().next().is_some() && types.values().all(|ty| matches!(ty, Ty::QtMethod(..)))
        };
        let first = tree
            .calls_in(func)
            .find(|call| ours(call) && native(call) && !guarded(context, call));
        out.extend(first);
    }
    out
}

/// Whether a function that uses the thread is a slot of what was made with it: its worker tells it before the thread
/// ends, and a thread that only such a slot ends is there.
fn told_while_it_runs(context: &Context<'_>, func: FuncRef, maker: FuncId) -> bool {
    let tree = context.tree();
    let ends = tree
        .calls_in(func.func)
        .any(|call| matches!(call.name, "quit" | "exit"));
    let mut told = context
        .wiring
        .in_file(context.id)
        .filter(|connect| tree.expr(connect.call.expr).func == maker);
    let told = told.any(|connect| connect.signal != "finished" && connect.functions().any(|(slot, _)| slot == func));
    ends && told
}

fn guarded(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let Some(stmt) = tree.stmt_of(call.id) else { return true };
    tree.around(stmt)
        .any(|(outer, branch)| branch == Branch::Body && matches!(tree.stmt(outer).kind, StmtKind::Try { .. }))
        || tree
            .calls_in(tree.expr(call.id).func)
            .any(|other| matches!(other.name, "isdeleted" | "isValid"))
}
