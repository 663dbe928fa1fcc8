//! Whether a function runs when a window closes or the program ends.

use crate::context::Context;
use crate::model::{Class, ClassRef, ExprRef, FuncRef};

/// Words of functions that take leave.
const WORDS: [&str; 16] = [
    "close", "reject", "del", "quit", "exit", "shutdown", "clean", "destroy", "teardown", "dispose", "unload",
    "deinit", "finalize", "leave", "done", "accept",
];

/// How far callers are followed.
const DEEPEST: u32 = 4;

/// Whether a method of a window may run on the way out: by its name, by whoever calls it, or because nobody is seen to.
///
/// Only what is reached from buttons and from the ends of threads alone is known to run at other times.
pub(super) fn may_be(context: &Context<'_>, class: ClassRef, func: FuncRef) -> bool {
    search(context, class, func, DEEPEST)
}

fn search(context: &Context<'_>, class: ClassRef, func: FuncRef, depth: u32) -> bool {
    let infer = context.infer;
    let name = context.project().func(func).name.to_ascii_lowercase();
    let around = infer.class_around(func).map(Class::Own);
    let outside = !around.is_some_and(|around| infer.ancestry(class).contains(&around));
    if depth == 0 || outside || WORDS.iter().any(|word| name.contains(word)) || leaves(context, func) {
        return true;
    }
    let slots = context
        .wiring
        .connects
        .iter()
        .filter(|connect| connect.functions().any(|(slot, _)| slot == func));
    let mut known = name.starts_with("on_") && name.ends_with("_clicked");
    for connect in slots {
        known = true;
        if !connect
            .sender_classes
            .iter()
            .any(|sender| infer.is_gui(sender) || is_worker(context, sender))
        {
            return true;
        }
    }
    for site in context.project().calls_named(&context.project().func(func).name) {
        let Some(call) = context.project().tree(site.file).call(site.expr) else {
            continue;
        };
        if !infer.targets(*site, call.callee).contains(&func) {
            continue;
        }
        known = true;
        let caller = FuncRef::new(site.file, context.project().tree(site.file).expr(site.expr).func);
        if caller != func && search(context, class, caller, depth - 1) {
            return true;
        }
    }
    !known
}

/// Whether a function closes something itself.
fn leaves(context: &Context<'_>, func: FuncRef) -> bool {
    let tree = context.project().tree(func.file);
    tree.calls_in(func.func).any(|call| match call.name {
        "close" | "accept" | "reject" | "ignore" | "done" => true,
        "quit" | "exit" => call.receiver.is_some_and(|receiver| {
            !context
                .infer
                .all_are(&context.infer.expr(ExprRef::new(func.file, receiver)), "QThread")
        }),
        _ => false,
    })
}

fn is_worker(context: &Context<'_>, class: &Class) -> bool {
    context.infer.is_a(class, "QThread")
        || matches!(class, Class::Own(own) if context.wiring.is_moved(context.infer, *own))
}
