//! A lambda, a local function or a `partial` that becomes a method.

use super::arguments::Signature;
use super::callable::{Carried, carry};
use super::layout::{behind, has_long_texts, indent_of, line_of, prefixed, replaced, shifted, whole_lines};
use super::names::first_free;
use super::place::Place;
use super::slot;
use crate::context::Context;
use crate::fix::{Edit, disjoint};
use crate::model::wiring::Connect;
use crate::model::{FuncRef, Ty};
use crate::syntax::tree::{Expr, ExprId, ExprKind, Func, FuncId, FuncKind, Name, Source, Stmt, StmtId, StmtKind};
use crate::text::TextRange;

/// The title of the fix and its edits.
pub(in crate::rules) fn as_method(context: &Context<'_>, connect: &Connect) -> Option<(String, Vec<Edit>)> {
    let place = Place::of(context, connect)?;
    let carries = slot::carried(context, connect)?;
    let (decorator, import) = slot::decorator(context)?;
    let new = match context.tree().kind(connect.slot) {
        ExprKind::Lambda(func) => of_lambda(context, &place, connect, *func, carries.len()),
        ExprKind::Name(name) => of_function(context, &place, name, carries.len()),
        ExprKind::Call { .. } => of_partial(context, &place, connect, carries.len()),
        _ => None,
    }?;
    let title = format!("Make it the method `{}`", new.name);
    let types = carries[..new.takes].join(", ");
    let mut edits = new.edits;
    let line_indent = &place.outer;
    let method = format!("\n\n{line_indent}@{decorator}({types})\n{line_indent}{}", new.text);
    edits.push(context.edit(behind(context, place.method), method));
    if !new.carried.stored.is_empty() {
        let indent = context.indent_at(context.tree().stmt(place.stmt).range.start)?;
        let start = context.tree().stmt(place.stmt).range.start;
        let lines = new.carried.stored.join(&format!("\n{indent}")) + "\n" + indent;
        edits.push(context.edit(TextRange::new(start, start), lines));
    }
    edits.extend(import);
    disjoint(&edits).then_some((title, edits))
}

/// A method to be.
struct New {
    name: String,
    /// From `def` on.
    text: String,
    /// How many of the signal's values it takes.
    takes: usize,
    carried: Carried,
    /// What changes in the method around.
    edits: Vec<Edit>,
}

/// Names for a method that hears of a signal.
fn named(context: &Context<'_>, place: &Place, connect: &Connect) -> Option<String> {
    let sender = connect.sender.and_then(|sender| context.tree().last_name(sender));
    let sender = sender.map_or("worker", |name| name.trim_start_matches('_'));
    let (signal, sender) = (in_words(&connect.signal), in_words(sender));
    let plain = [format!("_on_{signal}"), format!("_on_{sender}_{signal}")];
    let counted = (2..10).map(|number| format!("_on_{sender}_{signal}_{number}"));
    first_free(context, place.class, plain.into_iter().chain(counted))
}

/// `progress_changed` of `progressChanged`, as Python writes names of methods.
fn in_words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && small {
            out.push('_');
        }
        small = letter.is_lowercase() || letter.is_ascii_digit();
        out.extend(letter.to_lowercase());
    }
    out
}

fn of_lambda(context: &Context<'_>, place: &Place, connect: &Connect, func: FuncId, values: usize) -> Option<New> {
    let tree = context.tree();
    let lambda = tree.func(func);
    let value = lambda
        .value
        .filter(|_| !lambda.has_yield && !lambda.bindings.contains_key(&place.this))?;
    let signature = Signature::of(context, lambda, 0)?;
    let takes = signature.takes(values)?;
    let carried = carry(context, place, tree.range(value), None)?;
    let name = named(context, place, connect)?;
    let body = statements(context, value, &carried, &place.inner)?;
    let head = format!("def {name}({}):", signature.written(&place.this));
    Some(New {
        text: format!("{head}\n{}{body}", place.inner),
        edits: vec![context.edit(tree.range(connect.slot), format!("{}.{name}", place.this))],
        name,
        takes,
        carried,
    })
}

