use super::blocking;
use crate::context::Context;
use crate::model::{Class, ExprRef};
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB302",
        name: "qthread-subclass-slot",
        summary: "A slot of a QThread subclass blocks the user interface",
        group: Group::Affinity,
        default: false,
        level: 1,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for connect in context.wiring.in_file(context.id) {
        for (func, class) in connect.functions() {
            let thread = class.is_some_and(|class| context.infer.is_a(&Class::Own(class), "QThread") && !context.wiring.is_moved(context.infer, class));
            let tree = context.project().tree(func.file);
            let said = tree.calls_in(func.func).find_map(|call| blocking::blocks_in(context.infer, ExprRef::new(func.file, call.id)));
            if let (true, Some(said), None) = (thread && context.project().func(func).name != "run", said, &connect.kind) {
                context
                    .report(&RULE, context.tree().range(connect.call.expr), format!("the thread object itself lives in the user interface, so {} runs there, and {said}", context.infer.title(func)))
                    .help("put the slot into a worker object and move that to the thread")
                    .done();
            }
        }
    }
}
