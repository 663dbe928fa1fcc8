use crate::context::Context;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports comments that excuse a finding where there is none.
    ///
    /// ## Why is this bad
    ///
    /// Such a comment hides the next mistake in its line.
    ///
    /// ## Example
    ///
    /// ```python
    /// value = 1  # homebound: ignore[terminate] the last resort
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// value = 1
    /// ```
    ///
    /// ## Binding notes
    ///
    /// None.
    ///
    /// ## Limits
    ///
    /// Words of rules that are off are not judged. A bare `# noqa` may excuse what another linter finds and is left
    /// alone.
    ///
    /// ## References
    ///
    /// <https://docs.astral.sh/ruff/rules/unused-noqa/> has the same idea for ruff's own codes
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
