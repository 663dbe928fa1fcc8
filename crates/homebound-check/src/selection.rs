//! Which rules are on: codes, prefixes and names, as users of linters write them.

use crate::registry::rules;
use crate::rule::Rule;

/// A set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RuleSet(u64);

impl RuleSet {
    /// No rule.
    pub const fn none() -> Self {
        Self(0)
    }

    /// All rules.
    pub fn all() -> Self {
        rules().iter().copied().collect()
    }

    /// The rules that are on without being asked for.
    pub fn defaults() -> Self {
        rules().iter().copied().filter(|rule| rule.default).collect()
    }

    /// The rules of at most this level.
    pub fn up_to_level(level: u8) -> Self {
        rules().iter().copied().filter(|rule| rule.level <= level).collect()
    }

    /// Whether `rule` is in.
    pub fn contains(self, rule: &Rule) -> bool {
        self.0 & bit(rule) != 0
    }

    /// Adds a rule.
    pub fn insert(&mut self, rule: &Rule) {
        self.0 |= bit(rule);
    }

    /// Both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rules, by code.
    pub fn iter(self) -> impl Iterator<Item = &'static Rule> {
        rules().iter().copied().filter(move |rule| self.contains(rule))
    }
}

impl FromIterator<&'static Rule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = &'static Rule>>(rules: I) -> Self {
        let mut set = Self::none();
        for rule in rules {
            set.insert(rule);
        }
        set
    }
}

fn bit(rule: &Rule) -> u64 {
    rules()
        .iter()
        .position(|known| known.code == rule.code)
        .map_or(0, |index| 1 << index)
}

/// What a user wrote on the command line and in the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selectors {
    /// In place of the default rules.
    pub select: Option<Vec<String>>,
    /// On top of them.
    pub extend_select: Vec<String>,
    /// Taken away.
    pub ignore: Vec<String>,
}

/// A word that names no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{selector}` names no rule{}", nearest.map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
pub struct UnknownSelector {
    /// What was written.
    pub selector: String,
    /// What may have been meant.
    pub nearest: Option<&'static str>,
}

/// The rules that `selectors` leave on: the more exact word wins, and among equals `ignore` does.
///
/// # Errors
/// A word that is no code, prefix, name or `ALL`.
pub fn resolve_selection(selectors: &Selectors) -> Result<RuleSet, UnknownSelector> {
    let mut strength: Vec<(i32, bool)> = rules()
        .iter()
        .map(|rule| (-1, selectors.select.is_none() && rule.default))
        .collect();
    let chosen = selectors.select.iter().flatten().chain(&selectors.extend_select);
    let words = chosen
        .map(|word| (word, true))
        .chain(selectors.ignore.iter().map(|word| (word, false)));
    for (word, on) in words {
        let (set, exactness) = parse_selector(word)?;
        for (index, rule) in rules().iter().enumerate() {
            if set.contains(rule) && exactness >= strength[index].0 {
                strength[index] = (exactness, on);
            }
        }
    }
    Ok(rules()
        .iter()
        .zip(strength)
        .filter(|(_, (_, on))| *on)
        .map(|(rule, _)| *rule)
        .collect())
}

/// The rules that one word names, and how exact the word is.
pub(crate) fn parse_selector(word: &str) -> Result<(RuleSet, i32), UnknownSelector> {
    let trimmed = word.trim();
    if trimmed.eq_ignore_ascii_case("all") {
        return Ok((RuleSet::all(), 0));
    }
    if let Some(rule) = rules().iter().find(|rule| rule.name.eq_ignore_ascii_case(trimmed)) {
        return Ok(([*rule].into_iter().collect(), 5));
    }
    let upper = trimmed.to_ascii_uppercase();
    let set: RuleSet = rules()
        .iter()
        .copied()
        .filter(|rule| upper.len() > 1 && rule.code.starts_with(&upper))
        .collect();
    if set.is_empty() {
        return Err(UnknownSelector {
            selector: word.to_owned(),
            nearest: nearest(trimmed),
        });
    }
    Ok((set, i32::try_from(upper.len()).unwrap_or(5)))
}

fn nearest(word: &str) -> Option<&'static str> {
    let names = rules().iter().flat_map(|rule| [rule.code, rule.name]);
    let wanted = word.to_ascii_lowercase();
    let limit = (wanted.len() / 3).clamp(1, 4);
    names
        .map(|name| (distance(&wanted, &name.to_ascii_lowercase()), name))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
