//! The lines of a run, by round.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// What was measured: where, which benchmark, with how many (`None`: whatever the line says), which of its figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Figure {
    pub(crate) place: String,
    pub(crate) bench: String,
    pub(crate) n: Option<u64>,
    pub(crate) field: String,
}

/// The figures of one round, by peer.
type Round = BTreeMap<Figure, BTreeMap<String, f64>>;

#[derive(Debug)]
pub(crate) struct Results {
    rounds: Vec<Round>,
    pub(crate) machine: Machine,
    /// Groups may have been run at different ones.
    pub(crate) commits: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) cpu: String,
    pub(crate) cpus: u32,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) load: String,
    pub(crate) left_out: String,
}

/// Qt with its default event dispatcher: the base of all ratios.
pub(crate) fn is_qt(peer: &str) -> bool {
    peer.starts_with("Qt ") && peer.ends_with(" glib")
}

pub(crate) fn is_floor(peer: &str) -> bool {
    peer.starts_with("floor: ")
}

pub(crate) fn is_ours(peer: &str) -> bool {
    peer.starts_with("Homebound")
}

/// The median of a list that is not empty.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

impl Results {
    pub(crate) fn load(folder: &Path) -> Result<Self, String> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|error| format!("{}: {error}; run ci/bench.sh", path.display()))
        };
        let (mut rounds, mut commits) = (Vec::new(), BTreeSet::new());
        for number in 1.. {
            let path = folder.join(format!("round-{number}.jsonl"));
            if !path.exists() {
                break;
            }
            let round = parse(&read(&path)?, &mut commits);
            rounds.push(round.map_err(|error| format!("{}: {error}", path.display()))?);
        }
        if rounds.is_empty() {
            return Err(format!("{}: there are no results; run ci/bench.sh", folder.display()));
        }
        let machine = serde_json::from_str(&read(&folder.join("machine.json"))?)
            .map_err(|error| format!("machine.json: {error}"))?;
        Ok(Self {
            rounds,
            machine,
            commits,
        })
    }

    pub(crate) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// A peer's figure in each round that has it.
    pub(crate) fn values(&self, figure: &Figure, peer: &str) -> Vec<f64> {
        self.rounds
            .iter()
            .filter_map(|round| round.get(figure)?.get(peer).copied())
            .collect()
    }

    /// How a peer's figure compares with another's, round by round.
    pub(crate) fn ratios(&self, mine: (&Figure, &str), other: (&Figure, &str)) -> Vec<f64> {
        let ratio = |round: &Round| {
            let mine = round.get(mine.0)?.get(mine.1)?;
            let other = round.get(other.0)?.get(other.1)?;
            (*other != 0.0).then(|| mine / other)
        };
        self.rounds.iter().filter_map(ratio).collect()
    }

    /// All who have this figure.
    pub(crate) fn peers(&self, figure: &Figure) -> Vec<String> {
        let mut peers: Vec<_> = self
            .rounds
            .iter()
            .filter_map(|round| round.get(figure))
            .flat_map(BTreeMap::keys)
            .cloned()
            .collect();
        peers.sort();
        peers.dedup();
        peers
    }

    pub(crate) fn qt(&self, figure: &Figure) -> Option<String> {
        self.peers(figure).into_iter().find(|peer| is_qt(peer))
    }
}

fn parse(text: &str, commits: &mut BTreeSet<String>) -> Result<Round, String> {
    let mut round = Round::new();
    for (number, text) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(text).map_err(|error| format!("line {}: {error}", number + 1))?;
        let word = |key: &str| {
            line[key]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("line {} has no '{key}'", number + 1))
        };
        commits.insert(word("commit")?);
        let (place, bench, peer) = (word("place")?, word("bench")?, word("peer")?);
        for (field, value) in line.as_object().into_iter().flatten() {
            let Some(value) = value.as_f64() else { continue };
            for n in [None, line["n"].as_u64()] {
                let figure = Figure {
                    place: place.clone(),
                    bench: bench.clone(),
                    n,
                    field: field.clone(),
                };
                round.entry(figure).or_default().insert(peer.clone(), value);
            }
        }
    }
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(rounds: &[&str]) -> Results {
        let mut commits = BTreeSet::new();
        let rounds = rounds
            .iter()
            .map(|text| parse(text, &mut commits).expect("sound lines"))
            .collect();
        Results {
            rounds,
            commits,
            machine: Machine::default(),
        }
    }

    fn figure(n: Option<u64>) -> Figure {
        Figure {
            place: "free".into(),
            bench: "emit".into(),
            n,
            field: "ns_per_op".into(),
        }
    }

    const FIRST: &str = r#"{"commit": "a1", "place": "free", "bench": "emit", "peer": "Qt 6.4.2 glib", "n": 10, "ns_per_op": 20}
{"commit": "a1", "place": "free", "bench": "emit", "peer": "Homebound", "n": 10, "ns_per_op": 5}"#;
    const SECOND: &str = r#"{"commit": "a1", "place": "free", "bench": "emit", "peer": "Qt 6.4.2 glib", "n": 10, "ns_per_op": 40}
{"commit": "a1", "place": "free", "bench": "emit", "peer": "Homebound", "n": 10, "ns_per_op": 4}"#;

    #[test]
    fn ratios_are_taken_within_a_round() {
        let results = results(&[FIRST, SECOND]);
        let (figure, qt) = (figure(Some(10)), "Qt 6.4.2 glib");
        assert_eq!(results.ratios((&figure, "Homebound"), (&figure, qt)), [0.25, 0.1]);
        assert_eq!(results.qt(&figure).as_deref(), Some(qt));
    }

    #[test]
    fn a_figure_is_found_with_and_without_its_number() {
        let results = results(&[FIRST]);
        assert_eq!(results.values(&figure(None), "Homebound"), [5.0]);
        assert_eq!(results.values(&figure(Some(11)), "Homebound"), [] as [f64; 0]);
    }

    #[test]
    fn a_line_that_is_no_result_is_named() {
        let refused = |text| parse(text, &mut BTreeSet::new()).unwrap_err();
        assert_eq!(
            refused("{\"commit\": \"a1\", \"place\": \"free\"}"),
            "line 1 has no 'bench'"
        );
        assert!(refused("nonsense").starts_with("line 1: "));
    }
}
