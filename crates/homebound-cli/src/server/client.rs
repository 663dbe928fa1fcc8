//! What the client can do, and what it is told that we can.

use gen_lsp_types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CodeActionProvider, DiagnosticOptions, DiagnosticProvider,
    HoverProvider, InitializeParams, InitializeResult, NotebookCellLanguage, NotebookDocumentFilterWithCells,
    NotebookDocumentSync, NotebookDocumentSyncOptions, NotebookSelector, PositionEncodingKind, Save, SaveOptions,
    ServerCapabilities, ServerInfo, TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use homebound_check::ColumnUnit;
use serde_json::{Value, json};

/// The kind of the action that applies all fixes.
pub(super) const FIX_ALL: &str = "source.fixAll.homebound";

/// What matters of the client's abilities.
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) related_information: bool,
    pub(super) document_changes: bool,
    pub(super) watches_files: bool,
    /// It asks for findings; they are not sent unasked for documents that are open.
    pub(super) pulls: bool,
    pub(super) refreshes: bool,
    /// What columns count.
    pub(super) unit: ColumnUnit,
}

impl Client {
    pub(super) fn new(params: &InitializeParams) -> Self {
        // The paths through the tree of optional abilities are the protocol's own, so they are read from its JSON.
        let abilities = serde_json::to_value(&params.capabilities).unwrap_or_default();
        let can = |path: &str| abilities.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        Self {
            related_information: can("/textDocument/publishDiagnostics/relatedInformation"),
            document_changes: can("/workspace/workspaceEdit/documentChanges"),
            watches_files: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            pulls: abilities
                .pointer("/textDocument/diagnostic")
                .is_some_and(Value::is_object),
            refreshes: can("/workspace/diagnostics/refreshSupport"),
            unit: unit(&abilities),
        }
    }

    fn position_encoding(self) -> PositionEncodingKind {
        match self.unit {
            ColumnUnit::Utf8 => PositionEncodingKind::UTF8,
            ColumnUnit::Utf16 => PositionEncodingKind::UTF16,
            ColumnUnit::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// The first unit that the client likes; without a word it is UTF-16's.
fn unit(abilities: &Value) -> ColumnUnit {
    let liked = abilities
        .pointer("/general/positionEncodings")
        .and_then(Value::as_array);
    let known = |name: &Value| match name.as_str()? {
        "utf-8" => Some(ColumnUnit::Utf8),
        "utf-16" => Some(ColumnUnit::Utf16),
        "utf-32" => Some(ColumnUnit::Utf32),
        _ => None,
    };
    liked.into_iter().flatten().find_map(known).unwrap_or_default()
}

pub(super) fn capabilities(client: Client) -> Value {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::SaveOptions(SaveOptions {
            include_text: Some(false),
        })),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::Custom(FIX_ALL.into())]),
        ..CodeActionOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(ChangeNotifications::Bool(true)),
    };
    let pulling = DiagnosticOptions {
        identifier: Some("homebound".to_owned()),
        inter_file_dependencies: true,
        ..DiagnosticOptions::default()
    };
    let notebooks = NotebookDocumentSyncOptions {
        notebook_selector: vec![NotebookSelector::NotebookDocumentFilterWithCells(
            NotebookDocumentFilterWithCells {
                notebook: None,
                cells: vec![NotebookCellLanguage {
                    language: "python".to_owned(),
                }],
            },
        )],
        save: Some(false),
    };
    let capabilities = ServerCapabilities {
        notebook_document_sync: Some(NotebookDocumentSync::Options(notebooks)),
        position_encoding: Some(client.position_encoding()),
        diagnostic_provider: client.pulls.then_some(DiagnosticProvider::DiagnosticOptions(pulling)),
        text_document_sync: Some(TextDocumentSync::Options(sync)),
        hover_provider: Some(HoverProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(actions)),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(folders),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    };
    let info = ServerInfo {
        name: "homebound".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    };
    json!(InitializeResult {
        capabilities,
        server_info: Some(info)
    })
}

/// Asks to be told of files that matter to a check.
pub(super) fn watch_files() -> Value {
    let patterns = [
        "**/*.{py,pyi,pyw,ipynb}",
        "**/{pyproject,homebound,.homebound,pixi,pylock}.toml",
        "**/{requirements,constraints}*.{txt,in}",
        "**/requirements/*.txt",
        "**/environment*.{yml,yaml}",
        "**/{poetry,uv,pdm}.lock",
        "**/{setup.cfg,Pipfile,Pipfile.lock}",
    ];
    let watchers: Vec<Value> = patterns
        .iter()
        .map(|pattern| json!({ "globPattern": pattern }))
        .collect();
    json!({
        "registrations": [{
            "id": "homebound-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        }],
    })
}
