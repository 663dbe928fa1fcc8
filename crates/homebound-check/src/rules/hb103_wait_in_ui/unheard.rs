//! Requests to end that a thread's `run` looks at only when its work is done.

use crate::context::Context;
use crate::model::code::Call;
use crate::model::{Class, ClassRef, FuncRef, Ty};
use crate::syntax::tree::{ExprId, ExprKind, FuncId, Name, StmtId, StmtKind, Tree};

/// What a `run` does after its work: it tells of it.
const TELLS: [&str; 6] = ["emit", "str", "repr", "print", "format", "format_exc"];

/// Whether a call asks a thread to end by flags that its `run` reads after its work only.
pub(super) fn asks(context: &Context<'_>, call: &Call<'_>) -> bool {
    let types = context.types(call.callee);
    let [Ty::Method(target, class)] = types.list.as_slice() else {
        return false;
    };
    let known = !types.unknown && context.infer.is_a(&Class::Own(*class), "QThread");
    let (true, Some(flags), Some(run)) = (known, flags(context, *target), context.infer.method(*class, "run")) else {
        return false;
    };
    target.file == run.file && reads_late(context, run, *class, *target, &flags)
}

/// The flags that a method sets, where it does nothing else.
fn flags(context: &Context<'_>, method: FuncRef) -> Option<Vec<Name>> {
    let tree = context.project().tree(method.file);
    let mut names = Vec::new();
    for stmt in tree.statements(&tree.func(method.func).body) {
        match &tree.stmt(stmt).kind {
            StmtKind::Assign(targets) => {
                for target in targets {
                    names.push(tree.self_attribute(*target)?.clone());
                }
            }
            StmtKind::Expr(value) if matches!(tree.kind(*value), ExprKind::Str(_)) => {}
            StmtKind::Pass => {}
            _ => return None,
        }
    }
    (!names.is_empty() && tree.func(method.func).calls.is_empty()).then_some(names)
}

/// Whether only `run` itself looks at the flags, and after each look there is nothing left but to tell.
fn reads_late(context: &Context<'_>, run: FuncRef, class: ClassRef, asking: FuncRef, flags: &[Name]) -> bool {
    let tree = context.project().tree(run.file);
    let mut first: Option<u32> = None;
    for func in (0..u32::try_from(tree.funcs.len()).unwrap_or(0)).map(FuncId) {
        let own = context.infer.class_around(FuncRef::new(run.file, func)) == Some(class);
        if !own || func == asking.func {
            continue;
        }
        for read in reads(tree, func, flags) {
            let in_loop = tree.stmt_of(read).is_none_or(|stmt| repeats(tree, stmt));
            if func != run.func || in_loop {
                return false;
            }
            let start = tree.range(read).start;
            first = Some(first.map_or(start, |first| first.min(start)));
        }
    }
    let hands_itself = tree.calls_in(run.func).any(|call| {
        call.args
            .iter()
            .any(|arg| tree.path(*arg).is_some_and(|path| path == "self"))
    });
    let ends = first.is_some_and(|first| {
        tree.calls_in(run.func)
            .all(|call| tree.range(call.id).start < first || TELLS.contains(&call.name))
    });
    ends && !hands_itself && tree.calls_in(run.func).any(|call| !TELLS.contains(&call.name))
}

/// Where a function looks at flags; what it assigns to them left out.
fn reads(tree: &Tree, func: FuncId, flags: &[Name]) -> Vec<ExprId> {
    let assigned = |read: ExprId| {
        tree.stmt_of(read)
            .is_some_and(|stmt| matches!(&tree.stmt(stmt).kind, StmtKind::Assign(targets) if targets.contains(&read)))
    };
    tree.func(func)
        .attributes
        .iter()
        .copied()
        .filter(|read| tree.last_name(*read).is_some_and(|name| flags.contains(name)) && !assigned(*read))
        .collect()
}

/// Whether a statement is a loop, or stands in one.
fn repeats(tree: &Tree, stmt: StmtId) -> bool {
    matches!(tree.stmt(stmt).kind, StmtKind::While { .. } | StmtKind::For { .. }) || tree.loop_around(stmt).is_some()
}
