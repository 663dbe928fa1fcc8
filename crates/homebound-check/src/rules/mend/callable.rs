//! What a callable takes from the function around it.

use super::names::first_free;
use super::place::Place;
use super::values::{bound_before, only_binding};
use crate::context::Context;
use crate::syntax::tree::{Binding, ExprId, ExprKind, Name, Source};
use crate::text::TextRange;

/// What the names of the function around become in a method.
#[derive(Default)]
pub(super) struct Carried {
    /// Names as they are to be written there, sorted by place.
    pub replaced: Vec<(TextRange, String)>,
    /// What the method stores on its object before it connects.
    pub stored: Vec<String>,
}

/// Functions that see names which are not written.
const SEES_NAMES: [&str; 8] = ["super", "locals", "vars", "dir", "eval", "exec", "__class__", "globals"];

/// How the code in a range can leave its method; nothing where what it takes from there cannot be carried.
///
/// `own` is the name of the function itself, and what it becomes.
pub(super) fn carry(
    context: &Context<'_>,
    place: &Place,
    whole: TextRange,
    own: Option<(&Name, &str)>,
) -> Option<Carried> {
    let tree = context.tree();
    let mut carried = Carried::default();
    let mut known: Vec<(Name, String)> = Vec::new();
    for (id, name) in names_in(context, whole) {
        if SEES_NAMES.contains(&&**name) {
            return None;
        }
        let Some(owner) = context.infer.owner(context.func(tree.expr(id).func), name) else {
            continue;
        };
        // Its own names, and those that a method of the class sees as well.
        if owner.func != place.method || *name == place.this {
            continue;
        }
        if is_explained(context, tree.range(id)) {
            return None;
        }
        let new = match (own, known.iter().find(|(it, _)| it == name)) {
            (Some((own, new)), _) if own == name => format!("{}.{new}", place.this),
            (_, Some((_, new))) => new.clone(),
            _ => {
                let new = stored(context, place, name, &mut carried.stored)?;
                known.push((name.clone(), new.clone()));
                new
            }
        };
        carried.replaced.push((tree.range(id), new));
    }
    carried.replaced.sort_by_key(|(range, _)| range.start);
    Some(carried)
}

fn names_in<'c>(context: &Context<'c>, whole: TextRange) -> impl Iterator<Item = (ExprId, &'c Name)> {
    let exprs = context.file().tree.exprs.iter();
    (0..)
        .map(ExprId::new)
        .zip(exprs)
        .filter_map(move |(id, expr)| match &expr.kind {
            ExprKind::Name(name) if whole.contains(expr.range) => Some((id, name)),
            _ => None,
        })
}

/// Whether a name stands in an f-string as `{name=}`: it is printed as it is written.
pub(in crate::rules) fn is_explained(context: &Context<'_>, name: TextRange) -> bool {
    let rest = &context.file().source.text[name.end as usize..];
    let rest = rest.trim_start_matches(' ');
    let behind = rest.strip_prefix('=').map(|rest| rest.trim_start_matches(' '));
    behind.is_some_and(|rest| rest.starts_with(['}', '!', ':']))
}

/// What a variable of the method is called on its object: an attribute that it has already, or a new one.
fn stored(context: &Context<'_>, place: &Place, name: &Name, lines: &mut Vec<String>) -> Option<String> {
    let tree = context.tree();
    let binding =
        only_binding(context, place.method, name).filter(|binding| bound_before(tree, binding, place.stmt))?;
    if !place.keeps {
        return None;
    }
    let this = &place.this;
    if let Some(attr) = alias(context, place, name, &binding) {
        return Some(format!("{this}.{attr}"));
    }
    let bare = name.trim_start_matches('_');
    let attr = first_free(context, place.class, [format!("_{bare}"), format!("_{bare}_kept")])?;
    lines.push(format!("{this}.{attr} = {name}"));
    Some(format!("{this}.{attr}"))
}

/// An attribute that holds just what the variable holds, before the connection.
fn alias(context: &Context<'_>, place: &Place, name: &Name, binding: &Binding) -> Option<Name> {
    let tree = context.tree();
    let def = context.project().class(place.class);
    let same = |source: Source| match source {
        Source::Value(value) => match tree.kind(value) {
            ExprKind::Name(it) => it == name && tree.expr(value).func == place.method,
            _ => binding.source == Source::Value(value),
        },
        _ => false,
    };
    let mut names: Vec<&Name> = def.attributes.keys().collect();
    names.sort_unstable();
    let settled = |attr: &&&Name| {
        let source = def.attributes[**attr].first().map(|binding| binding.source);
        source.is_some_and(same) && super::values::is_settled_attribute(context, place.class, attr, place.stmt)
    };
    names.iter().find(settled).map(|attr| (**attr).clone())
}
