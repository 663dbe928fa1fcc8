//! What can be done about findings: their fixes, all safe fixes at once, a comment that excuses them.

use std::collections::{BTreeMap, HashMap};

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DocumentChange, Edit as ProtocolEdit,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use homebound_check::{Applicability, Diagnostic, Edit, Fix, Group, SourceFile, TextRange, fix};
use url::Url;

use super::checker::{Judged, Outcome};
use super::client::{Client, FIX_ALL};
use super::documents::Documents;
use super::publish::published;
use super::view::{Now, View};
use crate::fixing::{ignore_edit, with_line_ends};

/// What the actions of one request are made from.
pub(super) struct Context<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) judged: &'a Judged,
    /// The document that was asked about.
    pub(super) view: View<'a>,
    pub(super) documents: &'a Documents,
    pub(super) client: Client,
}

pub(super) fn actions(context: &Context<'_>, params: &CodeActionParams) -> Vec<CodeAction> {
    let wanted = |kind: &str| {
        params
            .context
            .only
            .as_ref()
            .is_none_or(|only| only.iter().any(|only| includes(only, kind)))
    };
    let mut actions = Vec::new();
    if wanted("quickfix") {
        let unit = context.client.unit;
        let (start, end) = (params.range.start, params.range.end);
        let asked = TextRange::new(context.view.offset(start, unit), context.view.offset(end, unit));
        // A cursor at either end counts.
        let touches = |place: TextRange| place.start <= asked.end && asked.start <= place.end;
        let findings = context.judged.findings.iter();
        let here: Vec<&Diagnostic> = findings
            .filter(|finding| context.view.holds(finding.range) && touches(finding.range))
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
        let fix = self.prepared(fix);
        let title = match fix.applicability {
            Applicability::Safe => format!("Homebound: {} ({})", fix.title, finding.rule.code),
            _ => format!("Homebound: {} ({}, unsafe)", fix.title, finding.rule.code),
        };
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![published(finding, &self.view, self.outcome, self.client)]),
            is_preferred: Some(fix.applicability == Applicability::Safe),
            edit: Some(self.edit(&fix.edits)?),
            ..CodeAction::default()
        })
    }

    /// The fix with the line ends of each file that it changes.
    fn prepared(&self, fix: &Fix) -> Fix {
        let files = fix.edits.iter().filter_map(|edit| self.outcome.file(&edit.path));
        let files: Vec<SourceFile> = files.map(|judged| judged.source.clone()).collect();
        with_line_ends(fix, &files)
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
            diagnostics: Some(vec![published(finding, &self.view, self.outcome, self.client)]),
            is_preferred: Some(false),
            edit: Some(self.edit(&[edit])?),
            ..CodeAction::default()
        })
    }

    /// All safe fixes of findings in this document.
    fn fix_all(&self) -> Option<CodeAction> {
        let Judged { source, findings, .. } = self.judged;
        let here = findings.iter().filter(|finding| self.view.holds(finding.range));
        let safe = here
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.applicability == Applicability::Safe);
        let fixes: Vec<Fix> = safe.map(|fix| self.prepared(fix)).collect();
        let (_, applied) = fix::apply(source, &fixes.iter().collect::<Vec<_>>());
        let edits: Vec<Edit> = applied.iter().flat_map(|index| fixes[*index].edits.clone()).collect();
        Some(CodeAction {
            title: "Homebound: apply all safe fixes".to_owned(),
            kind: Some(CodeActionKind::Custom(FIX_ALL.into())),
            edit: Some(self.edit(&edits).filter(|_| !edits.is_empty())?),
            ..CodeAction::default()
        })
    }

    /// Edits by document, with its version where the client checks that; nothing where one of the texts is another one now, or has no
    /// document.
    fn edit(&self, edits: &[Edit]) -> Option<WorkspaceEdit> {
        let mut by_document: BTreeMap<Url, (Option<i32>, Vec<TextEdit>)> = BTreeMap::new();
        for edit in edits {
            let judged = self.outcome.file(&edit.path)?;
            let view = View::around(self.outcome, &edit.path, edit.range)?;
            let version = match view.now(self.documents) {
                Now::Same(document) => Some(document.version),
                Now::Closed => None,
                Now::Other => return None,
            };
            if !judged.source.takes(edit.range) {
                return None;
            }
            let new = TextEdit {
                range: view.range(edit.range, self.client.unit),
                new_text: edit.replacement.clone(),
            };
            by_document.entry(view.uri).or_insert((version, Vec::new())).1.push(new);
        }
        Some(self.workspace_edit(by_document))
    }

    fn workspace_edit(&self, by_document: BTreeMap<Url, (Option<i32>, Vec<TextEdit>)>) -> WorkspaceEdit {
        if !self.client.document_changes {
            let changes: HashMap<_, _> = by_document.into_iter().map(|(uri, (_, edits))| (uri, edits)).collect();
            return WorkspaceEdit {
                changes: Some(changes),
                ..WorkspaceEdit::default()
            };
        }
        let changes = by_document.into_iter().map(|(uri, (version, edits))| {
            let text_document = OptionalVersionedTextDocumentIdentifier {
                version,
                text_document_identifier: TextDocumentIdentifier { uri },
            };
            DocumentChange::TextDocumentEdit(TextDocumentEdit {
                text_document,
                edits: edits.into_iter().map(ProtocolEdit::TextEdit).collect(),
            })
        });
        WorkspaceEdit {
            document_changes: Some(changes.collect()),
            ..WorkspaceEdit::default()
        }
    }
}
