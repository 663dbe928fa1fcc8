//! Callables that do nothing but call a method with what they are given.

use crate::context::Context;
use crate::fix::Edit;
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

/// Connects the method in place of what stands for it.
pub(super) fn connect_itself(context: &Context<'_>, connect: &Connect, method: ExprId) -> Vec<Edit> {
    vec![context.edit(context.tree().range(connect.slot), context.text(method))]
}
