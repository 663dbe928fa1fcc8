//! A call with arguments that becomes a slot without: the worker gets them in its constructor.

mod init;
mod slot_method;

use super::names::{first_free, only_construction, references};
use super::values::{is_settled, precedes};
use crate::context::Context;
use crate::fix::{Edit, disjoint};
use crate::model::code::Call;
use crate::model::wiring::Connect;
use crate::model::{ClassRef, ExprRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind, FuncKind, Name, ParamKind, StmtId, StmtKind};
use crate::text::TextRange;

/// What passes from the connection through the constructor to the method.
struct Passage {
    worker: ClassRef,
    method: FuncRef,
    /// The call that makes the worker.
    made: ExprId,
    /// What is passed: the parameter's index, the text of the argument.
    values: Vec<(usize, String)>,
}

/// The edits that hand a worker's arguments to its constructor, and connect its method.
pub(in crate::rules) fn through_constructor(
    context: &Context<'_>,
    connect: &Connect,
    call: &Call<'_>,
) -> Option<Vec<Edit>> {
    let target = target(context, connect, call)?;
    let passage = passage(context, connect, call, target)?;
    let there = Context::new(context.infer, context.wiring, context.threads, passage.worker.file);
    let params = &there.tree().func(passage.method.func).params;
    let names: Vec<&Name> = passage.values.iter().map(|(index, _)| &params[*index].name).collect();
    let attributes: Vec<String> = names
        .iter()
        .map(|name| first_free(&there, passage.worker, [name.to_string(), format!("_{name}")]))
        .collect::<Option<_>>()?;
    let mut edits = vec![context.edit(context.tree().range(connect.slot), context.text(target))];
    edits.extend(slot_method::method(&there, &passage, &attributes)?);
    let (front, init) = init::constructor(&there, &passage, &names, &attributes)?;
    edits.extend(init);
    edits.push(construction(context, &passage, front)?);
    disjoint(&edits).then_some(edits)
}

/// The method that the callable calls, as an expression.
fn target(context: &Context<'_>, connect: &Connect, call: &Call<'_>) -> Option<ExprId> {
    match context.tree().kind(connect.slot) {
        ExprKind::Lambda(_) => Some(call.callee),
        _ => call.args.first().copied(),
    }
}

fn passage(context: &Context<'_>, connect: &Connect, call: &Call<'_>, target: ExprId) -> Option<Passage> {
    let tree = context.tree();
    let types = context.types(target);
    let ([Ty::Method(method, worker)], false) = (types.list.as_slice(), types.unknown) else {
        return None;
    };
    let [only] = references(context, *method)?[..] else {
        return None;
    };
    let made = only_construction(context, *worker)?;
    let stmt = tree.stmt_of(connect.call.expr)?;
    let here = made.file == context.id && only == context.at(target);
    let first = tree.stmt_of(made.expr).filter(|_| here)?;
    let same = tree.expr(made.expr).func == tree.expr(connect.call.expr).func;
    let alone = tree.loop_around(first).is_none() && tree.loop_around(stmt).is_none();
    if !same || !alone || !precedes(tree, first, stmt) || !is_kept_as(context, target, made, first) {
        return None;
    }
    let arguments = if call.callee == target {
        call.args
    } else {
        call.args.get(1..)?
    };
    let values = values(context, arguments, call, *method, first)?;
    (!values.is_empty()).then_some(Passage {
        worker: *worker,
        method: *method,
        made: made.expr,
        values,
    })
}

/// Whether the object of a method is the one that a call has made.
fn is_kept_as(context: &Context<'_>, target: ExprId, made: ExprRef, first: StmtId) -> bool {
    let tree = context.tree();
    let ExprKind::Attribute { value, .. } = tree.kind(target) else {
        return false;
    };
    let StmtKind::Assign(targets) = &tree.stmt(first).kind else {
        return false;
    };
    let path = tree.path(*value);
    path.is_some() && tree.expr(made.expr).parent.is_none() && targets.iter().any(|kept| tree.path(*kept) == path)
}

/// The arguments with the parameters that they fill, where they are then what they are at the construction.
fn values(
    context: &Context<'_>,
    arguments: &[ExprId],
    call: &Call<'_>,
    method: FuncRef,
    first: StmtId,
) -> Option<Vec<(usize, String)>> {
    let params = &context.project().func(method).params;
    let class = context.infer.class_of(context.func(context.tree().stmt(first).func));
    let mut out = Vec::new();
    let placed = (1..).zip(arguments).map(|(index, value)| (Some(index), *value));
    let named = call.keywords.iter().map(|(name, value)| {
        let index = params.iter().position(|param| Some(&param.name) == name.as_ref());
        (index, *value)
    });
    for (index, value) in placed.chain(named) {
        let value = own_default(context, value);
        let index = index.filter(|index| params.get(*index).is_some())?;
        if params[index].kind != ParamKind::Positional || !is_settled(context, class, value, first) {
            return None;
        }
        out.push((index, context.text(value).to_owned()));
    }
    out.sort_unstable_by_key(|(index, _)| *index);
    Some(out)
}

/// `path` of `lambda path=path: …` is what the default says.
fn own_default(context: &Context<'_>, value: ExprId) -> ExprId {
    let tree = context.tree();
    let (func, ExprKind::Name(name)) = (tree.func(tree.expr(value).func), tree.kind(value)) else {
        return value;
    };
    let lambda = func.kind == FuncKind::Lambda;
    let param = func.params.iter().find(|param| lambda && param.name == *name);
    param.and_then(|param| param.default).unwrap_or(value)
}

/// The call that makes the worker, with the values.
fn construction(context: &Context<'_>, passage: &Passage, front: bool) -> Option<Edit> {
    let (tree, call) = (context.tree(), context.tree().call(passage.made)?);
    let written: Vec<&str> = passage.values.iter().map(|(_, text)| &**text).collect();
    let written = written.join(", ");
    let whole = tree.range(passage.made);
    let starred = |arg: &ExprId| matches!(tree.kind(*arg), ExprKind::Starred(_));
    let open = tree.range(call.callee).end;
    context.file().source.text[open as usize..].strip_prefix('(')?;
    if call.args.iter().any(starred) || call.keywords.iter().any(|(name, _)| name.is_none()) {
        return None;
    }
    let own = context.project().class(passage.worker).methods.contains_key("__init__");
    if !call.has_arguments() || front {
        let none = !call.has_arguments();
        let inside = context.file().slice(TextRange::new(open + 1, whole.end));
        let space = inside.len() - inside.trim_start().len();
        // A comment in there belongs to what follows it.
        let space = if none || inside.trim_start().starts_with('#') {
            0
        } else {
            space
        };
        let at = open + 1 + u32::try_from(space).ok()?;
        let comma = if none { "" } else { ", " };
        return (own || none).then(|| context.edit(TextRange::new(at, at), format!("{written}{comma}")));
    }
    let last = call.args.last().filter(|_| call.keywords.is_empty())?;
    let end = tree.range(*last).end;
    let tail = context.file().slice(TextRange::new(end, whole.end)).trim();
    let plain = tail.trim_start_matches(',').trim() == ")";
    plain.then(|| context.edit(TextRange::new(end, end), format!(", {written}")))
}
