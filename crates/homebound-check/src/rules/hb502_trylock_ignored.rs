use super::locks::all_locks;
use crate::context::Context;
use crate::model::code::Call;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprKind;

declare_rule! {
    /// ## What it does
    ///
    /// Reports `tryLock()`, `acquire(False)` and `acquire(timeout=…)` whose answer is thrown away.
    ///
    /// ## Why is this bad
    ///
    /// Where the lock was not free, the code goes on without it, and then releases a lock that another thread holds.
    ///
    /// ## Example
    ///
    /// ```python
    /// import threading
    ///
    ///
    /// class Store:
    ///     def __init__(self):
    ///         self.lock = threading.Lock()
    ///
    ///     def add(self, item):
    ///         self.lock.acquire(timeout=1)
    ///         self.items.append(item)
    ///         self.lock.release()
    ///
    ///
    /// from PyQt6.QtCore import QObject
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// import threading
    ///
    ///
    /// class Store:
    ///     def __init__(self):
    ///         self.lock = threading.Lock()
    ///
    ///     def add(self, item):
    ///         if not self.lock.acquire(timeout=1):
    ///             return False
    ///         self.items.append(item)
    ///         self.lock.release()
    ///         return True
    ///
    ///
    /// from PyQt6.QtCore import QObject
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// The lock must be recognised: `QMutex`, `QReadWriteLock`, `threading.Lock` and `RLock`.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qmutex.html#tryLock>
    pub(crate) static RULE = {
        code: "HB502",
        name: "trylock-ignored",
        summary: "Nobody looks whether the lock was taken",
        group: Group::Locks,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in ["tryLock", "tryLockForRead", "tryLockForWrite", "acquire"]
        .iter()
        .flat_map(|name| tree.method_calls(name))
    {
        let lock = call
            .receiver
            .is_some_and(|receiver| all_locks(&context.types(receiver)));
        if lock && tree.is_statement(call.id) && may_fail(context, &call) {
            context
                .report(&RULE, tree.range(call.id), "the answer is thrown away: where the lock was not free, what follows runs without it, and releases a lock that another thread holds")
                .help("test the answer, or take the lock without a limit")
                .done();
        }
    }
}

fn may_fail(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    if call.name != "acquire" {
        return true;
    }
    let blocking = call
        .argument(0, "blocking")
        .is_some_and(|blocking| matches!(tree.kind(blocking), ExprKind::Bool(false)));
    let timeout = call
        .keyword("timeout")
        .is_some_and(|timeout| tree.number(timeout).is_some_and(|limit| limit >= 0.0));
    blocking || timeout
}
