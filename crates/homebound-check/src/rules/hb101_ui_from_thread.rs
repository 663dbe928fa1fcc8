use super::gui;
use crate::context::Context;
use crate::model::FuncRef;
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

/// One function may set up a whole window: its first lines tell as much as all of them.
const MOST: usize = 3;
const MOST_OF_ENTRY: usize = 10;

pub(super) fn check(context: &Context<'_>) {
    for func in context.threads.in_file(context.id, Colour::Worker) {
        if context.infer.asks_for_thread(func) {
            continue;
        }
        let touches = context.tree().calls_in(func.func).filter_map(|call| Some((gui::touches(context, &call)?, call)));
        for (said, call) in touches.take(if is_entry(context, func) { MOST_OF_ENTRY } else { MOST }) {
            let message = format!("{said} outside the thread of the user interface: the widget's state is torn, often silently, and the program crashes later");
            context
                .report(&RULE, context.tree().range(call.id), message)
                .help("emit a signal and do this in its slot, or read the value before the thread starts and pass it")
                .related(context.threads.chain(context.infer, func, Colour::Worker))
                .done();
        }
    }
}

fn is_entry(context: &Context<'_>, func: FuncRef) -> bool {
    context.threads.entry(func, Colour::Worker).is_some_and(|(entry, _)| entry == func)
}
