//! The committed figures, and how a new count is judged by them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;

use serde::{Deserialize, Serialize};

/// From the workspace's root.
pub(crate) const FILE: &str = "bench/guard.toml";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// The compiler that they were counted with.
    rustc: String,
    /// How much dearer a path may be, as a part of its figure.
    tolerance: f64,
    /// Instructions of one operation.
    paths: BTreeMap<String, f64>,
}

/// A path of a few instructions may differ by less than one: the part of the loop around it.
const LEAST_TOLERANCE: f64 = 0.5;
const TOLERANCE: f64 = 0.03;

/// How a path compares with its figure.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Same { path: String, now: f64 },
    Dearer { path: String, now: f64, then: f64 },
    Cheaper { path: String, now: f64, then: f64 },
    Unknown { path: String, now: f64 },
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
        toml::from_str(&text).map_err(|error| format!("{FILE} is not as it is written by --accept: {error}"))
    }

    pub(crate) fn save(&self) -> Result<(), String> {
        let figures = toml::to_string(self).map_err(|error| error.to_string())?;
        let text = format!(
            "# Instructions of one operation of each hot path. Written by `ci/guard.sh --accept`; compared by `ci/guard.sh`.\n{figures}"
        );
        fs::write(file(), text).map_err(|error| format!("{FILE} cannot be written: {error}"))
    }

    pub(crate) fn accept(&mut self, counted: &[(&str, f64)]) {
        self.rustc = rustc();
        for (path, now) in counted {
            self.paths.insert((*path).to_owned(), (now * 10.0).round() / 10.0);
        }
    }

    pub(crate) fn judge(&self, path: &str, now: f64) -> Verdict {
        let path = path.to_owned();
        let Some(&then) = self.paths.get(&path) else {
            return Verdict::Unknown { path, now };
        };
        let allowed = (then * self.tolerance).max(LEAST_TOLERANCE);
        if now > then + allowed {
            Verdict::Dearer { path, now, then }
        } else if now < then - allowed {
            Verdict::Cheaper { path, now, then }
        } else {
            Verdict::Same { path, now }
        }
    }

    /// What to do about a path that has become dearer, or is new.
    pub(crate) fn advice(&self) -> String {
        let mut advice = format!(
            "a hot path takes more instructions than {FILE} allows (at most {:.0} % more), or has no figure there.\n\
             Find what was added: valgrind --tool=callgrind target/release/guard run PATH 10000, then callgrind_annotate.\n\
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
        matches!(self, Self::Dearer { .. } | Self::Unknown { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = |now: f64, then: f64| (now / then - 1.0) * 100.0;
        match self {
            Self::Same { path, now } => write!(f, "{path:<32} {now:>9.1}"),
            Self::Dearer { path, now, then } => {
                write!(
                    f,
                    "{path:<32} {now:>9.1}  DEARER: it was {then:.1} ({:+.1} %)",
                    change(*now, *then)
                )
            }
            Self::Cheaper { path, now, then } => {
                let change = change(*now, *then);
                write!(
                    f,
                    "{path:<32} {now:>9.1}  cheaper: it was {then:.1} ({change:+.1} %); keep it: ci/guard.sh --accept {path}"
                )
            }
            Self::Unknown { path, now } => write!(f, "{path:<32} {now:>9.1}  NEW: it has no figure"),
        }
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

    fn figures() -> Figures {
        Figures {
            rustc: rustc(),
            tolerance: 0.03,
            paths: BTreeMap::from([("emit".to_owned(), 100.0), ("check".to_owned(), 4.0)]),
        }
    }

    #[test]
    fn within_the_tolerance_is_the_same() {
        for now in [97.5, 100.0, 102.5] {
            assert!(matches!(figures().judge("emit", now), Verdict::Same { .. }));
        }
    }

    #[test]
    fn more_than_the_tolerance_is_dearer_and_bad() {
        let verdict = figures().judge("emit", 104.0);
        assert!(verdict.is_bad());
        assert!(verdict.to_string().contains("DEARER: it was 100.0 (+4.0 %)"));
    }

    #[test]
    fn one_instruction_more_on_a_path_of_four_is_dearer() {
        assert!(figures().judge("check", 5.0).is_bad());
        assert!(!figures().judge("check", 4.4).is_bad());
    }

    #[test]
    fn cheaper_is_told_and_not_bad() {
        let verdict = figures().judge("emit", 90.0);
        assert!(!verdict.is_bad());
        assert!(verdict.to_string().contains("--accept emit"));
    }

    #[test]
    fn a_path_without_a_figure_is_bad() {
        assert!(figures().judge("new", 1.0).is_bad());
    }

    #[test]
    fn accepted_figures_are_the_next_ones_to_compare_with() {
        let mut figures = figures();
        figures.accept(&[("emit", 120.04)]);
        assert_eq!(
            figures.judge("emit", 120.0),
            Verdict::Same {
                path: "emit".to_owned(),
                now: 120.0
            }
        );
        assert!(
            figures.judge("check", 4.0)
                == Verdict::Same {
                    path: "check".to_owned(),
                    now: 4.0
                }
        );
    }
}
