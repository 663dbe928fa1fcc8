//! All rules, by code.

use crate::rule::Rule;
use crate::rules::ALL;

/// All rules, by code.
pub fn rules() -> &'static [&'static Rule] {
    ALL
}

/// The rule with this code or name.
pub fn rule(word: &str) -> Option<&'static Rule> {
    rules()
        .iter()
        .copied()
        .find(|rule| rule.code.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word))
}
