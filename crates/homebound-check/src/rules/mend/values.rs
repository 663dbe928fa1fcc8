//! Whether a value can be taken earlier, or later, and still be the same.

use super::names::family;
use crate::context::Context;
use crate::model::{ClassRef, ExprRef, FuncRef};
use crate::syntax::tree::{Binding, ExprId, ExprKind, FuncId, MODULE, Name, Source, StmtId, StmtKind, Tree};

/// Whether an expression is written as what it is.
pub(super) fn is_constant(tree: &Tree, expr: ExprId) -> bool {
    match tree.kind(expr) {
        ExprKind::Str(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::None => true,
        // A sign before a number; bytes.
        ExprKind::Arithmetic(parts) => match parts.as_slice() {
            [] => true,
            [part] => matches!(tree.kind(*part), ExprKind::Number(_)),
            _ => false,
        },
        _ => false,
    }
}

/// The binding of a name that is bound once, and neither added to nor deleted.
pub(super) fn only_binding(context: &Context<'_>, owner: FuncId, name: &Name) -> Option<Binding> {
    let tree = context.tree();
    let bindings = tree.func(owner).bindings.get(name)?.iter();
    let mut bindings = bindings.filter(|binding| !matches!(binding.source, Source::Annotated(_)));
    let (Some(only), None) = (bindings.next(), bindings.next()) else {
        return None;
    };
    let ids = (0..).map(ExprId::new).zip(&tree.exprs);
    let named = ids.filter(|(_, expr)| matches!(&expr.kind, ExprKind::Name(it) if it == name));
    let mut changed = named.filter(|(id, _)| is_changed(tree, *id));
    let ours = |(_, expr): (ExprId, &crate::syntax::tree::Expr)| {
        context.infer.owner(context.func(expr.func), name) == Some(context.func(owner))
    };
    (!changed.any(ours)).then_some(*only)
}

/// Whether an expression is what `+=` adds to or `del` deletes.
pub(in crate::rules) fn is_changed(tree: &Tree, expr: ExprId) -> bool {
    let Some(stmt) = tree.stmt_of(expr).map(|stmt| tree.stmt(stmt)) else {
        return false;
    };
    match &stmt.kind {
        StmtKind::AugAssign => tree.expr(expr).parent.is_none() && tree.range(expr).start == stmt.range.start,
        StmtKind::Delete(targets) => targets.contains(&expr),
        _ => false,
    }
}

/// Whether a statement has run whenever another one runs.
pub(super) fn precedes(tree: &Tree, first: StmtId, then: StmtId) -> bool {
    let block = tree.block_of(first);
    let within = block.contains(&then) || tree.around(then).any(|(outer, _)| block.contains(&outer));
    within && tree.stmt(first).range.end <= tree.stmt(then).range.start
}

/// Whether a name of a function has its value before a statement of it.
pub(super) fn bound_before(tree: &Tree, binding: &Binding, stmt: StmtId) -> bool {
    match (binding.source, binding.target) {
        (Source::Param(_), _) => true,
        (Source::Value(_) | Source::Item(..), Some(target)) => {
            tree.stmt_of(target).is_some_and(|first| precedes(tree, first, stmt))
        }
        _ => false,
    }
}

/// Where an attribute gets its only value; nothing where it may get another one.
fn only_assignment(context: &Context<'_>, class: ClassRef, attr: &Name) -> Option<ExprRef> {
    let project = context.project();
    let (mut places, family) = (Vec::new(), family(context, class)?);
    for own in family {
        let (def, tree) = (project.class(own), project.tree(own.file));
        if def.methods.contains_key(attr) {
            return None;
        }
        let body = tree.func(def.body).bindings.get(attr);
        let bindings = def.attributes.get(attr).into_iter().chain(body).flatten();
        let assigned = bindings.filter(|binding| !matches!(binding.source, Source::Annotated(_)));
        places.extend(assigned.map(|binding| Some(ExprRef::new(own.file, binding.target?))));
        let ids = (0..).map(ExprId::new).zip(&tree.exprs);
        let changed = |(id, expr): (ExprId, &crate::syntax::tree::Expr)| {
            matches!(&expr.kind, ExprKind::Attribute { attr: it, .. } if it == attr) && is_changed(tree, id)
        };
        if ids.into_iter().any(changed) {
            return None;
        }
    }
    match places.as_slice() {
        [place] if project.foreign_attributes(attr).is_empty() => *place,
        _ => None,
    }
}

/// Whether an attribute of the object of a method has its only value before a statement of the method.
pub(super) fn is_settled_attribute(context: &Context<'_>, class: ClassRef, attr: &Name, stmt: StmtId) -> bool {
    let Some(place) = only_assignment(context, class, attr) else {
        return false;
    };
    let tree = context.project().tree(place.file);
    let (there, here) = (tree.expr(place.expr), context.tree().stmt(stmt).func);
    if place.file == context.id && there.func == here {
        return there.stmt.is_some_and(|first| precedes(tree, first, stmt));
    }
    let late = &*context.tree().func(here).name == "__init__";
    let in_body = tree.func(there.func).kind == crate::syntax::tree::FuncKind::ClassBody;
    let in_init = &*tree.func(there.func).name == "__init__" && !late;
    in_body || in_init
}

/// Whether an expression of a method, or of a lambda in it, has the value already that it will ever have.
pub(super) fn is_settled(context: &Context<'_>, class: Option<ClassRef>, expr: ExprId, stmt: StmtId) -> bool {
    let tree = context.tree();
    let method = context.func(tree.stmt(stmt).func);
    match tree.kind(expr) {
        ExprKind::Name(name) => match context.infer.owner(context.func(tree.expr(expr).func), name) {
            Some(owner) if owner.func == MODULE => only_binding(context, MODULE, name).is_some(),
            Some(owner) if owner == method => {
                only_binding(context, owner.func, name).is_some_and(|binding| bound_before(tree, &binding, stmt))
            }
            _ => false,
        },
        ExprKind::Attribute { value, attr } => {
            let ours = is_this(context, *value, method);
            ours && class.is_some_and(|class| is_settled_attribute(context, class, attr, stmt))
        }
        _ => is_constant(tree, expr),
    }
}

/// Whether an expression is the object of a method.
pub(super) fn is_this(context: &Context<'_>, expr: ExprId, method: FuncRef) -> bool {
    let tree = context.tree();
    let ExprKind::Name(name) = tree.kind(expr) else {
        return false;
    };
    let first = tree.func(method.func).params.first();
    let owned = context.infer.owner(context.func(tree.expr(expr).func), name) == Some(method);
    owned && tree.func(method.func).class.is_some() && first.is_some_and(|param| param.name == *name)
}

/// Whether what a path names is there when a statement runs: a method of it can be asked for then.
pub(in crate::rules) fn is_set_before(context: &Context<'_>, expr: ExprId, stmt: StmtId) -> bool {
    let tree = context.tree();
    let method = context.func(tree.stmt(stmt).func);
    let class = context.infer.class_of(method);
    match tree.kind(expr) {
        ExprKind::Name(name) => context
            .infer
            .owner(context.func(tree.expr(expr).func), name)
            .is_some_and(|owner| {
                owner.func == MODULE || is_this(context, expr, method) || is_settled(context, class, expr, stmt)
            }),
        ExprKind::Attribute { value, attr } => {
            is_this(context, *value, method) && class.is_some_and(|class| is_assigned(context, class, attr, stmt))
        }
        _ => false,
    }
}

/// Whether the last value that an attribute gets in the method comes before a statement; or, where it gets none, the method
/// is not the constructor.
fn is_assigned(context: &Context<'_>, class: ClassRef, attr: &Name, stmt: StmtId) -> bool {
    let (tree, func) = (context.tree(), context.tree().stmt(stmt).func);
    let def = context.project().class(class);
    let bindings = def.attributes.get(attr).into_iter().flatten();
    let targets = bindings.filter_map(|binding| binding.target);
    let here: Vec<StmtId> = targets
        .filter(|target| tree.expr(*target).func == func)
        .filter_map(|target| tree.stmt_of(target))
        .collect();
    if here.is_empty() {
        return &*tree.func(func).name != "__init__" || is_settled_attribute(context, class, attr, stmt);
    }
    here.iter().any(|first| precedes(tree, *first, stmt))
        && here
            .iter()
            .all(|other| tree.stmt(*other).range.start < tree.stmt(stmt).range.start)
}
