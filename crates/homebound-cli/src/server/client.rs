//! What the client can do, and what it is told that we can.

use gen_lsp_types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CodeActionProvider, HoverProvider, InitializeParams,
    InitializeResult, PositionEncodingKind, Save, SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSync,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use serde_json::{Value, json};

/// The kind of the action that applies all fixes.
pub(super) const FIX_ALL: &str = "source.fixAll.homebound";

/// What matters of the client's abilities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) related_information: bool,
    pub(super) document_changes: bool,
    pub(super) watches_files: bool,
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
        }
    }
}

pub(super) fn capabilities() -> Value {
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
    let capabilities = ServerCapabilities {
        position_encoding: Some(PositionEncodingKind::UTF16),
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
