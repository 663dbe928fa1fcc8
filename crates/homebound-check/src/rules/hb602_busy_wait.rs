use super::loops::{Loop, header, is_endless, whiles};
use crate::context::Context;
use crate::model::FuncRef;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::{Expr, ExprKind, FuncId, FuncKind, Name, StmtId, StmtKind, Tree};
use crate::text::TextRange;

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
    /// A loop with any call that is not known to return at once is not reported, unless a worker's loop does all its work
    /// under one `if` on a flag of its own: while the flag says no, it does nothing but ask.
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
const QUICK: [&str; 20] = [
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
    "activeThreadCount",
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
            if spins(context, func, &found) || idles(context, func, &found) {
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
    idle && quick
        && asks
        && !rounds_off(context, func, found)
        && !asks_property(context, func, range)
        && (subject || is_endless(context, found.test))
}

/// Whether the loop only rounds off a sleep of the same function: it waits for the clock, and not for long.
fn rounds_off(context: &Context<'_>, func: FuncRef, found: &Loop<'_>) -> bool {
    let tree = context.tree();
    let mut asked = tree.calls_within(func.func, tree.range(found.test));
    let mut calls = tree.calls_in(func.func);
    asked.any(|call| CLOCKS.contains(&call.name)) && calls.any(|call| call.name.ends_with("sleep"))
}

const CLOCKS: [&str; 6] = [
    "time",
    "perf_counter",
    "perf_counter_ns",
    "monotonic",
    "monotonic_ns",
    "elapsed",
];

/// Whether an attribute that is asked may be a property that takes its time.
fn asks_property(context: &Context<'_>, func: FuncRef, range: TextRange) -> bool {
    let tree = context.tree();
    let mut asked = tree
        .func(func.func)
        .attributes
        .iter()
        .filter(|expr| range.contains(tree.range(**expr)));
    asked.any(|expr| match tree.kind(*expr) {
        ExprKind::Attribute { attr, .. } => context.project().properties.contains(attr) && is_slow(context, attr),
        _ => false,
    })
}

/// Whether a property of this name, anywhere in the program, calls anything that may wait.
fn is_slow(context: &Context<'_>, property: &Name) -> bool {
    let project = context.project();
    project.ids().any(|file| {
        let tree = project.tree(file);
        let mut named = (0..)
            .map(FuncId)
            .zip(&tree.funcs)
            .filter(|(_, func)| func.name == *property);
        named.any(|(func, _)| {
            tree.calls_in(func)
                .any(|call| call.name != "len" && !QUICK.contains(&call.name))
        })
    })
}

/// Whether a worker's loop has a state in which a round does nothing at all: all its work stands under one `if` that
/// looks at a flag, or such an `if` comes first and starts the next round.
fn idles(context: &Context<'_>, func: FuncRef, found: &Loop<'_>) -> bool {
    let tree = context.tree();
    let Some(StmtKind::If { body, orelse }) = found.body.first().map(|stmt| &tree.stmt(*stmt).kind) else {
        return false;
    };
    let only =
        |block: &[StmtId], wanted: fn(&StmtKind) -> bool| block.iter().all(|stmt| wanted(&tree.stmt(*stmt).kind));
    let skips = matches!(body.as_slice(), [stmt] if matches!(tree.stmt(*stmt).kind, StmtKind::Continue));
    let all = found.body.len() == 1 && only(orelse, |kind| matches!(kind, StmtKind::Pass | StmtKind::Continue));
    let tests = [tree.range(found.test), test_of(context, found.body[0])];
    let asks = |test: TextRange| {
        tree.exprs
            .iter()
            .any(|expr| test.contains(expr.range) && is_own_flag(tree, expr))
    };
    let quiet = tests.iter().all(|test| {
        let mut calls = tree.calls_within(func.func, *test);
        calls.next().is_none() && !asks_property(context, func, *test)
    });
    context.runs_on(func, Colour::Worker) && (skips || all) && asks(tests[1]) && quiet && !body.is_empty()
}

/// The condition of an `if`.
fn test_of(context: &Context<'_>, stmt: StmtId) -> TextRange {
    let mut parts = context
        .tree()
        .exprs
        .iter()
        .filter(|expr| expr.stmt == Some(stmt))
        .map(|expr| expr.range);
    let first = parts.next().unwrap_or(TextRange::new(0, 0));
    parts.fold(first, |all, part| {
        TextRange::new(all.start.min(part.start), all.end.max(part.end))
    })
}

fn is_own_flag(tree: &Tree, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attribute { value, .. } => matches!(tree.kind(*value), ExprKind::Name(name) if name == "self"),
        _ => false,
    }
}

fn is_idle(context: &Context<'_>, stmt: StmtId) -> bool {
    let tree = context.tree();
    match &tree.stmt(stmt).kind {
        StmtKind::Pass | StmtKind::Continue | StmtKind::Break | StmtKind::If { .. } => true,
        StmtKind::Expr(expr) => matches!(tree.kind(*expr), ExprKind::Call { .. } | ExprKind::Other),
        _ => false,
    }
}
