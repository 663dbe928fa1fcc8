use super::gui;
use crate::context::Context;
use crate::model::threads::Colour;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB101",
        name: "ui-from-thread",
        summary: "The user interface is touched from another thread",
        group: Group::UserInterface,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for func in context.threads.in_file(context.id, Colour::Worker) {
        if context.infer.asks_for_thread(func) {
            continue;
        }
        for call in context.tree().calls_in(func.func) {
            let Some(said) = gui::touches(context, &call) else { continue };
            let message = format!("{said} outside the thread of the user interface: the widget's state is torn, often silently, and the program crashes later");
            context
                .report(&RULE, context.tree().range(call.id), message)
                .help("emit a signal and do this in its slot, or read the value before the thread starts and pass it")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}
