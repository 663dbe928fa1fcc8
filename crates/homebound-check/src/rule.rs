//! What a rule is.

use std::fmt;

/// A mistake that the checker knows.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The stable code, `HB101`.
    pub code: &'static str,
    /// The name that works wherever the code works, `ui-from-thread`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The hundred that it belongs to.
    pub group: Group,
    /// Whether it is on without being asked for.
    pub default: bool,
    /// How sure a finding is: 0 nearly always right, 1 mostly, 2 a matter of taste.
    pub level: u8,
    /// Whether it mends what it finds.
    pub fix: FixAvailability,
    /// The source file.
    pub source: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    pub(crate) doc_lines: &'static str,
}

/// What a group of rules is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// HB0: the file and the comments.
    Checker,
    /// HB1: the thread of the user interface.
    UserInterface,
    /// HB2: the life of threads and workers.
    Lifetime,
    /// HB3: the thread an object belongs to.
    Affinity,
    /// HB4: signals and slots.
    Signals,
    /// HB5: locks.
    Locks,
    /// HB6: the loop of a worker.
    Loops,
}

/// Whether a rule brings a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixAvailability {
    /// Never.
    None,
    /// For some findings.
    Sometimes,
    /// For each finding.
    Always,
}

impl Rule {
    /// The documentation, in Markdown.
    pub fn docs(&self) -> String {
        let mut out = String::with_capacity(self.doc_lines.len());
        for line in self.doc_lines.trim_end().lines() {
            out.push_str(line.strip_prefix(' ').unwrap_or(line));
            out.push('\n');
        }
        out
    }

    /// The whole page: title, facts, documentation.
    pub fn page(&self) -> String {
        let default = if self.default {
            "On by default"
        } else {
            "Off by default"
        };
        let fix = match self.fix {
            FixAvailability::None => "no fix",
            FixAvailability::Sometimes => "sometimes a fix",
            FixAvailability::Always => "always a fix",
        };
        format!(
            "# {} ({})\n\n{}\n\n{default}, level {}, {fix}, since {}.\n\n{}",
            self.name,
            self.code,
            self.summary,
            self.level,
            self.since,
            self.docs()
        )
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// Declares a rule: its documentation comment is the text of its page.
macro_rules! declare_rule {
    ($(#[doc = $line:literal])* $vis:vis static $id:ident = { $($field:ident: $value:expr),* $(,)? };) => {
        $(#[doc = $line])*
        $vis static $id: $crate::rule::Rule = $crate::rule::Rule {
            $($field: $value,)*
            source: file!(),
            since: "0.1.0",
            doc_lines: concat!($($line, "\n"),*),
        };
    };
}
pub(crate) use declare_rule;
