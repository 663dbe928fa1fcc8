//! Who keeps an object alive.

use super::mend::{first_free, is_changed, is_explained};
use crate::context::Context;
use crate::fix::Edit;
use crate::model::code::Call;
use crate::model::types::ExprRef;
use crate::model::{Class, ClassRef, FuncRef, Ty};
use crate::syntax::tree::{Binding, ExprId, ExprKind, FuncId, FuncKind, Name, Source};

/// A local variable that is bound once, to a new object.
pub(crate) struct Local<'t> {
    pub func: FuncId,
    pub name: &'t Name,
    /// The call that makes the object.
    pub made: ExprId,
}

/// The locals of functions that hold a new object of a class.
pub(crate) fn locals<'c>(context: &'c Context<'_>, class: &'c str) -> Vec<Local<'c>> {
    let mut out = Vec::new();
    for func in context.functions() {
        let def = context.tree().func(func.func);
        if def.kind != FuncKind::Def || def.has_yield || def.is_async {
            continue;
        }
        for (name, bindings) in &def.bindings {
            let [
                Binding {
                    source: Source::Value(made),
                    ..
                },
            ] = bindings.as_slice()
            else {
                continue;
            };
            let constructs = |call: Call<'_>| matches!(context.types(call.callee).list.as_slice(), [Ty::Class(_)]);
            if context.tree().call(*made).is_some_and(constructs)
                && context.is(*made, class)
                && !def.globals.contains(name)
            {
                out.push(Local {
                    func: func.func,
                    name,
                    made: *made,
                });
            }
        }
    }
    out.sort_by_key(|local| local.made);
    out
}

impl Local<'_> {
    /// Calls of a method of the object, in the function itself.
    pub(crate) fn calls<'t>(&self, context: &Context<'t>, method: &str) -> Vec<Call<'t>> {
        let tree = context.tree();
        let ours = |call: &Call<'_>| {
            call.receiver
                .is_some_and(|receiver| matches!(tree.kind(receiver), ExprKind::Name(name) if name == self.name))
        };
        tree.calls_in(self.func)
            .filter(|call| call.name == method && ours(call))
            .collect()
    }

    /// Whether anything but the variable keeps the object.
    pub(crate) fn is_kept(&self, context: &Context<'_>) -> bool {
        let tree = context.tree();
        let whole = tree.func(self.func).range;
        let ids = (0..).map(ExprId::new).zip(&tree.exprs);
        let uses = ids.filter(|(_, expr)| {
            whole.contains(expr.range) && matches!(&expr.kind, ExprKind::Name(name) if name == self.name)
        });
        uses.into_iter()
            .any(|(id, expr)| expr.func != self.func || escapes(context, id))
    }

    /// The attribute that can keep the object of a method, and the edits that make it of the variable.
    ///
    /// In a loop each object would replace the one before: that keeps none but the last.
    pub(crate) fn store(&self, context: &Context<'_>) -> Option<(String, Vec<Edit>)> {
        let tree = context.tree();
        let def = tree.func(self.func);
        let this = &def.params.first()?.name;
        let class = ClassRef::new(context.id, def.class?);
        let bound = context.infer.param(context.func(self.func), 0).list == [Ty::Instance(Class::Own(class))];
        let repeated = tree
            .stmt_of(self.made)
            .is_some_and(|stmt| tree.loop_around(stmt).is_some());
        if !bound || repeated {
            return None;
        }
        let attr = first_free(context, class, [self.name.to_string(), format!("_{}", self.name)])?;
        let mut edits = Vec::new();
        let ids = (0..).map(ExprId::new).zip(&tree.exprs);
        for (id, expr) in ids.filter(|(_, expr)| expr.func == self.func) {
            if !matches!(&expr.kind, ExprKind::Name(name) if name == self.name) {
                continue;
            }
            if is_changed(tree, id) || is_explained(context, expr.range) {
                return None;
            }
            edits.push(context.edit(expr.range, format!("{this}.{attr}")));
        }
        Some((format!("{this}.{attr}"), edits))
    }
}

/// Whether a use of a variable hands the object itself to somebody who may keep it.
fn escapes(context: &Context<'_>, id: ExprId) -> bool {
    let tree = context.tree();
    let Some(parent) = tree.expr(id).parent else {
        // A statement of its own, or the target of the assignment.
        return !is_target(context, id);
    };
    match tree.kind(parent) {
        ExprKind::Attribute { attr, .. } => method_escapes(context, parent, attr),
        ExprKind::Call { .. } => tree.call(parent).is_some_and(|call| call.name != "moveToThread"),
        ExprKind::Not | ExprKind::Compare | ExprKind::Format => false,
        _ => true,
    }
}

fn is_target(context: &Context<'_>, id: ExprId) -> bool {
    let tree = context.tree();
    let assigned =
        |stmt| matches!(&tree.stmt(stmt).kind, crate::syntax::tree::StmtKind::Assign(targets) if targets.contains(&id));
    tree.stmt_of(id).is_some_and(assigned)
}

/// A method that is called keeps nothing; one that is handed over keeps the object, unless a connection takes it.
fn method_escapes(context: &Context<'_>, attribute: ExprId, attr: &str) -> bool {
    let tree = context.tree();
    if attr == "setParent" {
        return true;
    }
    let Some(parent) = tree.expr(attribute).parent else {
        // `x.attribute = …` may hand the object nothing that keeps it.
        return false;
    };
    match tree.call(parent) {
        Some(call) if call.callee == attribute => false,
        Some(call) => !matches!(call.name, "connect" | "disconnect"),
        None => !matches!(tree.kind(parent), ExprKind::Attribute { .. }),
    }
}

