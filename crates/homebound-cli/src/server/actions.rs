//! What can be done about findings: their fixes, all safe fixes at once, a comment that excuses them.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DocumentChange, Edit as ProtocolEdit,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use homebound_check::{Applicability, Diagnostic, Edit, Fix, Group, SourceKind, TextRange, fix};

use super::checker::{Judged, Outcome};
use super::client::{Client, FIX_ALL};
use super::documents::Document;
use super::publish::published;
use crate::fixing::{ignore_edit, with_line_ends};

/// What the actions of one request are made from.
pub(super) struct Context<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) judged: &'a Judged,
    pub(super) document: &'a Document,
    pub(super) client: Client,
}

pub(super) fn actions(context: &Context<'_>, params: &CodeActionParams) -> Vec<CodeAction> {
    let Judged { source, findings, .. } = context.judged;
    let places = context.judged.places(context.client.unit);
    if source.kind == SourceKind::Notebook {
        return Vec::new();
    }
    let wanted = |kind: &str| {
        params
            .context
            .only
            .as_ref()
            .is_none_or(|only| only.iter().any(|only| includes(only, kind)))
    };
    let mut actions = Vec::new();
    if wanted("quickfix") {
        let here: Vec<&Diagnostic> = findings
            .iter()
            .filter(|finding| places.touches(finding.range, &params.range))
            .collect();
        actions.extend(here.iter().filter_map(|finding| context.quick_fix(finding)));
        actions.extend(here.iter().filter_map(|finding| context.ignore(finding)));
    }
    if wanted(FIX_ALL) {
        actions.extend(context.fix_all());
    }
    actions
}

/// Kinds are a tree: who asks for `source` or `source.fixAll` asks for all below.
fn includes(only: &CodeActionKind, kind: &str) -> bool {
    let only = serde_json::to_value(only).unwrap_or_default();
    let only = only.as_str().unwrap_or_default();
    only.is_empty() || kind == only || kind.strip_prefix(only).is_some_and(|rest| rest.starts_with('.'))
}

impl Context<'_> {
    fn quick_fix(&self, finding: &Diagnostic) -> Option<CodeAction> {
        let fix = finding
            .fix
            .as_ref()
            .filter(|fix| fix.applicability != Applicability::DisplayOnly)?;
        let fix = with_line_ends(fix, &self.judged.source.text);
        let title = match fix.applicability {
            Applicability::Safe => format!("Homebound: {} ({})", fix.title, finding.rule.code),
            _ => format!("Homebound: {} ({}, unsafe)", fix.title, finding.rule.code),
        };
        let edit = self.edit(&fix.edits)?;
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![published(finding, self.judged, self.outcome, self.client)]),
            is_preferred: Some(fix.applicability == Applicability::Safe),
            edit: Some(edit),
            ..CodeAction::default()
        })
    }

    /// Syntax and comments are mended, not excused.
    fn ignore(&self, finding: &Diagnostic) -> Option<CodeAction> {
        if finding.rule.group == Group::Checker {
            return None;
        }
        let edit = ignore_edit(&self.judged.source, &self.judged.index, finding)?;
        Some(CodeAction {
            title: format!("Homebound: ignore {} on this line", finding.rule.name),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![published(finding, self.judged, self.outcome, self.client)]),
            is_preferred: Some(false),
            edit: Some(self.edit(&[edit])?),
            ..CodeAction::default()
        })
    }

    fn fix_all(&self) -> Option<CodeAction> {
        let Judged { source, findings, .. } = self.judged;
        let safe = findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.applicability == Applicability::Safe);
        let fixes: Vec<Fix> = safe.map(|fix| with_line_ends(fix, &source.text)).collect();
        let (_, applied) = fix::apply(source, &fixes.iter().collect::<Vec<_>>());
        let edits: Vec<Edit> = applied.iter().flat_map(|index| fixes[*index].edits.clone()).collect();
        Some(CodeAction {
            title: "Homebound: apply all safe fixes".to_owned(),
            kind: Some(CodeActionKind::Custom(FIX_ALL.into())),
            edit: Some(self.edit(&edits).filter(|_| !edits.is_empty())?),
            ..CodeAction::default()
        })
    }

    /// Edits of this document; with its version where the client checks that.
    fn edit(&self, edits: &[Edit]) -> Option<WorkspaceEdit> {
        if edits.iter().any(|edit| edit.path != self.judged.source.path) {
            return None;
        }
        let place = |place: TextRange| self.judged.places(self.client.unit).range(place);
        let edits = edits.iter().map(|edit| TextEdit {
            range: place(edit.range),
            new_text: edit.replacement.clone(),
        });
        let uri = self.document.uri.clone();
        if !self.client.document_changes {
            let changes = HashMap::from([(uri, edits.collect())]);
            return Some(WorkspaceEdit {
                changes: Some(changes),
                ..WorkspaceEdit::default()
            });
        }
        let text_document = OptionalVersionedTextDocumentIdentifier {
            version: Some(self.document.version),
            text_document_identifier: TextDocumentIdentifier { uri },
        };
        let change = TextDocumentEdit {
            text_document,
            edits: edits.map(ProtocolEdit::TextEdit).collect(),
        };
        Some(WorkspaceEdit {
            document_changes: Some(vec![DocumentChange::TextDocumentEdit(change)]),
            ..WorkspaceEdit::default()
        })
    }
}
