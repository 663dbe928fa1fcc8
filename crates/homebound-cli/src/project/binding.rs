//! The binding that a project's manifests name.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use homebound_check::Binding;

use super::manifest::{from_json, from_lines, from_toml};
use super::requirement::Requirement;

/// The one binding that the manifests of `root` ask for. Where they ask for several, the imports decide.
pub(crate) fn declared(root: &Path) -> Option<Binding> {
    let mut found: Vec<Requirement> = manifests(root).iter().flat_map(|path| read(path)).collect();
    found.sort_by_key(|requirement| !requirement.locked);
    let api = found.first()?.binding.api;
    if found.iter().any(|requirement| requirement.binding.api != api) {
        return None;
    }
    let version = found.iter().find_map(|requirement| requirement.binding.version);
    Some(Binding { api, version })
}

/// Whether a file with this name may name the binding.
pub(crate) fn is_manifest(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return false;
    };
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    match name {
        "pyproject.toml" | "setup.cfg" | "setup.py" | "Pipfile" | "Pipfile.lock" | "poetry.lock" | "uv.lock"
        | "pdm.lock" | "pylock.toml" | "pixi.toml" => true,
        _ => {
            (name.starts_with("requirements") || name.starts_with("constraints")) && matches!(extension, "txt" | "in")
                || name.starts_with("environment") && matches!(extension, "yml" | "yaml")
        }
    }
}

fn manifests(root: &Path) -> Vec<PathBuf> {
    let listing = |folder: &Path| {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    };
    let mut paths: Vec<PathBuf> = listing(root).filter(|path| is_manifest(path)).collect();
    let lists =
        listing(&root.join("requirements")).filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.extend(lists);
    paths.sort();
    paths
}

fn read(path: &Path) -> Vec<Requirement> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    match (
        path.file_name().and_then(OsStr::to_str),
        path.extension().and_then(OsStr::to_str),
    ) {
        (Some("Pipfile.lock"), _) => from_json(&text),
        (Some("Pipfile"), _) | (_, Some("toml" | "lock")) => from_toml(&text),
        _ => from_lines(&text),
    }
}
