use crate::context::Context;
use crate::rule::{FixAvailability, Group, declare_rule};

declare_rule! {
    /// ## What it does
    ///
    /// Reports files that are not Python, at the first place where reading fails.
    ///
    /// ## Why is this bad
    ///
    /// What stands after that place is not checked, or not rightly.
    ///
    /// ## Example
    ///
    /// ```python
    /// def run(self:
    ///     pass
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```python
    /// def run(self):
    ///     pass
    /// ```
    ///
    /// ## Binding notes
    ///
    /// None.
    ///
    /// ## Limits
    ///
    /// Files of Python 2 are read as far as they go: most of such a file is checked all the same. Expressions nested
    /// more than 3,000 deep are refused, as Python itself does.
    ///
    /// ## References
    ///
    /// <https://docs.python.org/3/reference/grammar.html>
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
