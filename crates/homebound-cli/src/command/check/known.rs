//! The baseline's part in a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use homebound_check::{Diagnostic, RuleSet, rule};

use super::Session;
use crate::baseline::{Baseline, Comparison, Entry, USUAL_NAME};
use crate::exit::Exit;
use crate::failure::Result;
use crate::run::{Loaded, Sources};

/// The baseline, if there is one, and what this run can judge of it.
pub(super) struct Known {
    baseline: Option<Baseline>,
    path: PathBuf,
    asked: BTreeSet<PathBuf>,
    select: RuleSet,
}

impl Known {
    pub(super) fn of(session: &Session<'_>, loaded: &[Loaded]) -> Result<Self> {
        let named = session.main.options.baseline.clone();
        let path = named.clone().unwrap_or_else(|| session.here.join(USUAL_NAME));
        let baseline = match (session.args.write_baseline, named) {
            (true, _) => Some(Baseline::read_or_new(&path)?),
            (false, Some(named)) => Some(Baseline::read(&named)?),
            (false, None) => None,
        };
        let asked = loaded
            .iter()
            .flat_map(|project| &project.project.parts)
            .flat_map(|part| part.asked.iter().cloned());
        Ok(Self {
            baseline,
            path,
            asked: asked.collect(),
            select: session.main.rules.select,
        })
    }

    /// An entry is judged if its file was checked or is gone, and its rule is on or does not exist any more.
    fn judges(&self, path: &Path, code: &str) -> bool {
        (self.asked.contains(path) || !path.exists()) && rule(code).is_none_or(|rule| self.select.contains(rule))
    }

    pub(super) fn compare<'a>(&'a self, active: Vec<&'a Diagnostic>, sources: &Sources) -> Comparison<'a> {
        match &self.baseline {
            Some(baseline) => baseline.compare(&active, sources, |path, code| self.judges(path, code)),
            None => Comparison {
                new: active,
                ..Comparison::default()
            },
        }
    }

    pub(super) fn write(&self, session: &Session<'_>, active: &[&Diagnostic], sources: &Sources) -> Result<Exit> {
        let Some(baseline) = &self.baseline else {
            return Ok(Exit::Clean);
        };
        let written = baseline.write(active, sources, |path, code| self.judges(path, code))?;
        let path = self.path.strip_prefix(session.here).unwrap_or(&self.path).display();
        session.tell(format_args!(
            "Wrote {path}: {} entries, {} new, {} removed.",
            written.all, written.added, written.removed
        ));
        Ok(Exit::Clean)
    }
}

pub(super) fn tell_stale(session: &Session<'_>, stale: &[&Entry]) {
    if session.global.quiet || stale.is_empty() {
        return;
    }
    for entry in stale {
        session.tell(format_args!(
            "note: the baseline knows {} in {}, which is gone: {}",
            entry.rule, entry.path, entry.source
        ));
    }
    session.tell("note: `--write-baseline` removes what is gone");
}
