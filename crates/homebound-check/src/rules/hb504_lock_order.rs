use super::locks::{LockId, Section, calls_under, sections};
use crate::context::Context;
use crate::model::code::Call;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::FuncId;
use crate::text::TextRange;

declare_rule! {
    /// ## What it does
    ///
    /// Reports two locks that are taken inside each other in both orders.
    ///
    /// ## Why is this bad
    ///
    /// One thread holds the first and waits for the second, the other holds the second and waits for the first:
    /// neither ever goes on.
    ///
    /// ## Example
    ///
    /// ```python
    /// import threading
    ///
    /// from PyQt6.QtCore import QObject
    ///
    ///
    /// class Store(QObject):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.a = threading.Lock()
    ///         self.b = threading.Lock()
    ///
    ///     def copy(self):
    ///         with self.a:
    ///             with self.b:
    ///                 pass
    ///
    ///     def back(self):
    ///         with self.b:
    ///             with self.a:
    ///                 pass
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import threading
    ///
    /// from PyQt6.QtCore import QObject
    ///
    ///
    /// class Store(QObject):
    ///     def __init__(self):
    ///         super().__init__()
    ///         self.a = threading.Lock()
    ///         self.b = threading.Lock()
    ///
    ///     def copy(self):
    ///         with self.a:
    ///             with self.b:
    ///                 pass
    ///
    ///     def back(self):
    ///         with self.a:
    ///             with self.b:
    ///                 pass
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// Functions that are called under a lock are followed within one file.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/threads-synchronizing.html>
    pub(crate) static RULE = {
        code: "HB504",
        name: "lock-order",
        summary: "Two locks are taken in both orders",
        group: Group::Locks,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

/// How deep calls under a lock are followed.
const DEEPEST: usize = 4;

/// A lock that is taken while another is held.
struct Nested {
    outer: LockId,
    inner: LockId,
    title: String,
    /// Where the inner one is taken, or the call that comes to it.
    at: TextRange,
    /// The function that takes it, where that is called.
    via: Option<String>,
}

pub(super) fn check(context: &Context<'_>) {
    // A lock is known by the class or the module that it belongs to, and both orders stand in that file.
    let pairs = nested(context);
    for pair in &pairs {
        let reverse = pairs
            .iter()
            .find(|other| other.outer == pair.inner && other.inner == pair.outer);
        let Some(other) = reverse else { continue };
        let through = pair
            .via
            .as_ref()
            .map_or_else(String::new, |func| format!(", by {func},"));
        context
            .report(
                &RULE,
                pair.at,
                format!(
                    "`{}` is taken{through} while another lock is held that elsewhere is taken after it: two threads that come from both sides wait for each other for ever",
                    pair.title
                ),
            )
            .help("take the two in the same order everywhere")
            .related(vec![context.related(other.at, "here they are taken the other way round")])
            .done();
    }
}

fn nested(context: &Context<'_>) -> Vec<Nested> {
    let tree = context.tree();
    let sections = sections(context.infer, context.id);
    let mut out = Vec::new();
    for outer in &sections {
        let inside = |inner: &&Section| {
            inner.lock != outer.lock && inner.func == outer.func && outer.body.contains(tree.range(inner.taken))
        };
        out.extend(sections.iter().filter(inside).map(|inner| Nested {
            outer: outer.lock.clone(),
            inner: inner.lock.clone(),
            title: inner.title.clone(),
            at: tree.range(inner.taken),
            via: None,
        }));
        for call in calls_under(tree, outer) {
            out.extend(taken_by(context, &sections, outer, &call));
        }
    }
    out
}

/// The other locks that a call takes, which is made while `outer` is held.
fn taken_by(context: &Context<'_>, sections: &[Section], outer: &Section, call: &Call<'_>) -> Vec<Nested> {
    let mut reached = Vec::new();
    reach(context, outer.func, call, DEEPEST, &mut reached);
    let taken = sections
        .iter()
        .filter(|inner| inner.lock != outer.lock && reached.contains(&inner.func));
    taken
        .map(|inner| Nested {
            outer: outer.lock.clone(),
            inner: inner.lock.clone(),
            title: inner.title.clone(),
            at: context.tree().range(call.id),
            via: Some(context.infer.title(context.func(inner.func))),
        })
        .collect()
}

/// The functions of this file that a call comes to.
fn reach(context: &Context<'_>, from: FuncId, call: &Call<'_>, depth: usize, reached: &mut Vec<FuncId>) {
    if depth == 0 {
        return;
    }
    for target in context.infer.targets(context.at(call.id), call.callee) {
        if target.file != context.id || target.func == from || reached.contains(&target.func) {
            continue;
        }
        reached.push(target.func);
        for call in context.tree().calls_in(target.func) {
            reach(context, from, &call, depth - 1, reached);
        }
    }
}
