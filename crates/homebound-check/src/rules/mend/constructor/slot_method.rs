//! The method that takes arguments becomes a slot that reads attributes.

use super::super::callable::is_explained;
use super::super::slot;
use super::super::values::only_binding;
use super::Passage;
use crate::context::Context;
use crate::fix::Edit;
use crate::model::{Class, Ty};
use crate::syntax::tree::{ExprKind, Func, FuncId, Name};
use crate::text::TextRange;

/// The method reads attributes in place of parameters.
pub(super) fn method(there: &Context<'_>, passage: &Passage, attributes: &[String]) -> Option<Vec<Edit>> {
    let (tree, id) = (there.tree(), passage.method.func);
    let def = tree.func(id);
    let this = &def.params.first()?.name;
    if !is_own(there, passage) || def.is_async || def.has_yield || def.bindings.get(this)?.len() != 1 {
        return None;
    }
    let mut edits = slot_edits(there, def)?;
    for ((index, _), attribute) in passage.values.iter().zip(attributes) {
        let (before, param) = (&def.params[index - 1], &def.params[*index]);
        let gap = TextRange::new(before.range.end, param.range.start);
        let comma = there.file().slice(gap).trim();
        if comma != "," || there.file().slice(param.range).contains('#') {
            return None;
        }
        edits.push(there.edit(TextRange::new(before.range.end, param.range.end), ""));
        edits.extend(reads(there, id, &param.name, &format!("{this}.{attribute}"))?);
    }
    Some(edits)
}

/// Whether a method is the class's own and no one else's.
fn is_own(there: &Context<'_>, passage: &Passage) -> bool {
    let project = there.project();
    let name = &project.func(passage.method).name;
    let own = project.class(passage.worker).methods.get(name) == Some(&passage.method.func);
    let above = there
        .infer
        .ancestry(passage.worker)
        .into_iter()
        .skip(1)
        .any(|base| match base {
            Class::Own(base) => project.class(base).methods.contains_key(name),
            Class::Qt(base) => base.method(name).is_some() || base.has_signal(name),
            Class::Other(_) => true,
        });
    own && passage.method.file == passage.worker.file && !above && project.hierarchy.below(passage.worker).is_empty()
}

/// The decorator of a slot without arguments.
fn slot_edits(there: &Context<'_>, def: &Func) -> Option<Vec<Edit>> {
    let tree = there.tree();
    match def.decorators.as_slice() {
        [] => {
            let (name, import) = slot::decorator(there)?;
            let indent = there.indent_at(def.range.start)?;
            let at = TextRange::new(def.range.start, def.range.start);
            let mut edits = vec![there.edit(at, format!("@{name}()\n{indent}"))];
            edits.extend(import);
            Some(edits)
        }
        [decorator] => {
            let call = tree.call(*decorator).filter(|call| call.keywords.is_empty())?;
            let slot = there.types(call.callee).list == [Ty::Other("qt.Slot".into())];
            let written = format!("{}()", there.text(call.callee));
            slot.then(|| vec![there.edit(tree.range(*decorator), written)])
        }
        _ => None,
    }
}

/// Each place where a parameter is read; nothing where it is anything but read.
fn reads(there: &Context<'_>, func: FuncId, name: &Name, new: &str) -> Option<Vec<Edit>> {
    let tree = there.tree();
    only_binding(there, func, name)?;
    let whole = tree.func(func).range;
    let sees = |expr: &ExprKind| matches!(expr, ExprKind::Name(it) if matches!(&**it, "locals" | "vars" | "dir" | "eval" | "exec"));
    let inside: Vec<_> = tree.exprs.iter().filter(|expr| whole.contains(expr.range)).collect();
    let this = &tree.func(func).params.first()?.name;
    let mut edits = Vec::new();
    for expr in &inside {
        let scope = there.func(expr.func);
        if sees(&expr.kind) {
            return None;
        }
        let named = matches!(&expr.kind, ExprKind::Name(it) if it == name);
        if !named || there.infer.owner(scope, name) != Some(there.func(func)) {
            continue;
        }
        if is_explained(there, expr.range) || there.infer.owner(scope, this) != Some(there.func(func)) {
            return None;
        }
        edits.push(there.edit(expr.range, new));
    }
    let globals = tree.funcs.iter().filter(|inner| whole.contains(inner.range));
    let changed = globals.into_iter().any(|inner| inner.globals.contains(name));
    (!changed).then_some(edits)
}
