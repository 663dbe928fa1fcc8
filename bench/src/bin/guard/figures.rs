//! The committed figures, and how a new count is judged by them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;

use serde::{Deserialize, Serialize};

use crate::valgrind::Count;

/// From the workspace's root.
pub(crate) const FILE: &str = "bench/guard.toml";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// The compiler that they were counted with.
    rustc: String,
    /// How much dearer a path may be, as a part of its figure.
    tolerance: f64,
    /// What one operation of each path takes.
    paths: BTreeMap<String, Count>,
}

const TOLERANCE: f64 = 0.03;

/// How a path compares with its figure.
#[derive(Debug)]
pub(crate) struct Verdict {
    path: String,
    now: Count,
    /// What it took before; none if it is new.
    then: Option<Count>,
    tolerance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Dearer,
    Cheaper,
}

impl Figures {
    /// Reads the committed figures; none if there is no file yet.
    pub(crate) fn load() -> Result<Self, String> {
        let path = file();
        if !path.exists() {
            return Ok(Self {
                tolerance: TOLERANCE,
                ..Self::default()
            });
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("{FILE} cannot be read: {error}"))?;
        toml::from_str(&text).map_err(|error| format!("{FILE} is not as ci/guard.sh --accept writes it: {error}"))
    }

    pub(crate) fn save(&self) -> Result<(), String> {
        let mut text = String::from(
            "# What one operation of each hot path takes. Written by `ci/guard.sh --accept`, compared by `ci/guard.sh`.\n",
        );
        let _ = write!(
            text,
            "rustc = \"{}\"\ntolerance = {}\n\n[paths]\n",
            self.rustc, self.tolerance
        );
        for (
            path,
            Count {
                instructions,
                atomics,
                system_calls,
            },
        ) in &self.paths
        {
            let _ = writeln!(
                text,
                "{path} = {{ instructions = {instructions:.1}, atomics = {atomics:.2}, system_calls = {system_calls:.3} }}"
            );
        }
        fs::write(file(), text).map_err(|error| format!("{FILE} cannot be written: {error}"))
    }

    pub(crate) fn accept(&mut self, counted: &[(&str, Count)]) {
        self.rustc = rustc();
        for (path, now) in counted {
            self.paths.insert((*path).to_owned(), *now);
        }
    }

    pub(crate) fn judge(&self, path: &str, now: Count) -> Verdict {
        Verdict {
            path: path.to_owned(),
            now,
            then: self.paths.get(path).copied(),
            tolerance: self.tolerance,
        }
    }

    /// What to do about a path that has become dearer, or is new.
    pub(crate) fn advice(&self) -> String {
        let mut advice = format!(
            "a hot path takes more than {FILE} allows (at most {:.0} % more), or has no figure there.\n\
             Find what was added: valgrind --tool=callgrind target/guard/guard run PATH 100000, then callgrind_annotate.\n\
             If it has to be so: ci/guard.sh --accept PATH, and say why in the commit.",
            self.tolerance * 100.0
        );
        let here = rustc();
        if !self.rustc.is_empty() && here != self.rustc {
            let _ = write!(
                advice,
                "\nThe figures were counted with rustc {}; this is {here}.",
                self.rustc
            );
        }
        advice
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }
}

impl Verdict {
    pub(crate) fn is_bad(&self) -> bool {
        self.then.is_none() || self.changes().iter().any(|(_, _, _, change)| *change == Change::Dearer)
    }

