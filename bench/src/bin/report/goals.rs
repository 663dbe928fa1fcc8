//! The goals: rows of figures with their limits, as `bench/goals.toml` has them.

use serde::{Deserialize, Deserializer};

use crate::results::{Figure, Results, is_qt, median};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goals {
    pub(crate) section: Vec<Section>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) note: String,
    pub(crate) row: Vec<Row>,
}

/// One figure of Homebound and what it is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) what: String,
    bench: String,
    #[serde(default = "free")]
    place: String,
    n: Option<u64>,
    #[serde(default = "time")]
    field: String,
    #[serde(default = "nanoseconds")]
    pub(crate) unit: String,
    /// Which of Homebound's ways, if there are several.
    #[serde(default)]
    ours: String,
    /// The peers' benchmark, if it has another name there.
    peers: Option<String>,
    pub(crate) floor: Option<String>,
    pub(crate) goal: Option<Limit>,
    pub(crate) least: Option<Limit>,
}

fn free() -> String {
    "free".to_owned()
}

fn time() -> String {
    "ns_per_op".to_owned()
}

fn nanoseconds() -> String {
    "ns".to_owned()
}

/// At most or at least so much, alone or times something else of the same run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Limit {
    at_most: bool,
    number: f64,
    of: Of,
}

#[derive(Debug, Clone, PartialEq)]
enum Of {
    /// The number is meant as it stands.
    Nothing,
    Qt,
    Peer(String),
    /// The same figure of Homebound's with another `n`.
    At(u64),
    /// Another field of the same line.
    Field(String),
}

/// How a row stands with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Met {
    Yes,
    No,
    /// What it is compared with was not measured.
    Unknown,
}

impl Row {
    pub(crate) fn peer(&self) -> String {
        if self.ours.is_empty() {
            "Homebound".to_owned()
        } else {
            format!("Homebound, {}", self.ours)
        }
    }

    pub(crate) fn figure(&self) -> Figure {
        Figure {
            place: self.place.clone(),
            bench: self.bench.clone(),
            n: self.n,
            field: self.field.clone(),
        }
    }

    pub(crate) fn peers_figure(&self) -> Figure {
        let bench = self.peers.clone().unwrap_or_else(|| self.bench.clone());
        Figure { bench, ..self.figure() }
    }

    /// Whether more is better.
    pub(crate) fn is_upward(&self) -> bool {
        self.unit == "/s"
            || [&self.goal, &self.least]
                .into_iter()
                .flatten()
                .any(|limit| !limit.at_most)
    }

    /// What the limit is compared with, round by round: a ratio, or the figure itself.
    fn measured(&self, limit: &Limit, results: &Results) -> Vec<f64> {
        let (mine, peer) = (self.figure(), self.peer());
        let ratio = |figure: &Figure, other: &str| results.ratios((&mine, &peer), (figure, other));
        let theirs = self.peers_figure();
        match &limit.of {
            Of::Nothing => results.values(&mine, &peer),
            Of::Qt => results
                .peers(&theirs)
                .iter()
                .find(|peer| is_qt(peer))
                .map_or(Vec::new(), |qt| ratio(&theirs, qt)),
            Of::Peer(other) => ratio(&theirs, other),
            Of::At(n) => ratio(
                &Figure {
                    n: Some(*n),
                    ..mine.clone()
                },
                &peer,
            ),
            Of::Field(field) => ratio(
                &Figure {
                    field: field.clone(),
                    ..mine.clone()
                },
                &peer,
            ),
        }
    }

    pub(crate) fn met(&self, limit: &Limit, results: &Results) -> Met {
        let measured = self.measured(limit, results);
        if measured.is_empty() {
            return Met::Unknown;
        }
        let median = median(&measured);
        let met = if limit.at_most {
            median <= limit.number
        } else {
            median >= limit.number
        };
        if met { Met::Yes } else { Met::No }
    }
}

impl Limit {
    fn parse(text: &str) -> Option<Self> {
        let (at_most, rest) = match text.split_once(' ')? {
            ("<=", rest) => (true, rest),
            (">=", rest) => (false, rest),
            _ => return None,
        };
        let (number, of) = rest.split_once(" x ").unwrap_or((rest, ""));
        let of = match of {
            "" => Of::Nothing,
            "Qt" => Of::Qt,
            other => match (other.strip_prefix("n="), other.strip_prefix("its ")) {
                (Some(n), _) => Of::At(n.parse().ok()?),
                (_, Some(field)) => Of::Field(field.to_owned()),
                _ => Of::Peer(other.to_owned()),
            },
        };
        Some(Self {
            at_most,
            number: number.parse().ok()?,
            of,
        })
    }

    /// The limit as a reader sees it; `unit` is the figure's.
    pub(crate) fn show(&self, unit: &str) -> String {
        let sign = if self.at_most { '≤' } else { '≥' };
        let number = self.number;
        match &self.of {
            Of::Nothing => format!("{sign} {number} {unit}").trim_end().to_owned(),
            Of::Qt => format!("{sign} {number}× Qt"),
            Of::Peer(peer) => format!("{sign} {number}× {peer}"),
            Of::At(n) => format!("{sign} {number}× that at {n}"),
            Of::Field(_) => "all".to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "'{text}' is no limit: write '<= 0.2 x Qt', '<= 25', '>= 1 x its ticks_ideal' or '<= 1.5 x n=1000'"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_multiple_of_something_measured() {
        let limit = |at_most, number, of| Some(Limit { at_most, number, of });
        assert_eq!(Limit::parse("<= 0.2 x Qt"), limit(true, 0.2, Of::Qt));
        assert_eq!(Limit::parse("<= 25"), limit(true, 25.0, Of::Nothing));
        assert_eq!(
            Limit::parse("<= 0.3 x tokio sleep"),
            limit(true, 0.3, Of::Peer("tokio sleep".into()))
        );
        assert_eq!(Limit::parse("<= 1.5 x n=1000"), limit(true, 1.5, Of::At(1000)));
        assert_eq!(
            Limit::parse(">= 1 x its ticks_ideal"),
            limit(false, 1.0, Of::Field("ticks_ideal".into()))
        );
        for nonsense in ["", "0.2", "< 3", "<= much", "<= 1 x n=many"] {
            assert_eq!(Limit::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_committed_goals_can_be_read_and_name_no_row_twice() {
        let text = include_str!("../../../goals.toml");
        let goals: Goals = toml::from_str(text).expect("sound goals");
        for section in goals.section {
            let mut names: Vec<_> = section.row.into_iter().map(|row| row.what).collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), all, "{}", section.title);
        }
    }
}
