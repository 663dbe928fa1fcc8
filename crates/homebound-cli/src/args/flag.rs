//! Small things that options share.

use std::str::FromStr;

/// A setting that `--x` turns on and `--no-x` turns off; the configuration counts where neither is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnOff;

impl OnOff {
    pub(crate) fn of(on: bool, off: bool) -> Option<bool> {
        match (on, off) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// `PATTERN:RULE`, as `--per-file-ignores` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternRules {
    pub(crate) pattern: String,
    pub(crate) rule: String,
}

impl FromStr for PatternRules {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pattern, rule) = text
            .rsplit_once(':')
            .filter(|(pattern, rule)| !pattern.trim().is_empty() && !rule.trim().is_empty())
            .ok_or("write it as PATTERN:RULE, for example tests/*:HB102")?;
        Ok(Self {
            pattern: pattern.trim().to_owned(),
            rule: rule.trim().to_owned(),
        })
    }
}
