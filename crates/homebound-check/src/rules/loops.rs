//! The loops of workers.

use crate::context::Context;
use crate::model::FuncRef;
use crate::syntax::tree::{ExprId, ExprKind, StmtId, StmtKind};

/// A `while` loop.
pub(super) struct Loop<'t> {
    pub stmt: StmtId,
    pub test: ExprId,
    pub body: &'t [StmtId],
}

/// The `while` loops of a function.
pub(super) fn whiles<'c>(context: &Context<'c>, func: FuncRef) -> Vec<Loop<'c>> {
    let tree = context.tree();
    let statements = tree.statements(&tree.func(func.func).body);
    statements
        .into_iter()
        .filter_map(|stmt| match &tree.stmt(stmt).kind {
            StmtKind::While { test, body, .. } => Some(Loop {
                stmt,
                test: *test,
                body,
            }),
            _ => None,
        })
        .collect()
}

pub(super) fn is_endless(context: &Context<'_>, test: ExprId) -> bool {
    match context.tree().kind(test) {
        ExprKind::Bool(value) => *value,
        ExprKind::Number(value) => *value != 0.0,
        _ => false,
    }
}

/// The header of a loop: what a finding underlines.
pub(super) fn header(context: &Context<'_>, found: &Loop<'_>) -> crate::text::TextRange {
    let tree = context.tree();
    crate::text::TextRange::new(tree.stmt(found.stmt).range.start, tree.range(found.test).end)
}