/// What a lambda answers with, as statements: a tuple of calls is a statement for each.
fn statements(context: &Context<'_>, value: ExprId, carried: &Carried, inner: &str) -> Option<String> {
    let tree = context.tree();
    if matches!(tree.kind(value), ExprKind::Assigned { .. } | ExprKind::Await) {
        return None;
    }
    let words = context.text(value);
    let calls = match tree.kind(value) {
        ExprKind::Sequence(items) if !words.contains('#') && !items.is_empty() && !words.starts_with('{') => {
            let call = |item: &ExprId| tree.call(*item).is_some();
            items.iter().all(call).then(|| items.to_vec())
        }
        _ => None,
    };
    let parts = calls.unwrap_or_else(|| vec![value]);
    let written: Option<Vec<String>> = parts
        .iter()
        .map(|part| statement(context, *part, carried, inner))
        .collect();
    Some(written?.join(&format!("\n{inner}")))
}

fn statement(context: &Context<'_>, expr: ExprId, carried: &Carried, inner: &str) -> Option<String> {
    let (tree, whole) = (context.tree(), context.tree().range(expr));
    let here: Vec<(TextRange, String)> = carried
        .replaced
        .iter()
        .filter(|(range, _)| whole.contains(*range))
        .cloned()
        .collect();
    let text = &*context.file().source.text;
    let words = replaced(text, whole, &here);
    if !words.contains(['\n', '\r']) {
        return Some(words);
    }
    if has_long_texts(context, whole, None) {
        return None;
    }
    let closed = tree
        .call(expr)
        .is_some_and(|call| !context.text(call.callee).contains('\n'));
    let base = indent_of(line_of(text, whole.start).slice(text));
    let words = shifted(&words, base, inner);
    Some(if closed { words } else { format!("({words})") })
}

/// A function within the method, whose name the connection was given.
fn of_function(context: &Context<'_>, place: &Place, name: &Name, values: usize) -> Option<New> {
    let tree = context.tree();
    let binding = super::values::only_binding(context, place.method, name)?;
    let Source::Func(func) = binding.source else {
        return None;
    };
    let def = tree.func(func);
    let long = has_long_texts(context, def.range, docstring(context, def));
    if !is_plain(context, place, def) || name.starts_with("__") || long {
        return None;
    }
    let takes = Signature::of(context, def, 0)?.takes(values)?;
    let bare = name.trim_start_matches('_');
    let new = first_free(context, place.class, [format!("_{bare}"), format!("_{bare}_slot")])?;
    let carried = carry(context, place, def.range, Some((name, &new)))?;
    let lines = whole_lines(context, stmt_of(context, def)?)?;
    let mut edits = vec![context.edit(lines, "")];
    edits.extend(
        uses(context, place, name, def.range)?.map(|range| context.edit(range, format!("{}.{new}", place.this))),
    );
    Some(New {
        text: moved(context, place, def, &new, &carried)?,
        name: new,
        takes,
        carried,
        edits,
    })
}

/// Whether a function can stand in the class as it is: it changes no name of the method, and its head asks for none.
fn is_plain(context: &Context<'_>, place: &Place, def: &Func) -> bool {
    let tree = context.tree();
    let nested = tree.funcs.iter().filter(|inner| def.range.contains(inner.range));
    let changes = nested.into_iter().any(|inner| !inner.globals.is_empty());
    let in_head = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => context.infer.owner(context.func(expr.func), name) == Some(context.func(place.method)),
        _ => false,
    };
    let head = tree
        .exprs
        .iter()
        .filter(|expr| expr.func == place.method && def.range.contains(expr.range));
    let simple = def.kind == FuncKind::Def && def.decorators.is_empty() && !def.is_async && !def.has_yield;
    simple && !changes && !head.into_iter().any(in_head) && !def.bindings.contains_key(&place.this)
}

fn docstring(context: &Context<'_>, def: &Func) -> Option<TextRange> {
    let tree = context.tree();
    match tree.stmt(*def.body.first()?).kind {
        StmtKind::Expr(value) => matches!(tree.kind(value), ExprKind::Str(_)).then(|| tree.range(value)),
        _ => None,
    }
}

fn stmt_of(context: &Context<'_>, def: &Func) -> Option<StmtId> {
    let stmts = &context.tree().stmts;
    let same = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Func) && stmt.range == def.range;
    stmts.iter().position(same).map(StmtId::new)
}

