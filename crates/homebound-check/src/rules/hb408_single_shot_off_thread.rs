use crate::context::Context;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB408",
        name: "single-shot-off-thread",
        summary: "A single shot in a thread without an event loop",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in tree.method_calls("singleShot") {
        let func = context.func(tree.expr(call.id).func);
        let only_worker = context.runs_on(func, Colour::Worker) && !context.runs_on(func, Colour::Ui);
        // With a context object the timer is that object's.
        if !only_worker || call.args.len() != 2 || context.infer.asks_for_thread(func) || !context.threads.without_loop(context.infer, func) {
            continue;
        }
        let timer = call.receiver.is_some_and(|receiver| context.text(receiver).ends_with("QTimer"));
        if timer {
            context
                .report(&RULE, tree.range(call.id), "this thread runs no event loop, and a timer needs one: the function is never called")
                .help("emit a signal; its slot runs in the thread of its object")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}
