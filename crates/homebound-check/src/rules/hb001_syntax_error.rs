use crate::context::Context;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB001",
        name: "syntax-error",
        summary: "The file is not Python that this checker can read",
        group: Group::Checker,
        default: true,
        level: 0,
        fix: FixAvailability::None,
    };
}

pub(super) fn check(context: &Context<'_>) {
    if let Some((range, message)) = context.tree().errors.first() {
        context.report(&RULE, *range, message.clone()).done();
    }
}
