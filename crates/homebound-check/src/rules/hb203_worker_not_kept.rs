use super::hb202_thread_not_kept::runs_loop;
use super::lifetime::{Parent, locals, parent_of};
use crate::context::Context;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB203",
        name: "worker-not-kept",
        summary: "A worker is moved to a thread and dropped",
        group: Group::Lifetime,
        default: true,
        level: 0,
        fix: FixAvailability::Sometimes,
    };
}

pub(super) fn check(context: &Context<'_>) {
    for local in locals(context, "QObject") {
        let moves = local.calls(context, "moveToThread");
        let waits = context.tree().calls_in(local.func).any(|call| call.name == "wait");
        if moves.is_empty() || waits || runs_loop(context, local.func) || parent_of(context, local.made) != Parent::Missing || local.is_kept(context) {
            continue;
        }
        context
            .report(&RULE, context.tree().range(local.made), "nothing keeps this worker when the function returns, connections do not: it is deleted before the thread calls it, nothing ever runs, and the thread idles for ever")
            .help(format!("keep it on an object that lives as long: `self.{} = …`", local.name))
            .done();
    }
}
