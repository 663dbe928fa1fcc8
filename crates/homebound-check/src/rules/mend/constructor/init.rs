//! The constructor takes the arguments along and keeps them.

use super::super::layout::{after_line, base_call, indents, line_of, prefixed};
use super::Passage;
use crate::context::Context;
use crate::fix::Edit;
use crate::model::Class;
use crate::syntax::tree::{Name, ParamKind, StmtKind};
use crate::text::TextRange;

/// The constructor takes and keeps the values; whether they come before its other parameters is said as well.
pub(super) fn constructor(
    there: &Context<'_>,
    passage: &Passage,
    names: &[&Name],
    attributes: &[String],
) -> Option<(bool, Vec<Edit>)> {
    let (tree, text) = (there.tree(), &*there.file().source.text);
    let class = there.project().class(passage.worker);
    let kept = |this: &str, indent: &str| -> String {
        let lines = attributes.iter().zip(names);
        let written: Vec<String> = lines
            .map(|(attribute, name)| format!("{this}.{attribute} = {name}"))
            .collect();
        prefixed(&format!("\n{indent}"), &written)
    };
    let Some(init) = class.methods.get("__init__") else {
        return new_constructor(there, passage, names, &kept).map(|edit| (true, vec![edit]));
    };
    let def = tree.func(*init);
    let this = def.params.first()?;
    if names.iter().any(|name| def.bindings.contains_key(*name)) || !def.decorators.is_empty() {
        return None;
    }
    let base = base_call(there, *init)?;
    let indent = there.indent_at(base.start)?;
    let optional = def
        .params
        .iter()
        .any(|param| param.default.is_some() || param.kind != ParamKind::Positional);
    let front = optional || there.file().slice(def.range).contains('/');
    let last = if front { this } else { def.params.last()? };
    let typed = prefixed(", ", &typed(there, passage));
    let at = TextRange::new(last.range.end, last.range.end);
    Some((
        front,
        vec![
            there.edit(at, typed),
            there.edit(after_line(text, base.end), kept(&this.name, indent)),
        ],
    ))
}

/// The parameters as the method has them, without their defaults.
fn typed(there: &Context<'_>, passage: &Passage) -> Vec<String> {
    let params = &there.tree().func(passage.method.func).params;
    let written = |(index, _): &(usize, String)| {
        let param = &params[*index];
        match param.annotation {
            Some(annotation) => format!("{}: {}", param.name, there.text(annotation)),
            None => param.name.to_string(),
        }
    };
    passage.values.iter().map(written).collect()
}

/// A constructor before the first method, for a class of Qt's that has none.
fn new_constructor(
    there: &Context<'_>,
    passage: &Passage,
    names: &[&Name],
    kept: &dyn Fn(&str, &str) -> String,
) -> Option<Edit> {
    let (tree, text) = (there.tree(), &*there.file().source.text);
    let bases = there.project().hierarchy.bases(passage.worker);
    let of_qt = matches!(bases, [Class::Qt(_)]) && there.infer.method(passage.worker, "__init__").is_none();
    let body = &tree.func(there.project().class(passage.worker).body).body;
    let first = body
        .iter()
        .find(|stmt| matches!(tree.stmt(**stmt).kind, StmtKind::Func))?;
    let mut start = line_of(text, tree.stmt(*first).range.start).start;
    // Its comments stay with it.
    while let Some(above) = start.checked_sub(1).map(|end| line_of(text, end)) {
        if !above.slice(text).trim_start().starts_with('#') {
            break;
        }
        start = above.start;
    }
    let (outer, inner) = indents(there, passage.method.func)?;
    let plain = of_qt
        && !names.iter().any(|name| &***name == "self")
        && there.indent_at(tree.stmt(*first).range.start)? == outer;
    let typed = typed(there, passage).join(", ");
    let kept = kept("self", &inner);
    let head = format!("{outer}def __init__(self, {typed}):\n{inner}super().__init__(){kept}\n\n");
    plain.then(|| there.edit(TextRange::new(start, start), head))
}
