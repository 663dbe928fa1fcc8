//! The thread that checks, so that the editor is answered meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender};
use homebound_check::{Checker, ColumnUnit, Diagnostic, LineIndex, SourceFile, SourceKind};

use super::documents::Documents;
use super::position::Places;
use super::workspace::Workspace;
use crate::failure::{Failure, Result};
use crate::files::Reader;
use crate::run::Loaded;

/// What is to be checked.
pub(super) struct Job {
    pub(super) workspace: Workspace,
    pub(super) documents: Documents,
    /// Files that the client says have changed on the disk.
    pub(super) changed: BTreeSet<PathBuf>,
}

/// What stays from job to job: the texts of files, and their trees.
#[derive(Default)]
struct Memory {
    reader: Reader,
    /// By the root of the project.
    checkers: HashMap<PathBuf, Checker>,
}

/// A file with its findings; those that a comment excuses are left out.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) source: SourceFile,
    pub(super) index: LineIndex,
    pub(super) findings: Vec<Diagnostic>,
}

/// What a check brought, and from which documents.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Files that were asked for or that a finding points into.
    pub(super) files: BTreeMap<PathBuf, Judged>,
    pub(super) documents: Documents,
}

impl Judged {
    pub(super) fn places(&self, unit: ColumnUnit) -> Places<'_> {
        Places {
            text: &self.source.text,
            index: &self.index,
            unit,
        }
    }
}

impl Outcome {
    pub(super) fn file(&self, path: &Path) -> Option<&Judged> {
        self.files.get(path)
    }
}

/// Checks until nobody sends jobs any more.
pub(super) fn work(jobs: &Receiver<Job>, outcomes: &Sender<Result<Outcome>>) {
    let mut memory = Memory::default();
    for job in jobs {
        // A mistake of the checker in one text must not end the editor's session.
        let outcome = catch_unwind(AssertUnwindSafe(|| check(job, &mut memory)));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Failure::new("the checker failed on this text").help("please report it, with the text, to the project"))
        });
        if outcomes.send(outcome).is_err() {
            return;
        }
    }
}

fn check(job: Job, memory: &mut Memory) -> Result<Outcome> {
    let (mut files, mut seen, mut roots) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    memory.reader.forget(|path| job.changed.contains(path));
    for project in job.workspace.projects(&job.documents)? {
        let view: BTreeSet<&PathBuf> = project.view.iter().collect();
        let given = job
            .documents
            .sources()
            .into_iter()
            .filter(|source| view.contains(&source.path))
            .collect();
        roots.insert(project.root.clone());
        seen.extend(project.view.iter().cloned());
        let checker = memory.checkers.entry(project.root.clone()).or_default();
        let loaded = Loaded::read_with(project, given, |paths| memory.reader.read(paths));
        let mut findings = loaded.check(checker);
        findings.retain(|finding| finding.suppressed.is_none());
        collect(&loaded, findings, &mut files);
    }
    memory.reader.forget(|path| !seen.contains(path));
    memory.checkers.retain(|root, _| roots.contains(root));
    Ok(Outcome {
        files,
        documents: job.documents,
    })
}

fn collect(loaded: &Loaded, findings: Vec<Diagnostic>, files: &mut BTreeMap<PathBuf, Judged>) {
    let asked = loaded.project.parts.iter().flat_map(|part| part.asked.iter());
    let related = findings
        .iter()
        .flat_map(|finding| finding.related.iter().map(|related| &related.path));
    let wanted: BTreeSet<PathBuf> = asked.chain(related).cloned().collect();
    for source in loaded
        .files
        .iter()
        .filter(|source| wanted.contains(&source.path) && source.kind != SourceKind::Notebook)
    {
        let judged = Judged {
            source: source.clone(),
            index: LineIndex::new(&source.text),
            findings: Vec::new(),
        };
        files.insert(source.path.clone(), judged);
    }
    for finding in findings {
        if let Some(judged) = files.get_mut(&finding.path) {
            judged.findings.push(finding);
        }
    }
}
