use crate::context::Context;
use crate::model::Class;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::Source;

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB403",
        name: "shared-runnable-signals",
        summary: "All jobs share one object of signals",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context.classes().filter(|class| context.infer.is_a(&Class::Own(*class), "QRunnable")) {
        for (name, bindings) in &context.tree().func(context.project().class(class).body).bindings {
            for binding in bindings {
                let Source::Value(value) = binding.source else { continue };
                let makes = context.tree().call(value).is_some();
                if makes && context.own_class(value).is_some_and(|holder| context.infer.is_a(&Class::Own(holder), "QObject")) {
                    let message = format!("`{name}` is made once for the class: each job's signals go to the slots of all jobs, so with three jobs a slot is called three times per result");
                    context
                        .report(&RULE, context.tree().range(value), message)
                        .help(format!("make it in `__init__`: `self.{name} = {}`", context.text(value)))
                        .done();
                }
            }
        }
    }
}
