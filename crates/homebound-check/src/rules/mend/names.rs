//! Who uses a name, and which names are free.

use crate::context::Context;
use crate::model::types::UI_CHILD;
use crate::model::{Class, ClassRef, ExprRef, FileId, FuncRef, Ty};
use crate::qt::QtClass;
use crate::syntax::tree::{Class as ClassDef, ExprId, ExprKind, Func, Import, Source, Tree};

/// The program's own classes among a class, its bases and what derives from it; nothing where a base is not known.
pub(super) fn family(context: &Context<'_>, class: ClassRef) -> Option<Vec<ClassRef>> {
    let mut family = vec![class];
    family.extend(context.project().hierarchy.below(class));
    let mut out = Vec::new();
    for member in family {
        for base in context.infer.ancestry(member) {
            match base {
                Class::Own(own) if !out.contains(&own) => out.push(own),
                Class::Other(name) if !is_harmless(&name) => return None,
                _ => {}
            }
        }
    }
    Some(out)
}

/// Bases from elsewhere that bring no attributes of their own but a form's children.
fn is_harmless(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    matches!(name, "builtins.object" | "abc.ABC" | UI_CHILD) || name.starts_with("typing.") || last.starts_with("Ui_")
}

/// Whether objects of a class have nothing of this name yet, and nobody speaks of it.
fn is_free(context: &Context<'_>, class: ClassRef, name: &str) -> bool {
    let project = context.project();
    let Some(family) = family(context, class) else {
        return false;
    };
    let qt = |base: &QtClass| base.has_signal(name) || base.method(name).is_some();
    let taken = |own: &ClassRef| {
        let def = project.class(*own);
        def.methods.contains_key(name)
            || def.attributes.contains_key(name)
            || project.tree(own.file).func(def.body).bindings.contains_key(name)
            || context.infer.qt_bases(&Class::Own(*own)).iter().any(qt)
            || speaks_of(context, own.file, &family, name)
    };
    !family.iter().any(taken) && project.foreign_attributes(name).is_empty()
}

/// Whether a file reads such an attribute of one of some classes, or of what is not known, or names it in a text.
fn speaks_of(context: &Context<'_>, file: FileId, family: &[ClassRef], name: &str) -> bool {
    let tree = context.project().tree(file);
    let theirs = |value: ExprId| {
        let types = context.infer.in_file(file, value);
        let own = |ty: &Ty| matches!(ty.instance(), Some(Class::Own(class)) if family.contains(class));
        types.unknown || types.list.is_empty() || types.list.iter().any(own)
    };
    let ids = (0..).map(ExprId::new);
    ids.zip(&tree.exprs).any(|(id, expr)| match &expr.kind {
        ExprKind::Attribute { attr, value } => attr == name && theirs(*value),
        ExprKind::Str(text) => &**text == name && reaches_by_name(tree, id),
        _ => false,
    })
}

/// Whether a text is handed to somebody who looks a name up.
fn reaches_by_name(tree: &Tree, text: ExprId) -> bool {
    const LOOK_UP: [&str; 9] = [
        "getattr",
        "setattr",
        "hasattr",
        "delattr",
        "invokeMethod",
        "methodcaller",
        "attrgetter",
        "setProperty",
        "property",
    ];
    let parent = tree.expr(text).parent;
    parent.is_some_and(|parent| match tree.kind(parent) {
        ExprKind::Call { .. } => tree.call(parent).is_some_and(|call| LOOK_UP.contains(&call.name)),
        ExprKind::Subscript { .. } => true,
        _ => false,
    })
}

/// The first of some names that is free.
pub(in crate::rules) fn first_free(
    context: &Context<'_>,
    class: ClassRef,
    wanted: impl IntoIterator<Item = String>,
) -> Option<String> {
    wanted.into_iter().find(|name| is_free(context, class, name))
}

