//! A file of findings that a project lives with for now: new ones are reported, these are not.
//!
//! An entry is recognised by its fingerprint, so it stays the same one while lines move. It may carry a reason, which is kept when the
//! file is written again. An entry that matches nothing any more is stale, and said to be.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use homebound_check::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Place, Result};
use crate::fingerprint::{context, fingerprints, slashed};
use crate::run::Sources;

/// What `--write-baseline` writes to where nothing else is said.
pub(crate) const USUAL_NAME: &str = "homebound-baseline.json";

const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) rule: String,
    name: String,
    pub(crate) path: String,
    /// For the reader: the fingerprint already speaks of it.
    pub(crate) source: String,
    message: String,
    fingerprint: String,
    /// Why the project lives with it.
    #[serde(default)]
    pub(crate) reason: String,
}

/// A baseline and the folder that its paths start from.
#[derive(Debug)]
pub(crate) struct Baseline {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// How the present findings compare with a baseline.
#[derive(Debug, Default)]
pub(crate) struct Comparison<'a> {
    pub(crate) new: Vec<&'a Diagnostic>,
    pub(crate) known: Vec<(&'a Diagnostic, Option<&'a str>)>,
    pub(crate) stale: Vec<&'a Entry>,
}

/// What writing changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) all: usize,
    pub(crate) added: usize,
    pub(crate) removed: usize,
}

impl Baseline {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
        let file: File = serde_json::from_str(&text).map_err(|error| malformed(path, &text, &error))?;
        if file.version != VERSION {
            let failure = Failure::new(format_args!(
                "the baseline {} is of version {}",
                path.display(),
                file.version
            ));
            return Err(
                failure.help("a newer homebound wrote it: use that one, or write it again with `--write-baseline`")
            );
        }
        Ok(Self {
            path: path.to_owned(),
            entries: file.findings,
        })
    }

    /// An empty one, for a file that is yet to be written.
    pub(crate) fn read_or_new(path: &Path) -> Result<Self> {
        if path.exists() {
            Self::read(path)
        } else {
            Ok(Self {
                path: path.to_owned(),
                entries: Vec::new(),
            })
        }
    }

    fn root(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// `judged` says whether an entry would have been found if it were still there.
    pub(crate) fn compare<'a>(
        &'a self,
        findings: &[&'a Diagnostic],
        sources: &Sources,
        judged: impl Fn(&Path, &str) -> bool,
    ) -> Comparison<'a> {
        let by_print: HashMap<&str, &Entry> = self
            .entries
            .iter()
            .map(|entry| (entry.fingerprint.as_str(), entry))
            .collect();
        let mut met = HashSet::new();
        let mut comparison = Comparison::default();
        for (finding, print) in findings.iter().zip(fingerprints(findings, sources, self.root())) {
            match by_print.get(print.as_str()) {
                Some(entry) => {
                    met.insert(entry.fingerprint.as_str());
                    comparison.known.push((finding, Some(entry.reason.as_str())));
                }
                None => comparison.new.push(finding),
            }
        }
        let gone = |entry: &&Entry| {
            !met.contains(entry.fingerprint.as_str()) && judged(&self.root().join(&entry.path), &entry.rule)
        };
        comparison.stale = self.entries.iter().filter(gone).collect();
        comparison
    }

    /// Writes all `findings`; entries that this run did not judge stay, and so do reasons.
    pub(crate) fn write(
        &self,
        findings: &[&Diagnostic],
        sources: &Sources,
        judged: impl Fn(&Path, &str) -> bool,
    ) -> Result<Written> {
        let before: HashMap<&str, &Entry> = self
            .entries
            .iter()
            .map(|entry| (entry.fingerprint.as_str(), entry))
            .collect();
        let prints = fingerprints(findings, sources, self.root());
        let mut entries: Vec<Entry> = findings
            .iter()
            .zip(&prints)
            .map(|(finding, print)| self.entry(finding, print, &before, sources))
            .collect();
        let added = prints
            .iter()
            .filter(|print| !before.contains_key(print.as_str()))
            .count();
        let now: HashSet<&str> = prints.iter().map(String::as_str).collect();
        let kept = self
            .entries
            .iter()
            .filter(|entry| !now.contains(entry.fingerprint.as_str()));
        let kept: Vec<Entry> = kept
            .filter(|entry| !judged(&self.root().join(&entry.path), &entry.rule))
            .cloned()
            .collect();
        let removed = self.entries.len() + added - entries.len() - kept.len();
        entries.extend(kept);
        entries.sort_by(|a, b| (&a.path, &a.rule).cmp(&(&b.path, &b.rule)));
        let written = Written {
            all: entries.len(),
            added,
            removed,
        };
        let mut text = serde_json::to_string_pretty(&File {
            version: VERSION,
            findings: entries,
        })
        .map_err(Failure::new)?;
        text.push('\n');
        crate::fixing::replace_file(&self.path, text.as_bytes())?;
        Ok(written)
    }

    fn entry(&self, finding: &Diagnostic, print: &str, before: &HashMap<&str, &Entry>, sources: &Sources) -> Entry {
        Entry {
            rule: finding.rule.code.to_owned(),
            name: finding.rule.name.to_owned(),
            path: slashed(&finding.path, self.root()),
            source: context(finding, sources),
            message: finding.message.clone(),
            fingerprint: print.to_owned(),
            reason: before.get(print).map(|entry| entry.reason.clone()).unwrap_or_default(),
        }
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format_args!("cannot read the baseline {}: {error}", path.display()));
    match error.kind() {
        std::io::ErrorKind::NotFound => failure.help("write it with `homebound check --write-baseline`"),
        _ => failure,
    }
}

fn malformed(path: &Path, text: &str, error: &serde_json::Error) -> Failure {
    let start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = text.floor_char_boundary((start + error.column().saturating_sub(1)).min(text.len()));
    let place = Place {
        path: path.to_owned(),
        text: Arc::from(text),
        span: at..at,
    };
    let failure = Failure::new(format_args!("this is no baseline: {error}")).at(place);
    failure.help("mend it, or remove the file and write it again with `--write-baseline`")
}
