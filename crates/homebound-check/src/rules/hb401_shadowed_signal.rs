use crate::context::Context;
use crate::model::{Class, Ty};
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::Source;

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB401",
        name: "shadowed-signal",
        summary: "A signal of Qt's is redefined",
        group: Group::Signals,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for class in context.classes().filter(|class| context.infer.is_a(&Class::Own(*class), "QObject")) {
        let body = context.project().class(class).body;
        let bases = context.infer.qt_bases(&Class::Own(class));
        let thread = bases.iter().any(|base| base.is_a("QThread"));
        for (name, bindings) in &context.tree().func(body).bindings {
            let built_in = if thread { matches!(&**name, "started" | "finished" | "destroyed") } else { name == "destroyed" };
            for binding in bindings.iter().filter(|_| built_in) {
                let Source::Value(value) = binding.source else { continue };
                if !context.types(value).list.contains(&Ty::SignalDefinition) {
                    continue;
                }
                let kind = if thread { "QThread" } else { "QObject" };
                let message = format!("`{name}` hides the signal that {kind} itself emits: what is connected to it never hears of the real {name}, and the own one fires while the thread still runs");
                let range = binding.target.map_or_else(|| context.tree().range(value), |target| context.tree().range(target));
                context.report(&RULE, range, message).help(format!("give it another name, such as `{}`", other_name(name))).done();
            }
        }
    }
}

fn other_name(name: &str) -> &'static str {
    match name {
        "finished" => "done",
        "started" => "work_started",
        _ => "gone",
    }
}
