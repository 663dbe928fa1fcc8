//! Where a callable becomes a method: the class of the user interface whose method connects it.

use super::layout::indents;
use super::names::references;
use super::values::precedes;
use crate::context::Context;
use crate::model::threads::Colour;
use crate::model::wiring::Connect;
use crate::model::{Class, ClassRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind, FuncId, FuncKind, Name, Source, StmtId, StmtKind};

/// The method that connects.
pub(super) struct Place {
    pub class: ClassRef,
    pub method: FuncId,
    /// The name that the method has for its object.
    pub this: Name,
    /// The statement that connects.
    pub stmt: StmtId,
    /// Whether what the method stores on its object is not replaced while the connection needs it.
    pub keeps: bool,
    /// The indentation of the method, and that of what it consists of.
    pub outer: String,
    pub inner: String,
}

impl Place {
    pub(super) fn of(context: &Context<'_>, connect: &Connect) -> Option<Self> {
        let tree = context.tree();
        let method = tree.expr(connect.call.expr).func;
        let def = tree.func(method);
        let class = ClassRef::new(context.id, def.class.filter(|_| def.kind == FuncKind::Def)?);
        let this = def.params.first()?.name.clone();
        let instance = Ty::Instance(Class::Own(class));
        let bound =
            context.infer.param(context.func(method), 0).list == [instance] && def.bindings.get(&this)?.len() == 1;
        let (outer, inner) = indents(context, method)?;
        let mut place = Self {
            keeps: false,
            class,
            method,
            this,
            stmt: tree.stmt_of(connect.call.expr)?,
            outer,
            inner,
        };
        place.keeps = place.runs_once(context) || place.replaces_sender(context, connect);
        (bound && place.is_in_ui(context) && !place.matches(context)).then_some(place)
    }

    /// Whether the method also replaces the sender, which the object keeps: then it takes one run after the other.
    fn replaces_sender(&self, context: &Context<'_>, connect: &Connect) -> bool {
        let tree = context.tree();
        let Some(sender) = connect.sender.filter(|_| tree.loop_around(self.stmt).is_none()) else {
            return false;
        };
        let path = tree.path(sender);
        let kept = |expr: ExprId| tree.self_attribute(expr).is_some();
        let assigns = |stmt: &StmtId| match &tree.stmt(*stmt).kind {
            StmtKind::Assign(targets) => {
                let value = targets.iter().find_map(|target| assigned(context, *target));
                let made = value.is_some_and(|value| tree.call(value).is_some() || tree.path(value) == path);
                let named = targets.iter().any(|target| tree.path(*target) == path);
                let from = value.is_some_and(|value| tree.path(value) == path);
                made && (named || from)
                    && targets.iter().any(|target| kept(*target))
                    && precedes(tree, *stmt, self.stmt)
            }
            _ => false,
        };
        path.is_some() && tree.statements(&tree.func(self.method).body).iter().any(assigns)
    }

    /// Whether methods of the class run in the user interface as slots do.
    fn is_in_ui(&self, context: &Context<'_>) -> bool {
        let infer = context.infer;
        infer.is_a(&Class::Own(self.class), "QObject")
            && !context.wiring.is_moved(infer, self.class)
            && !context.runs_on(context.func(self.method), Colour::Worker)
            && super::names::family(context, self.class).is_some()
    }

    /// Whether the method has a `match`: the names that its patterns bind are not known.
    fn matches(&self, context: &Context<'_>) -> bool {
        let tree = context.tree();
        let body = tree.statements(&tree.func(self.method).body);
        body.iter()
            .any(|stmt| matches!(tree.stmt(*stmt).kind, StmtKind::Match { .. }))
    }

    /// Whether the method runs once for each object: what it stores there is not replaced while it is needed.
    fn runs_once(&self, context: &Context<'_>) -> bool {
        let method = context.func(self.method);
        let tree = context.tree();
        if tree.loop_around(self.stmt).is_some() {
            return false;
        }
        if &*tree.func(self.method).name == "__init__" {
            return true;
        }
        let called = references(context, method);
        let [only] = called.as_deref().unwrap_or_default() else {
            return false;
        };
        let expr = context.project().tree(only.file).expr(only.expr);
        let init = context.project().func(FuncRef::new(only.file, expr.func));
        let is_call = expr.parent.is_some_and(|call| {
            let there = context.project().tree(only.file);
            there.call(call).is_some_and(|call| call.callee == only.expr) && there.is_statement(call)
        });
        let once = expr
            .stmt
            .is_some_and(|stmt| only.file == context.id && tree.loop_around(stmt).is_none());
        is_call && once && &*init.name == "__init__" && init.class == Some(self.class.class)
    }
}

/// What a statement assigns to an attribute or a variable.
fn assigned(context: &Context<'_>, target: ExprId) -> Option<ExprId> {
    let tree = context.tree();
    let func = tree.func(tree.expr(target).func);
    let bindings = match tree.kind(target) {
        ExprKind::Name(name) => func.bindings.get(name),
        ExprKind::Attribute { attr, .. } => func.class.and_then(|class| tree.class(class).attributes.get(attr)),
        _ => None,
    };
    let ours = bindings?.iter().find(|binding| binding.target == Some(target))?;
    match ours.source {
        Source::Value(value) => Some(value),
        _ => None,
    }
}
