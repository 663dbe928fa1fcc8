//! Names for findings that stay the same while lines move.
//!
//! A fingerprint is made of the rule, the file and the text of the line, without its indentation; of equal ones, the first, the second
//! and so on are told apart.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use homebound_check::Diagnostic;
use sha2::{Digest, Sha256};

use crate::run::Sources;

/// The fingerprints of `findings`, in their order; paths count from `root`.
pub(crate) fn fingerprints(findings: &[&Diagnostic], sources: &Sources, root: &Path) -> Vec<String> {
    let mut seen: HashMap<(&str, &PathBuf, String), usize> = HashMap::new();
    let mut fingerprints = Vec::with_capacity(findings.len());
    for finding in findings {
        let line = context(finding, sources);
        let count = seen
            .entry((finding.rule.code, &finding.path, line.clone()))
            .or_default();
        *count += 1;
        fingerprints.push(hash(&[
            finding.rule.code,
            &slashed(&finding.path, root),
            &line,
            &count.to_string(),
        ]));
    }
    fingerprints
}

/// The line of a finding with its words one blank apart.
pub(crate) fn context(finding: &Diagnostic, sources: &Sources) -> String {
    let line = sources.line(&finding.path, finding.range);
    let line: Vec<&str> = line.split_whitespace().collect();
    line.join(" ")
}

/// A path from `root` as it is written on every system.
pub(crate) fn slashed(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    // Sixteen digits tell all findings of a project apart.
    let digits: Vec<String> = hasher
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digits.concat()
}