/// Whether a construction gives the object a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    Given,
    Missing,
    /// The class, or what it does with its arguments, cannot be seen.
    Unknown,
}

pub(crate) fn parent_of(context: &Context<'_>, made: ExprId) -> Parent {
    let Some(call) = context.tree().call(made) else {
        return Parent::Unknown;
    };
    // What a function hands out has the arguments of somebody else.
    let handed_out = |ty: &Ty| matches!(ty, Ty::Func(_) | Ty::Method(..));
    if context.types(call.callee).list.iter().any(handed_out) {
        return Parent::Unknown;
    }
    let none = |value: &ExprId| context.tree().is_none(*value);
    match context.types(made).instances().as_slice() {
        [Class::Qt(_)] => match call.keyword("parent") {
            Some(parent) if none(&parent) => Parent::Missing,
            Some(_) => Parent::Given,
            None => given(call.args.iter().any(|arg| !none(arg))),
        },
        [Class::Own(class)] => hands_on(context, *class, context.at(made)),
        _ => Parent::Unknown,
    }
}

const fn given(parent: bool) -> Parent {
    if parent { Parent::Given } else { Parent::Missing }
}

/// Whether a class hands what a call passes to Qt's constructor.
fn hands_on(context: &Context<'_>, class: ClassRef, site: ExprRef) -> Parent {
    let infer = context.infer;
    let Some(init) = infer.method(class, "__init__") else {
        let tree = infer.project.tree(site.file);
        let Some(call) = tree.call(site.expr) else {
            return Parent::Unknown;
        };
        let values = call
            .args
            .iter()
            .chain(call.keyword("parent").as_ref())
            .any(|arg| !tree.is_none(*arg));
        return given(values);
    };
    let mut answer = Parent::Missing;
    for handed in to_qt(context, init, 0) {
        match handed.map_or(Parent::Unknown, |arg| passed(context, init, arg, site)) {
            Parent::Given => return Parent::Given,
            Parent::Unknown => answer = Parent::Unknown,
            Parent::Missing => {}
        }
    }
    answer
}

/// What a constructor hands to Qt's, also through constructors of the program's own above it; `None` where that is not
/// a value of its own.
fn to_qt(context: &Context<'_>, init: FuncRef, depth: u32) -> Vec<Option<ExprRef>> {
    let tree = context.project().tree(init.file);
    let mut out = Vec::new();
    for inner in tree.calls_in(init.func).filter(|call| call.name == "__init__") {
        let explicit = inner
            .receiver
            .is_some_and(|receiver| !matches!(tree.kind(receiver), ExprKind::Call { .. }));
        let site = ExprRef::new(init.file, inner.id);
        if let Some(own) = above(context, site, inner.callee).filter(|own| *own != init && depth < DEEPEST) {
            let handed = to_qt(context, own, depth + 1).into_iter();
            out.extend(handed.filter_map(|value| value_below(context, own, value, site, explicit)));
        } else {
            let args = inner.args.iter().skip(usize::from(explicit));
            let named = inner
                .keywords
                .iter()
                .filter(|(name, _)| name.as_deref().is_none_or(|name| name == "parent"))
                .map(|(_, value)| value);
            out.extend(args.chain(named).map(|arg| Some(site.beside(*arg))));
        }
    }
    out
}

const DEEPEST: u32 = 8;

/// The constructor of the program's own that a constructor calls.
fn above(context: &Context<'_>, site: ExprRef, callee: ExprId) -> Option<FuncRef> {
    match context.infer.in_file(site.file, callee).list.as_slice() {
        [Ty::Method(own, _) | Ty::Func(own)] => Some(*own),
        _ => None,
    }
}

/// What a value of a constructor is in the one that calls it; nothing where it is no object at all.
#[expect(
    clippy::option_option,
    reason = "the outer says whether there is a value, the inner whether it is known"
)]
fn value_below(
    context: &Context<'_>,
    own: FuncRef,
    value: Option<ExprRef>,
    site: ExprRef,
    explicit: bool,
) -> Option<Option<ExprRef>> {
    let Some(value) = value else { return Some(None) };
    match context.project().kind(value) {
        ExprKind::None | ExprKind::Str(_) | ExprKind::Number(_) | ExprKind::Bool(_) => None,
        ExprKind::Name(name) => {
            let params = context.project().func(own).params.iter().zip(0_u32..);
            let Some((_, index)) = params.into_iter().find(|(param, _)| param.name == *name) else {
                return Some(None);
            };
            let index = index.checked_sub(u32::from(!explicit));
            let Some(index) = index else { return Some(None) };
            context.infer.argument(site, index, name).map(Some)
        }
        _ => Some(None),
    }
}

/// Whether a value in a constructor is something that the call passes, and is not `None`.
fn passed(context: &Context<'_>, init: FuncRef, arg: ExprRef, site: ExprRef) -> Parent {
    let project = context.project();
    match project.kind(arg) {
        ExprKind::None | ExprKind::Str(_) | ExprKind::Number(_) | ExprKind::Bool(_) => Parent::Missing,
        ExprKind::Name(name) => {
            let params = project.func(init).params.iter().zip(0..);
            let Some((param, index)) = params.into_iter().find(|(param, _)| param.name == *name) else {
                return Parent::Unknown;
            };
            match context.infer.argument(site, u32::max(index, 1) - 1, &param.name) {
                Some(value) if index > 0 => given(!project.tree(value.file).is_none(value.expr)),
                _ => Parent::Missing,
            }
        }
        _ => Parent::Unknown,
    }
}
