//! Findings as the protocol has them.

use std::fmt::Write;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic as Published, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message,
};
use homebound_check::{Diagnostic, Group};
use url::Url;

use super::checker::{Judged, Outcome};
use super::client::Client;
use super::position::range;
use crate::output::rule_url;

pub(super) fn published(finding: &Diagnostic, judged: &Judged, outcome: &Outcome, client: Client) -> Published {
    let related = related(finding, outcome);
    Published {
        range: range(finding.range, &judged.index, &judged.source.text),
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

fn related(finding: &Diagnostic, outcome: &Outcome) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.related.iter().filter_map(|step| {
        let judged = outcome.file(&step.path)?;
        let uri = outcome.documents.at(&step.path).map(|document| document.uri.clone());
        let uri = uri.or_else(|| Url::from_file_path(&step.path).ok())?;
        let range = range(step.range, &judged.index, &judged.source.text);
        Some(DiagnosticRelatedInformation {
            location: Location { uri, range },
            message: step.message.clone(),
        })
    });
    steps.collect()
}
