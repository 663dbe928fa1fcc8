//! Findings as the protocol has them.

use std::collections::BTreeSet;
use std::fmt::Write;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic as Published, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Message, PublishDiagnosticsParams,
};
use homebound_check::{Diagnostic, Group};
use url::Url;

use super::checker::Outcome;
use super::client::Client;
use super::documents::Documents;
use super::view::{Now, View};
use crate::output::rule_url;

/// The findings of an open document; none while those that are known are of another text.
pub(super) fn findings(uri: &Url, outcome: &Outcome, documents: &Documents, client: Client) -> Vec<Published> {
    let Some((path, _)) = documents.get(uri) else {
        return Vec::new();
    };
    let view = View::at(outcome, &path, uri);
    let same = view.filter(|view| matches!(view.now(documents), Now::Same(_)));
    same.map_or_else(Vec::new, |view| in_view(&path, &view, outcome, client))
}

fn in_view(path: &std::path::Path, view: &View<'_>, outcome: &Outcome, client: Client) -> Vec<Published> {
    let findings = outcome.file(path).map_or(&[][..], |judged| &judged.findings);
    let here = findings.iter().filter(|finding| view.holds(finding.range));
    here.map(|finding| published(finding, view, outcome, client)).collect()
}

/// What an outcome makes to be shown, and where something is shown afterwards. Findings of a text that is not the document's any more
/// stay as they are until the next outcome.
pub(super) fn messages(
    outcome: &Outcome,
    documents: &Documents,
    before: &BTreeSet<Url>,
    client: Client,
) -> (Vec<PublishDiagnosticsParams>, BTreeSet<Url>) {
    let (mut shown, mut messages) = (BTreeSet::new(), Vec::new());
    for (path, judged) in &outcome.files {
        for view in View::of(outcome, path, judged) {
            let version = match view.now(documents) {
                // It asks for these itself.
                Now::Same(_) | Now::Other if client.pulls => continue,
                Now::Other => {
                    shown.extend(before.get(&view.uri).cloned());
                    continue;
                }
                Now::Closed if judged.findings.is_empty() && !before.contains(&view.uri) => continue,
                Now::Closed => None,
                Now::Same(document) => Some(document.version),
            };
            messages.push(PublishDiagnosticsParams {
                uri: view.uri.clone(),
                version,
                diagnostics: in_view(path, &view, outcome, client),
            });
            shown.insert(view.uri);
        }
    }
    let gone = before.difference(&shown).cloned();
    messages.extend(gone.map(|uri| PublishDiagnosticsParams {
        uri,
        version: None,
        diagnostics: Vec::new(),
    }));
    (messages, shown)
}

pub(super) fn published(finding: &Diagnostic, view: &View<'_>, outcome: &Outcome, client: Client) -> Published {
    let related = related(finding, outcome, client);
    Published {
        range: view.range(finding.range, client.unit),
        severity: Some(severity(finding)),
        code: Some(Code::String(finding.rule.code.to_owned())),
        code_description: Url::parse(&rule_url(finding.rule.code))
            .ok()
            .map(|href| CodeDescription { href }),
        source: Some("homebound".to_owned()),
        message: Message::String(message(finding, client)),
        tags: (finding.rule.name == "unused-suppression").then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (client.related_information && !related.is_empty()).then_some(related),
        data: None,
    }
}

fn severity(finding: &Diagnostic) -> DiagnosticSeverity {
    match (finding.rule.name, finding.rule.group) {
        ("syntax-error", _) => DiagnosticSeverity::Error,
        (_, Group::Checker) => DiagnosticSeverity::Information,
        _ => DiagnosticSeverity::Warning,
    }
}

/// A client that cannot show the way to a mistake gets it in words.
fn message(finding: &Diagnostic, client: Client) -> String {
    let mut message = finding.message.clone();
    if !client.related_information {
        for (number, step) in (1..).zip(&finding.related) {
            let _ = write!(message, "\n{number}: {}", step.message);
        }
    }
    if let Some(help) = &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    message
}

fn related(finding: &Diagnostic, outcome: &Outcome, client: Client) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.related.iter().filter_map(|step| {
        let view = View::around(outcome, &step.path, step.range)?;
        Some(DiagnosticRelatedInformation {
            location: view.location(step.range, client.unit),
            message: step.message.clone(),
        })
    });
    steps.collect()
}
