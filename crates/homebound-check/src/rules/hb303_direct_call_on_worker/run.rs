//! `run` of a thread, called where `start` is meant.

use super::RULE;
use crate::context::Context;
use crate::model::code::Call;
use crate::model::threads::Colour;
use crate::model::{Class, FuncRef};

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.threads.in_file(context.id, Colour::Ui).iter().copied() {
        if context.runs_on(func, Colour::Worker) || context.infer.asks_for_thread(func) {
            continue;
        }
        for call in context.tree().calls_in(func.func).filter(|call| call.name == "run") {
            if is_threads(context, func, &call) {
                report(context, func, &call);
            }
        }
    }
}

/// Whether a call runs the `run` of a thread class of the program's own, and not as the other way beside `start`.
fn is_threads(context: &Context<'_>, func: FuncRef, call: &Call<'_>) -> bool {
    let tree = context.tree();
    let path = call.receiver.and_then(|receiver| tree.path(receiver));
    let Some((receiver, path)) = call.receiver.zip(path).filter(|(_, path)| path != "self") else {
        return false;
    };
    let types = context.types(receiver);
    let thread = |class: &Class| {
        let own = matches!(class, Class::Own(own) if context.infer.method(*own, "run").is_some());
        own && ["QThread", "threading.Thread"]
            .iter()
            .any(|base| context.infer.is_a(class, base))
    };
    let instances = types.instances();
    let started = tree.calls_in(func.func).any(|other| {
        other.name == "start" && other.receiver.and_then(|receiver| tree.path(receiver)) == Some(path.clone())
    });
    !types.unknown && !started && !instances.is_empty() && instances.iter().all(|class| thread(class))
}

fn report(context: &Context<'_>, func: FuncRef, call: &Call<'_>) {
    let message = "this calls the thread's `run` in the caller's thread, the user interface: only `start()` runs it in the thread's own";
    let help = if call.has_arguments() {
        "give the thread what it needs before it starts, and call `start()`"
    } else {
        "call `start()`"
    };
    context
        .report(&RULE, context.tree().range(call.id), message)
        .help(help)
        .related(context.threads.chain(context.infer, func, Colour::Ui))
        .done();
}
