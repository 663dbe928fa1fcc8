//! The folders that the editor shows, and the settings that it gave.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{InitializeParams, WorkspaceFolders, WorkspaceFoldersChangeEvent};
use serde::Deserialize;

use super::documents::{Documents, path_of};
use crate::args::Global;
use crate::config::{Cascade, Options};
use crate::failure::{Failure, Result};
use crate::files::{Found, Walk};
use crate::project::{Project, projects};

/// `initializationOptions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Initial {
    /// Settings by the names that they have in files; they count more than files.
    settings: serde_json::Value,
    /// Reports on all files of the folders, not on open ones alone.
    whole_workspace: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Workspace {
    folders: Vec<PathBuf>,
    initial: Initial,
    global: Global,
}

impl Workspace {
    pub(super) fn new(params: &InitializeParams, global: Global) -> Self {
        let folders = match &params.workspace_folders_initialize_params.workspace_folders {
            Some(WorkspaceFolders::WorkspaceFolderList(list)) => {
                list.iter().map(|folder| path_of(&folder.uri)).collect()
            }
            _ => root_folder(params).into_iter().collect(),
        };
        let initial = params
            .initialization_options
            .as_ref()
            .and_then(|options| serde_json::to_value(options).ok());
        let initial = initial
            .and_then(|options| serde_json::from_value(options).ok())
            .unwrap_or_default();
        Self {
            folders,
            initial,
            global,
        }
    }

    pub(super) fn change(&mut self, event: &WorkspaceFoldersChangeEvent) {
        let removed: Vec<PathBuf> = event.removed.iter().map(|folder| path_of(&folder.uri)).collect();
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders
            .extend(event.added.iter().map(|folder| path_of(&folder.uri)));
    }

    /// Takes in settings that the client sends later, alone or under the server's name. Those of other servers, and none, change nothing.
    pub(super) fn configure(&mut self, settings: &serde_json::Value) {
        let ours = settings.get("homebound").unwrap_or(settings);
        let known = ours.get("settings").is_some() || ours.get("wholeWorkspace").is_some();
        if let (true, Ok(initial)) = (known, Initial::deserialize(ours)) {
            self.initial = initial;
        }
    }

    /// The projects that the open documents, or all files of the folders, belong to.
    pub(super) fn projects(&self, documents: &Documents) -> Result<Vec<Project>> {
        let here = self.folders.first().cloned().unwrap_or_else(|| PathBuf::from("/"));
        let mut typed = self.options()?;
        typed.anchor(&here);
        let cascade = Arc::new(Cascade::new(&self.global, typed, &here)?);
        let mut walk = if self.initial.whole_workspace {
            Walk::of(&self.folders, &cascade)?
        } else {
            Walk::default()
        };
        for path in documents.paths() {
            self.add(path, &cascade, &mut walk)?;
        }
        projects(&walk, &cascade, false)
    }

    /// An open document is checked unless it is excluded: it was opened to be read, not to be checked.
    fn add(&self, path: &Path, cascade: &Cascade, walk: &mut Walk) -> Result<()> {
        let configuration = cascade.for_folder(path.parent().unwrap_or(path))?;
        let below = self
            .folders
            .iter()
            .filter(|folder| path.starts_with(folder))
            .max_by_key(|folder| folder.components().count());
        let root = below.unwrap_or(&configuration.folder);
        if !configuration.exclude.matches_within(path, root) {
            let found = Found {
                path: path.to_owned(),
                configuration,
                below: below.cloned(),
            };
            walk.files.insert(path.to_owned(), found);
        }
        Ok(())
    }

    fn options(&self) -> Result<Options> {
        if self.initial.settings.is_null() {
            return Ok(Options::default());
        }
        Options::deserialize(&self.initial.settings).map_err(|error| {
            let failure = Failure::new(format_args!(
                "the editor's settings for homebound are not understood: {error}"
            ));
            failure.help("they have the names that they have in pyproject.toml")
        })
    }
}

/// Clients of old give one root.
#[expect(deprecated, reason = "they still do")]
fn root_folder(params: &InitializeParams) -> Option<PathBuf> {
    params.root_uri.as_ref().map(path_of)
}
