//! A thread that is dropped in the slot of a signal that its own `run` emits: there `run` is not over yet.

use super::RULE;
use crate::binding::Api;
use crate::context::Context;
use crate::model::wiring::Connect;
use crate::model::{Class, ClassRef, FuncRef};
use crate::rules::lifetime::{Parent, parent_of};
use crate::syntax::tree::{Binding, ExprId, ExprKind, Name, Source};

/// Calls after which the thread has ended, is asked whether it has, or is kept by somebody else.
const CARES: [&str; 7] = ["wait", "isRunning", "isFinished", "append", "add", "setParent", "exec"];

/// In PyQt the frame of `run` keeps the thread meanwhile.
pub(super) fn check(context: &Context<'_>) {
    let pyside = context
        .binding()
        .is_some_and(|binding| matches!(binding.api, Api::PySide2 | Api::PySide6));
    for connect in context.wiring.in_file(context.id).filter(|_| pyside) {
        let tree = context.tree();
        let Some(attr) = connect.sender.and_then(|sender| tree.self_attribute(sender)) else {
            continue;
        };
        if !emitted_by_run(context, connect) {
            continue;
        }
        for (slot, _) in connect.functions().filter(|(slot, _)| slot.file == context.id) {
            if let Some(drop) = dropped_in(context, slot, attr) {
                report(context, connect, drop, attr);
            }
        }
    }
}

fn report(context: &Context<'_>, connect: &Connect, drop: ExprId, attr: &Name) {
    let signal = &connect.signal;
    context
        .report(&RULE, context.tree().range(drop), format!("`run` itself emits `{signal}` and is not over when this slot drops the thread: the process aborts with \"QThread: Destroyed while thread is still running\""))
        .help(format!("call `self.{attr}.wait()` first, or drop it in a slot of the `finished` that Qt emits"))
        .related(vec![context.related(
            context.tree().range(connect.call.expr),
            format!("connected to `{signal}` here"),
        )])
        .done();
}

/// Whether the sender is a thread whose own `run` emits the signal.
fn emitted_by_run(context: &Context<'_>, connect: &Connect) -> bool {
    let [Class::Own(thread)] = connect.sender_classes.as_slice() else {
        return false;
    };
    let run = context.infer.method(*thread, "run");
    let Some(run) = run.filter(|_| context.infer.is_a(&Class::Own(*thread), "QThread")) else {
        return false;
    };
    let tree = context.project().tree(run.file);
    tree.calls_in(run.func).any(|call| {
        let signal = call.receiver.and_then(|signal| tree.self_attribute(signal));
        call.name == "emit" && signal == Some(&connect.signal)
    })
}

/// Where a slot sets the only reference to the thread to `None`.
fn dropped_in(context: &Context<'_>, slot: FuncRef, attr: &Name) -> Option<ExprId> {
    let tree = context.tree();
    let class = context.infer.class_around(slot)?;
    let bindings = context.project().class(class).attributes.get(attr)?;
    let drop = bindings.iter().find_map(|binding| match binding.source {
        Source::Value(value) if tree.is_none(value) => binding.target.filter(|at| tree.expr(*at).func == slot.func),
        _ => None,
    })?;
    let cares = tree.calls_in(slot.func).any(|call| CARES.contains(&call.name));
    let elsewhere = bindings.iter().any(|binding| may_be_kept(context, *binding)) || is_handed_on(context, class, attr);
    (!cares && !elsewhere).then_some(drop)
}

/// Whether a thread that is put into the attribute has a parent, or did not come straight from its constructor.
fn may_be_kept(context: &Context<'_>, binding: Binding) -> bool {
    match binding.source {
        Source::Value(value) if context.tree().is_none(value) => false,
        Source::Annotated(_) => false,
        Source::Value(value) => parent_of(context, value) != Parent::Missing,
        _ => true,
    }
}

fn is_handed_on(context: &Context<'_>, class: ClassRef, attr: &Name) -> bool {
    let tree = context.tree();
    tree.exprs.iter().any(|expr| {
        let ExprKind::Call { args, .. } = &expr.kind else {
            return false;
        };
        args.iter().any(|arg| tree.self_attribute(*arg) == Some(attr))
            && context.infer.class_around(context.func(expr.func)) == Some(class)
    })
}
