use crate::context::Context;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    pub(crate) static RULE = {
        code: "HB002",
        name: "unused-suppression",
        summary: "A comment excuses nothing",
        group: Group::Checker,
        default: false,
        level: 0,
        fix: FixAvailability::Always,
    };
}

/// Known only when all other rules have spoken: `suppression` reports it.
pub(super) const fn check(_: &Context<'_>) {}
