use super::locks::all_locks;
use crate::context::Context;
use crate::model::code::Call;
use crate::rule::{FixAvailability, Group, declare_rule};
use crate::syntax::tree::ExprKind;

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB502",
        name: "trylock-ignored",
        summary: "Nobody looks whether the lock was taken",
        group: Group::Locks,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    let tree = context.tree();
    for call in ["tryLock", "tryLockForRead", "tryLockForWrite", "acquire"].iter().flat_map(|name| tree.method_calls(name)) {
        let lock = call.receiver.is_some_and(|receiver| all_locks(&context.types(receiver)));
        if lock && tree.is_statement(call.id) && may_fail(context, &call) {
            context
                .report(&RULE, tree.range(call.id), "the answer is thrown away: where the lock was not free, what follows runs without it, and releases a lock that another thread holds")
                .help("test the answer, or take the lock without a limit")
                .done();
        }
    }
}

fn may_fail(context: &Context<'_>, call: &Call<'_>) -> bool {
    let tree = context.tree();
    if call.name != "acquire" {
        return true;
    }
    let blocking = call.argument(0, "blocking").is_some_and(|blocking| matches!(tree.kind(blocking), ExprKind::Bool(false)));
    let timeout = call.keyword("timeout").is_some_and(|timeout| tree.number(timeout).is_some_and(|limit| limit >= 0.0));
    blocking || timeout
}
