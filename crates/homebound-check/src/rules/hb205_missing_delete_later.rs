use crate::context::Context;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprKind, Source};

declare_rule! {
    /// ## What it does
    ///
    /// Reports threads that a method makes as children of its object, into the same attribute each time, without
    /// `deleteLater`.
    ///
    /// ## Why is this bad
    ///
    /// The attribute forgets the last thread, the parent does not: each call leaves one more object behind.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def refresh(self):
    ///         self.thread = QThread(self)
    ///         self.thread.start()
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    /// from PyQt6.QtWidgets import QWidget
    ///
    ///
    /// class Window(QWidget):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.thread = QThread(self)
    ///         self.thread.start()
    ///
    ///     def closeEvent(self, event):
    ///         self.thread.quit()
    ///         self.thread.wait()
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Off by default: a thread per click is a small leak. Only plain threads with `self` as parent are looked at.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qobject.html#deleteLater>
    pub(crate) static RULE = {
        code: "HB205",
        name: "missing-delete-later",
        summary: "A thread with a parent is made per action and never deleted",
        group: Group::Lifetime,
        default: false,
        level: 2,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for class in context.classes() {
        for (attr, bindings) in &context.project().class(class).attributes {
            for binding in bindings {
                let Source::Value(made) = binding.source else { continue };
                let Some(call) = tree
                    .call(made)
                    .filter(|_| tree.func(tree.expr(made).func).name != "__init__")
                else {
                    continue;
                };
                let parent = call
                    .argument(0, "parent")
                    .is_some_and(|parent| matches!(tree.kind(parent), ExprKind::Name(name) if name == "self"));
                let thread = matches!(context.types(call.callee).list.as_slice(), [Ty::Class(Class::Qt(class))] if class.is_a("QThread"));
                let deleted = tree
                    .func(tree.expr(made).func)
                    .attributes
                    .iter()
                    .any(|id| matches!(tree.kind(*id), ExprKind::Attribute { attr, .. } if attr == "deleteLater"));
                if parent && thread && !deleted {
                    context
                        .report(&RULE, tree.range(made), format!("each call makes another child of this object in `self.{attr}`, and the parent keeps them all until it goes itself"))
                        .help(format!("`self.{attr}.finished.connect(self.{attr}.deleteLater)`"))
                        .done();
                }
            }
        }
    }
}
