use super::locks::{LockId, Section, sections};
use crate::context::Context;
use crate::model::{FileId, Infer};
use crate::rule::{FixAvailability, Group, declare_rule};

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
    /// Both locks must be taken in one function; what called functions take is not seen.
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

/// A lock that is taken while another is held.
struct Nested {
    outer: LockId,
    inner: Section,
}

pub(super) fn check(context: &Context<'_>) {
    let here = nested(context.infer, context.id);
    if here.is_empty() {
        return;
    }
    let everywhere: Vec<(FileId, Nested)> = context
        .project()
        .ids()
        .flat_map(|file| nested(context.infer, file).into_iter().map(move |pair| (file, pair)))
        .collect();
    for pair in here {
        let reverse = everywhere
            .iter()
            .find(|(_, other)| other.outer == pair.inner.lock && other.inner.lock == pair.outer);
        let Some((file, other)) = reverse else { continue };
        let range = context.project().tree(*file).range(other.inner.taken);
        let place = crate::model::threads::related(
            context.infer,
            *file,
            range,
            "here they are taken the other way round".to_owned(),
        );
        context
            .report(&RULE, context.tree().range(pair.inner.taken), format!("`{}` is taken while another lock is held that elsewhere is taken after it: two threads that come from both sides wait for each other for ever", pair.inner.title))
            .help("take the two in the same order everywhere")
            .related(vec![place])
            .done();
    }
}

fn nested(infer: &Infer<'_>, file: FileId) -> Vec<Nested> {
    let tree = infer.project.tree(file);
    let sections = sections(infer, file);
    let mut out = Vec::new();
    for outer in &sections {
        let inside = |inner: &&Section| {
            inner.lock != outer.lock && inner.func == outer.func && outer.body.contains(tree.range(inner.taken))
        };
        out.extend(sections.iter().filter(inside).map(|inner| Nested {
            outer: outer.lock.clone(),
            inner: inner.clone(),
        }));
    }
    out
}
