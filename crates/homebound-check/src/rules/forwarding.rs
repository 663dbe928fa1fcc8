//! Callables that do nothing but call a method with what they are given.

use super::mend::{carried, is_set_before};
use crate::context::Context;
use crate::fix::Edit;
use crate::model::Ty;
use crate::model::wiring::Connect;
use crate::syntax::tree::{ExprId, ExprKind, Func, Param, ParamKind, Tree};

/// The method that a `lambda` or a `partial` stands for, where it adds nothing to it.
pub(super) fn forwarded(context: &Context<'_>, slot: ExprId) -> Option<ExprId> {
    let tree = context.tree();
    match tree.kind(slot) {
        ExprKind::Lambda(func) => of_lambda(tree, tree.func(*func)),
        ExprKind::Call { .. } => {
            let partial = tree.call(slot).filter(|call| call.name == "partial")?;
            match (partial.args, partial.keywords) {
                ([method], []) => Some(*method),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_lambda(tree: &Tree, lambda: &Func) -> Option<ExprId> {
    let call = tree.call(lambda.value?)?;
    let passes = |(param, arg): (&Param, &ExprId)| {
        param.kind == ParamKind::Positional
            && param.default.is_none()
            && matches!(tree.kind(*arg), ExprKind::Name(name) if *name == param.name)
    };
    let same = call.keywords.is_empty()
        && call.args.len() == lambda.params.len()
        && lambda.params.iter().zip(call.args).all(passes);
    (same && matches!(tree.kind(call.callee), ExprKind::Attribute { .. })).then_some(call.callee)
}

/// Whether the method, connected itself, gets what the callable passes to it, and is there when it is connected.
pub(super) fn takes_the_same(context: &Context<'_>, connect: &Connect, method: ExprId) -> bool {
    let tree = context.tree();
    let ExprKind::Attribute { value, .. } = tree.kind(method) else {
        return false;
    };
    let lambda = match tree.kind(connect.slot) {
        ExprKind::Lambda(func) => tree.func(*func),
        // A `partial` asks for its method at once, and passes on all that it gets.
        _ => return true,
    };
    let there = tree
        .stmt_of(connect.call.expr)
        .is_some_and(|stmt| is_set_before(context, *value, stmt));
    let passed = lambda.params.len();
    let all = || carried(context, connect).is_some_and(|values| values.len() <= passed);
    let most = match context.types(method).list.as_slice() {
        [Ty::Method(func, _)] => {
            let params = &context.project().func(*func).params;
            let plain = params.iter().all(|param| param.kind == ParamKind::Positional);
            plain.then(|| params.len() - 1)
        }
        _ => None,
    };
    there && (connect.signal == "started" || most == Some(passed) || all())
}

/// Connects the method in place of what stands for it.
pub(super) fn connect_itself(context: &Context<'_>, connect: &Connect, method: ExprId) -> Vec<Edit> {
    vec![context.edit(context.tree().range(connect.slot), context.text(method))]
}
