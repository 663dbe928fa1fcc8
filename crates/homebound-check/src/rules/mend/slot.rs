//! The binding's decorator for slots, under the name that a file has for it.

use super::layout::{after_line, line_of};
use crate::binding::Api;
use crate::context::Context;
use crate::fix::Edit;
use crate::model::wiring::Connect;
use crate::model::{Class, ClassRef, FileId, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind, FuncKind, MODULE, Name, Source, StmtKind};
use crate::text::TextRange;

/// What a decorator is called in a file, and the import that it takes where there is none.
pub(in crate::rules) fn decorator(context: &Context<'_>) -> Option<(String, Option<Edit>)> {
    let is = |name: &Name, what: &str| context.infer.exported(context.id, name).list == [Ty::Other(what.into())];
    let module = context.tree().func(MODULE);
    let mut names: Vec<&Name> = module.bindings.keys().collect();
    names.sort_unstable();
    if let Some(name) = names.iter().find(|name| is(name, "qt.Slot")) {
        return Some((name.to_string(), None));
    }
    let short = own_name(context.binding()?.api);
    if let Some(name) = names.iter().find(|name| is(name, "qt.QtCore")) {
        return Some((format!("{name}.{short}"), None));
    }
    let starred = !module.bindings.contains_key(short) && is(&short.into(), "qt.Slot");
    if starred {
        return Some((short.to_owned(), None));
    }
    let edit = import(context, short).filter(|_| !module.bindings.contains_key(short))?;
    Some((short.to_owned(), Some(edit)))
}

const fn own_name(api: Api) -> &'static str {
    match api {
        Api::PyQt5 | Api::PyQt6 => "pyqtSlot",
        _ => "Slot",
    }
}

/// The edit that adds a name to the file's `from PySide6.QtCore import …`.
fn import(context: &Context<'_>, name: &str) -> Option<Edit> {
    let tree = context.tree();
    let mut imports = tree
        .stmts
        .iter()
        .filter(|stmt| matches!(stmt.kind, StmtKind::Import) && stmt.func == MODULE && stmt.parent.is_none());
    imports.find_map(|stmt| added(context, stmt.range, name))
}

fn added(context: &Context<'_>, stmt: TextRange, name: &str) -> Option<Edit> {
    let text = context.file().slice(stmt);
    let (module, names) = text.strip_prefix("from ")?.split_once(" import ")?;
    let package = module.trim().strip_suffix(".QtCore")?;
    if names.contains('*') || Api::of_package(package).is_none() {
        return None;
    }
    // Comments and continued lines stay as they are.
    if names.contains(['#', '\\']) {
        let text = &context.file().source.text;
        let tail = TextRange::new(stmt.end, line_of(text, stmt.end).end).slice(text).trim();
        let alone = tail.is_empty() || tail.starts_with('#');
        let line = format!("\nfrom {} import {name}", module.trim());
        return alone.then(|| context.edit(after_line(text, stmt.end), line));
    }
    // Behind the last name, as it is written.
    let listed = names.trim_end_matches([')', ' ', ',', '\t', '\n', '\r']);
    let last = listed
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + 1);
    let space = &listed[..last];
    let space = &space[space.trim_end().len()..];
    let space = if space.contains('\n') && !space.trim_end_matches(' ').is_empty() {
        space
    } else {
        " "
    };
    let at = stmt.end - u32::try_from(names.len() - listed.len()).ok()?;
    Some(context.edit(TextRange::new(at, at), format!(",{space}{name}")))
}

/// What a worker's signal carries, as a decorator in this file can say it.
pub(in crate::rules) fn carried(context: &Context<'_>, connect: &Connect) -> Option<Vec<String>> {
    let mut all = connect.sender_classes.iter().map(|class| match class {
        Class::Own(own) => of_class(context, *own, &connect.signal),
        _ => None,
    });
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn of_class(context: &Context<'_>, class: ClassRef, signal: &Name) -> Option<Vec<String>> {
    let own = |base: Class| match base {
        Class::Own(own) => Some(own),
        _ => None,
    };
    let mut classes = context.infer.ancestry(class).into_iter().filter_map(own);
    let (definer, made) = classes.find_map(|class| {
        let body = FuncRef::new(class.file, context.project().class(class).body);
        let bindings = context.project().func(body).bindings.get(signal)?;
        match bindings.as_slice() {
            [binding] => match binding.source {
                Source::Value(value) => Some((class, value)),
                _ => None,
            },
            _ => None,
        }
    })?;
    let tree = context.project().tree(definer.file);
    let call = tree.call(made)?;
    call.args
        .iter()
        .map(|arg| type_name(context, definer.file, *arg))
        .collect()
}

/// A type of a signal's argument: a text, one of Python's own, or a name that means the same in this file.
fn type_name(context: &Context<'_>, file: FileId, arg: ExprId) -> Option<String> {
    let tree = context.project().tree(file);
    let written = context.project().file(file).slice(tree.range(arg)).to_owned();
    let root = match tree.kind(arg) {
        ExprKind::Str(_) => return Some(written),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Attribute { value, .. } => match tree.kind(*value) {
            ExprKind::Name(name) => name.clone(),
            _ => return None,
        },
        _ => return None,
    };
    let scope = tree.expr(arg).func;
    let outside = tree.func(scope).kind == FuncKind::ClassBody && !tree.func(scope).bindings.contains_key(&root);
    let global = outside && tree.func(scope).outer == Some(MODULE);
    let bound = |file: FileId| context.project().tree(file).func(MODULE).bindings.contains_key(&root);
    let known = |file: FileId| context.infer.name(FuncRef::new(file, MODULE), &root);
    let (there, here) = (known(file), known(context.id));
    let builtin = matches!(there.list.as_slice(), [Ty::Other(name)] if name.starts_with("builtins."));
    let same = !there.unknown && !there.list.is_empty() && there == here && (builtin || bound(context.id));
    (global && (file == context.id || same)).then_some(written)
}