/// All places that may mean a method; nothing where somebody may reach it by its name in a text.
pub(super) fn references(context: &Context<'_>, func: FuncRef) -> Option<Vec<ExprRef>> {
    let project = context.project();
    let name = &project.func(func).name;
    let mut out = Vec::new();
    for file in project.ids() {
        let ids = (0..).map(ExprId::new);
        for (id, expr) in ids.zip(&project.tree(file).exprs) {
            match &expr.kind {
                ExprKind::Str(text) if **text == **name && reaches_by_name(project.tree(file), id) => return None,
                ExprKind::Attribute { attr, .. } if attr == name && may_be(context, ExprRef::new(file, id), func) => {
                    out.push(ExprRef::new(file, id));
                }
                _ => {}
            }
        }
    }
    Some(out)
}

fn may_be(context: &Context<'_>, expr: ExprRef, func: FuncRef) -> bool {
    let types = context.infer.expr(expr);
    let is_it = |ty: &Ty| matches!(ty, Ty::Func(it) | Ty::Method(it, _) if *it == func);
    types.list.iter().any(is_it) || types.unknown || types.list.is_empty()
}

/// The only place where an object of a class is made; nothing where there may be others.
pub(super) fn only_construction(context: &Context<'_>, class: ClassRef) -> Option<ExprRef> {
    let project = context.project();
    let name = &project.class(class).name;
    let mut made = None;
    for file in project.ids() {
        let tree = project.tree(file);
        let renamed = |import: &Import| import.name.as_ref() == Some(name);
        if tree.imports.iter().any(renamed) && !is_bound_as(tree, name) {
            return None;
        }
        let ids = (0..).map(ExprId::new);
        for (id, expr) in ids.zip(&tree.exprs) {
            let at = ExprRef::new(file, id);
            let named = match &expr.kind {
                ExprKind::Name(it) | ExprKind::Attribute { attr: it, .. } => it == name,
                ExprKind::Str(text) => **text == **name && reaches_by_name(tree, id),
                _ => false,
            };
            if !named || !may_be_class(context, at, class) || only_asks(tree, id) {
                continue;
            }
            let call = expr
                .parent
                .filter(|parent| tree.call(*parent).is_some_and(|call| call.callee == id));
            match (call, made) {
                (Some(call), None) => made = Some(ExprRef::new(file, call)),
                _ => return None,
            }
        }
    }
    made
}

/// Whether a file knows something under its own name alone.
fn is_bound_as(tree: &Tree, name: &str) -> bool {
    let imports: Vec<u32> = (0..)
        .zip(&tree.imports)
        .filter(|(_, import)| import.name.as_deref() == Some(name))
        .map(|(index, _)| index)
        .collect();
    let bound = tree.funcs.iter().filter_map(|func| func.bindings.get(name)).flatten();
    let sources: Vec<_> = bound.map(|binding| binding.source).collect();
    imports.iter().all(|index| sources.contains(&Source::Import(*index)))
}

fn may_be_class(context: &Context<'_>, expr: ExprRef, class: ClassRef) -> bool {
    if matches!(context.project().kind(expr), ExprKind::Str(_)) {
        return true;
    }
    let types = context.infer.expr(expr);
    types.list.contains(&Ty::Class(Class::Own(class))) || types.unknown || types.list.is_empty()
}

/// Whether a class is named to say, or to ask, what something is.
fn only_asks(tree: &Tree, expr: ExprId) -> bool {
    let asked = tree.expr(expr).parent.and_then(|parent| tree.call(parent));
    if asked.is_some_and(|call| matches!(call.name, "isinstance" | "issubclass")) {
        return true;
    }
    let top = std::iter::successors(Some(expr), |id| tree.expr(*id).parent)
        .last()
        .unwrap_or(expr);
    let says = |func: &Func| func.returns == Some(top) || func.params.iter().any(|param| param.annotation == Some(top));
    let attribute = |class: &ClassDef| {
        class
            .attributes
            .values()
            .flatten()
            .any(|binding| binding.source == Source::Annotated(top))
    };
    let variable = |func: &Func| {
        func.bindings
            .values()
            .flatten()
            .any(|binding| binding.source == Source::Annotated(top))
    };
    tree.funcs.iter().any(|func| says(func) || variable(func)) || tree.classes.iter().any(attribute)
}
