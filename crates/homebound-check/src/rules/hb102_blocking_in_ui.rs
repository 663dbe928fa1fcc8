use super::blocking;
use crate::context::Context;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB102",
        name: "blocking-in-ui",
        summary: "The thread of the user interface waits",
        group: Group::UserInterface,
        default: true,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if context.is_test() {
        return;
    }
    for func in context.threads.in_file(context.id, Colour::Ui) {
        if context.infer.asks_for_thread(func) {
            continue;
        }
        for call in context.tree().calls_in(func.func) {
            let Some(said) = blocking::blocks(context, &call) else { continue };
            context
                .report(&RULE, context.tree().range(call.id), format!("{said} in the thread of the user interface: the window freezes until it is over"))
                .help("do it in a worker (a QThread, a QRunnable) and take the result in a slot; for a delay, use QTimer.singleShot")
                .related(context.threads.chain(context.infer, func, Colour::Ui))
                .done();
        }
    }
}