    /// What is counted: its name, the new count, the old one, and how they compare. A little more than nothing is allowed where the figure is small.
    fn changes(&self) -> Vec<(&'static str, f64, f64, Change)> {
        let Some(then) = self.then else { return Vec::new() };
        let judge = |name, now: f64, then: f64, least: f64| {
            let allowed = (then * self.tolerance).max(least);
            let change = if now > then + allowed {
                Change::Dearer
            } else if now < then - allowed {
                Change::Cheaper
            } else {
                Change::Same
            };
            (name, now, then, change)
        };
        vec![
            judge("instructions", self.now.instructions, then.instructions, 0.5),
            judge("atomics", self.now.atomics, then.atomics, 0.3),
            judge("system calls", self.now.system_calls, then.system_calls, 0.1),
        ]
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count {
            instructions,
            atomics,
            system_calls,
        } = self.now;
        write!(
            f,
            "{:<26} {instructions:>8.1} instructions {atomics:>6.2} atomics {system_calls:>6.3} system calls",
            self.path
        )?;
        if self.then.is_none() {
            return f.write_str("  NEW: it has no figure");
        }
        for (name, _, then, change) in self.changes() {
            match change {
                Change::Same => {}
                Change::Dearer => write!(f, "  DEARER: {name} were {then:.1}")?,
                Change::Cheaper => write!(
                    f,
                    "  cheaper: {name} were {then:.1}; keep it: ci/guard.sh --accept {}",
                    self.path
                )?,
            }
        }
        Ok(())
    }
}

fn file() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("guard.toml")
}

/// The compiler's version, as the figures name it.
fn rustc() -> String {
    let output = std::process::Command::new("rustc").arg("--version").output();
    let said = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    said.split_whitespace().nth(1).unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(instructions: f64, atomics: f64, system_calls: f64) -> Count {
        Count {
            instructions,
            atomics,
            system_calls,
        }
    }

    fn figures() -> Figures {
        let paths = [("emit", count(100.0, 0.0, 0.0)), ("check", count(4.0, 0.0, 0.0))];
        Figures {
            rustc: rustc(),
            tolerance: 0.03,
            paths: paths.map(|(path, count)| (path.to_owned(), count)).into(),
        }
    }

    fn is_bad(path: &str, now: Count) -> bool {
        figures().judge(path, now).is_bad()
    }

    #[test]
    fn within_the_tolerance_is_the_same() {
        for now in [97.5, 100.0, 102.5] {
            let verdict = figures().judge("emit", count(now, 0.0, 0.001));
            assert!(!verdict.is_bad());
            assert!(!verdict.to_string().contains("were"));
        }
    }

    #[test]
    fn more_than_the_tolerance_is_dearer_and_bad() {
        let verdict = figures().judge("emit", count(104.0, 0.0, 0.0));
        assert!(verdict.is_bad());
        assert!(verdict.to_string().contains("DEARER: instructions were 100.0"));
    }

    #[test]
    fn one_instruction_more_on_a_path_of_four_is_dearer() {
        assert!(is_bad("check", count(5.0, 0.0, 0.0)));
        assert!(!is_bad("check", count(4.4, 0.0, 0.0)));
    }

    #[test]
    fn an_atomic_or_a_system_call_more_is_dearer_at_the_same_instructions() {
        assert!(is_bad("emit", count(100.0, 1.0, 0.0)));
        assert!(is_bad("emit", count(100.0, 0.0, 1.0)));
    }

    #[test]
    fn cheaper_is_told_and_not_bad() {
        let verdict = figures().judge("emit", count(90.0, 0.0, 0.0));
        assert!(!verdict.is_bad());
        assert!(verdict.to_string().contains("--accept emit"));
    }

    #[test]
    fn a_path_without_a_figure_is_bad() {
        assert!(is_bad("new", count(1.0, 0.0, 0.0)));
    }

    #[test]
    fn accepted_figures_are_the_next_ones_to_compare_with() {
        let mut figures = figures();
        figures.accept(&[("emit", count(120.0, 0.0, 0.0))]);
        assert!(!figures.judge("emit", count(120.0, 0.0, 0.0)).is_bad());
        assert!(figures.judge("emit", count(130.0, 0.0, 0.0)).is_bad());
        assert!(!figures.judge("check", count(4.0, 0.0, 0.0)).is_bad());
    }
}
