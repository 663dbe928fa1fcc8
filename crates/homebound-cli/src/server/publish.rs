//! Findings as the protocol has them.

use std::collections::BTreeSet;
use std::fmt::Write;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic as Published, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message, PublishDiagnosticsParams,
};
use homebound_check::{ColumnUnit, Diagnostic, Group};
use url::Url;

use super::checker::{Judged, Outcome};
use super::client::Client;
use super::documents::Documents;
use crate::output::rule_url;

/// The findings of an open document; none while those that are known are of another text.
pub(super) fn findings(uri: &Url, outcome: &Outcome, documents: &Documents, client: Client) -> Vec<Published> {
    let judged = documents.get(uri).and_then(|(path, document)| {
        let judged = outcome.file(&path)?;
        (judged.source.text == document.text).then_some(judged)
    });
    let findings = judged
        .into_iter()
        .flat_map(|judged| judged.findings.iter().map(move |finding| (finding, judged)));
    findings
        .map(|(finding, judged)| published(finding, judged, outcome, client))
        .collect()
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
        let document = documents.at(path);
        let address = || Url::from_file_path(path).ok();
        let Some(uri) = document.map(|document| document.uri.clone()).or_else(address) else {
            continue;
        };
        match document {
            // It asks for these itself.
            Some(_) if client.pulls => continue,
            Some(document) if document.text != judged.source.text => {
                shown.extend(before.get(&uri).cloned());
                continue;
            }
            None if judged.findings.is_empty() && !before.contains(&uri) => continue,
            _ => {}
        }
        let findings = judged.findings.iter();
        messages.push(PublishDiagnosticsParams {
            uri: uri.clone(),
            version: document.map(|document| document.version),
            diagnostics: findings
                .map(|finding| published(finding, judged, outcome, client))
                .collect(),
        });
        shown.insert(uri);
    }
    let gone = before.difference(&shown).cloned();
    messages.extend(gone.map(|uri| PublishDiagnosticsParams {
        uri,
        version: None,
        diagnostics: Vec::new(),
    }));
    (messages, shown)
}

pub(super) fn published(finding: &Diagnostic, judged: &Judged, outcome: &Outcome, client: Client) -> Published {
    let related = related(finding, outcome, client.unit);
    Published {
        range: judged.places(client.unit).range(finding.range),
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

fn related(finding: &Diagnostic, outcome: &Outcome, unit: ColumnUnit) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.related.iter().filter_map(|step| {
        let judged = outcome.file(&step.path)?;
        let uri = outcome.documents.at(&step.path).map(|document| document.uri.clone());
        let uri = uri.or_else(|| Url::from_file_path(&step.path).ok())?;
        let range = judged.places(unit).range(step.range);
        Some(DiagnosticRelatedInformation {
            location: Location { uri, range },
            message: step.message.clone(),
        })
    });
    steps.collect()
}
