use super::loops::{Loop, header, is_endless, whiles};
use crate::context::Context;
use crate::model::FuncRef;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{ExprKind, FuncKind, StmtId, StmtKind};

declare_rule! {
    /// ## What it does
    ///
    /// Reports loops that do nothing but ask whether something has happened.
    ///
    /// ## Why is this bad
    ///
    /// The loop burns a core, and Python's lock with it: the thread it waits for hardly gets to run.
    ///
    /// ## Example
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         while self.paused:
    ///             pass
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// from PyQt6.QtCore import QThread
    ///
    ///
    /// class Reader(QThread):
    ///     def run(self):
    ///         while self.paused:
    ///             self.msleep(50)
    /// ```
    ///
    /// ## Binding notes
    ///
    /// The same in all.
    ///
    /// ## Limits
    ///
    /// A loop with any call that is not known to return at once is not reported.
    ///
    /// ## References
    ///
    /// <https://doc.qt.io/qt-6/qwaitcondition.html>
    pub(crate) static RULE = {
        code: "HB602",
        name: "busy-wait",
        summary: "A loop waits by asking again and again",
        group: Group::Loops,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

/// Calls that return at once.
const QUICK: [&str; 19] = [
    "isRunning",
    "isFinished",
    "is_alive",
    "isAlive",
    "empty",
    "is_set",
    "isSet",
    "isActive",
    "locked",
    "time",
    "perf_counter",
    "monotonic",
    "elapsed",
    "isInterruptionRequested",
    "isVisible",
    "isChecked",
    "done",
    "isOpen",
    "qsize",
];

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.functions() {
        if context.tree().func(func.func).kind == FuncKind::Lambda || context.tree().func(func.func).has_yield {
            continue;
        }
        for found in whiles(context, func) {
            if spins(context, func, &found) {
                context
                    .report(&RULE, header(context, &found), "this loop asks as fast as it can: it burns a whole core, and Python's lock with it, so that the thread it waits for hardly runs")
                    .help("wait for a signal, a QWaitCondition, `thread.wait()` or an Event; where there is nothing to wait for, sleep in each round")
                    .done();
            }
        }
    }
}

fn spins(context: &Context<'_>, func: FuncRef, found: &Loop<'_>) -> bool {
    let tree = context.tree();
    let range = tree.stmt(found.stmt).range;
    let idle = tree.statements(found.body).iter().all(|stmt| is_idle(context, *stmt));
    let quick = tree
        .calls_within(func.func, range)
        .all(|call| QUICK.contains(&call.name));
    // An endless loop of nothing at all is somebody's joke or test.
    let asks = !is_endless(context, found.test)
        || found
            .body
            .iter()
            .any(|stmt| matches!(tree.stmt(*stmt).kind, StmtKind::If { .. }));
    let subject = tree.exprs.iter().any(|expr| {
        tree.range(found.test).contains(expr.range)
            && matches!(expr.kind, ExprKind::Attribute { .. } | ExprKind::Call { .. })
    });
    idle && quick && asks && (subject || is_endless(context, found.test))
}

fn is_idle(context: &Context<'_>, stmt: StmtId) -> bool {
    let tree = context.tree();
    match &tree.stmt(stmt).kind {
        StmtKind::Pass | StmtKind::Continue | StmtKind::Break | StmtKind::If { .. } => true,
        StmtKind::Expr(expr) => matches!(tree.kind(*expr), ExprKind::Call { .. } | ExprKind::Other),
        _ => false,
    }
}