/// Where else the function is named; nothing where a method cannot stand there.
fn uses(
    context: &Context<'_>,
    place: &Place,
    name: &Name,
    def: TextRange,
) -> Option<impl Iterator<Item = TextRange> + use<>> {
    let (tree, mut out) = (context.tree(), Vec::new());
    for expr in tree.exprs.iter().filter(|expr| !def.contains(expr.range)) {
        let scope = context.func(expr.func);
        let named = matches!(&expr.kind, ExprKind::Name(it) if it == name);
        if !named || context.infer.owner(scope, name) != Some(context.func(place.method)) {
            continue;
        }
        if context.infer.owner(scope, &place.this) != Some(context.func(place.method)) {
            return None;
        }
        out.push(expr.range);
    }
    Some(out.into_iter())
}

/// The function's text at its new place: under its new name, with the object, and with the method's indentation.
fn moved(context: &Context<'_>, place: &Place, def: &Func, new: &str, carried: &Carried) -> Option<String> {
    let text = &*context.file().source.text;
    text[def.name_range.end as usize..].strip_prefix('(')?;
    let open = def.name_range.end + 1;
    let comma = if def.params.is_empty() { "" } else { ", " };
    let mut parts = vec![
        (def.name_range, new.to_owned()),
        (TextRange::new(open, open), format!("{}{comma}", place.this)),
    ];
    parts.extend(carried.replaced.iter().cloned());
    let end = line_of(text, def.range.end).end;
    let whole = TextRange::new(def.range.start, end);
    let from = context.indent_at(def.range.start)?;
    Some(shifted(&replaced(text, whole, &parts), from, &place.outer))
}

/// `partial(self.show, 3)`: a method that calls the same with what the partial adds.
fn of_partial(context: &Context<'_>, place: &Place, connect: &Connect, values: usize) -> Option<New> {
    let tree = context.tree();
    let call = tree.call(connect.slot).filter(|call| call.name == "partial")?;
    let (target, given) = call.args.split_first()?;
    let settled = |expr: &ExprId| {
        let this = super::values::is_this(context, *expr, context.func(place.method));
        this || super::values::is_settled(context, Some(place.class), *expr, place.stmt)
    };
    let named_args = call
        .keywords
        .iter()
        .map(|(name, value)| name.as_ref().map(|_| value))
        .collect::<Option<Vec<_>>>()?;
    let receiver = match tree.kind(*target) {
        ExprKind::Attribute { value, .. } => settled(value),
        _ => settled(target),
    };
    if !receiver || !given.iter().all(settled) || !named_args.into_iter().all(settled) {
        return None;
    }
    let types = context.types(*target);
    let ([Ty::Func(func) | Ty::Method(func, _)], false) = (types.list.as_slice(), types.unknown) else {
        return None;
    };
    let bound = usize::from(matches!(types.list[0], Ty::Method(..)));
    let rest = rest_names(context, *func, bound + given.len(), call.keywords, values)?;
    let carried = carry(context, place, tree.range(connect.slot), None)?;
    let name = named(context, place, connect)?;
    let write = |expr: &ExprId| statement(context, *expr, &carried, &place.inner);
    let mut arguments: Vec<String> = given.iter().map(write).collect::<Option<_>>()?;
    arguments.extend(rest.iter().map(ToString::to_string));
    for (keyword, value) in call.keywords {
        arguments.push(format!("{}={}", keyword.as_ref()?, write(value)?));
    }
    let params = prefixed(", ", &rest);
    let head = format!("def {name}({}{params}):", place.this);
    Some(New {
        text: format!("{head}\n{}{}({})", place.inner, write(target)?, arguments.join(", ")),
        edits: vec![context.edit(tree.range(connect.slot), format!("{}.{name}", place.this))],
        name,
        takes: values,
        carried,
    })
}

/// What the called function calls the values that the signal brings: all of them, as a `partial` passes all.
fn rest_names(
    context: &Context<'_>,
    func: FuncRef,
    filled: usize,
    keywords: &[(Option<Name>, ExprId)],
    values: usize,
) -> Option<Vec<Name>> {
    let def = context.project().func(func);
    let there = Context::new(context.infer, context.wiring, context.threads, func.file);
    let signature = Signature::of(&there, def, filled)?;
    let taken = |name: &Name| keywords.iter().any(|(keyword, _)| keyword.as_ref() == Some(name));
    let names: Vec<Name> = signature.names().take(values).cloned().collect();
    let required = signature.required().filter(|name| !taken(name)).count();
    let fits = names.len() == values && required <= values && !names.iter().any(taken);
    fits.then_some(names)
}
