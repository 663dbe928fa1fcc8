//! The thread that checks, so that the editor is answered meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};
use homebound_check::{Checker, Diagnostic, LineIndex, SourceFile};

use super::documents::Documents;
use super::workspace::Workspace;
use crate::failure::{Failure, Result};
use crate::files::Reader;
use crate::project::Project;
use crate::run::Loaded;

/// What is to be checked.
pub(super) struct Job {
    pub(super) workspace: Workspace,
    pub(super) documents: Documents,
    /// Files that the client says have changed on the disk.
    pub(super) changed: BTreeSet<PathBuf>,
    /// Whether its outcome is not waited for any more.
    pub(super) given_up: Arc<AtomicBool>,
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
    /// Files that were asked for, that a finding points into, or that its fix changes.
    pub(super) files: BTreeMap<PathBuf, Judged>,
    pub(super) documents: Documents,
}

impl Outcome {
    pub(super) fn file(&self, path: &Path) -> Option<&Judged> {
        self.files.get(path)
    }
}

/// What came of a job: nothing, where it was given up.
pub(super) type Answer = Option<Result<Outcome>>;

/// Checks until nobody sends jobs any more. Each job is answered.
pub(super) fn work(jobs: &Receiver<Job>, outcomes: &Sender<Answer>) {
    let mut memory = Memory::default();
    for job in jobs {
        // A mistake of the checker in one text must not end the editor's session.
        let outcome = catch_unwind(AssertUnwindSafe(|| check(job, &mut memory)));
        let outcome = outcome.unwrap_or_else(|_| {
            let failure = Failure::new("the checker failed on this text");
            Some(Err(failure.help("please report it, with the text, to the project")))
        });
        if outcomes.send(outcome).is_err() {
            return;
        }
    }
}

fn check(job: Job, memory: &mut Memory) -> Answer {
    memory.reader.forget(|path| job.changed.contains(path));
    match job.workspace.projects(&job.documents) {
        Ok(projects) => check_all(projects, job, memory).map(Ok),
        Err(failure) => Some(Err(failure)),
    }
}

fn check_all(projects: Vec<Project>, job: Job, memory: &mut Memory) -> Option<Outcome> {
    // Who looks too late does a little work for nothing: the flag orders nothing else.
    let go_on = || !job.given_up.load(Ordering::Relaxed);
    let (mut files, mut seen, mut roots) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for project in projects {
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
        let mut findings = loaded.check_while(checker, &go_on)?;
        findings.retain(|finding| finding.suppressed.is_none());
        collect(&loaded, findings, &mut files);
    }
    memory.reader.forget(|path| !seen.contains(path));
    memory.checkers.retain(|root, _| roots.contains(root));
    Some(Outcome {
        files,
        documents: job.documents,
    })
}

fn collect(loaded: &Loaded, findings: Vec<Diagnostic>, files: &mut BTreeMap<PathBuf, Judged>) {
    let asked = loaded.project.parts.iter().flat_map(|part| part.asked.iter());
    let pointed = findings.iter().flat_map(|finding| {
        let changed = finding
            .fix
            .iter()
            .flat_map(|fix| fix.edits.iter().map(|edit| &edit.path));
        finding.related.iter().map(|related| &related.path).chain(changed)
    });
    let wanted: BTreeSet<PathBuf> = asked.chain(pointed).cloned().collect();
    for source in loaded.files.iter().filter(|source| wanted.contains(&source.path)) {
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
