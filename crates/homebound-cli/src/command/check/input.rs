//! What is to be checked: paths, or what comes through stdin.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceFile;
use crate::args::CheckArgs;
use crate::config::Cascade;
use crate::failure::{Failure, Result};
use crate::files::{Found, Walk};
use crate::project::absolute;

#[derive(Debug)]
pub(super) enum Input {
    Paths(Vec<PathBuf>),
    Stdin {
        file: SourceFile,
        /// Without a name it belongs to no project.
        nameless: bool,
    },
}

impl Input {
    pub(super) fn read(args: &CheckArgs, here: &Path) -> Result<Self> {
        let paths = args.paths();
        if !paths.iter().any(|path| path.as_os_str() == "-") {
            return Ok(Self::Paths(paths.iter().map(|path| absolute(path, here)).collect()));
        }
        if paths.len() > 1 {
            return Err(Failure::new(
                "`-` stands for stdin, and cannot be given together with paths",
            ));
        }
        if args.add_ignore.is_some() {
            return Err(Failure::new("`--add-ignore` writes into files, and stdin is none").help("name the file"));
        }
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::new(format_args!("cannot read stdin: {error}")))?;
        let name = args.stdin_filename.clone().unwrap_or_else(|| "-".into());
        let file = SourceFile::new(absolute(&name, here), bytes).map_err(Failure::new)?;
        Ok(Self::Stdin {
            file,
            nameless: args.stdin_filename.is_none(),
        })
    }

    pub(super) fn walk(&self, cascade: &Arc<Cascade>) -> Result<Walk> {
        match self {
            Self::Paths(paths) => Walk::of(paths, cascade),
            Self::Stdin { file, .. } => stdin_walk(&file.path, cascade),
        }
    }

    /// The texts that count in place of files.
    pub(super) fn given(&self) -> Vec<SourceFile> {
        self.stdin().cloned().into_iter().collect()
    }

    pub(super) fn stdin(&self) -> Option<&SourceFile> {
        match self {
            Self::Paths(_) => None,
            Self::Stdin { file, .. } => Some(file),
        }
    }

    pub(super) fn is_nameless(&self) -> bool {
        matches!(self, Self::Stdin { nameless: true, .. })
    }
}

/// The file that stdin stands for need not exist.
fn stdin_walk(path: &Path, cascade: &Cascade) -> Result<Walk> {
    let configuration = cascade.for_folder(path.parent().unwrap_or(path))?;
    let mut walk = Walk::default();
    if !configuration.force_exclude() || !configuration.exclude.matches_within(path, &configuration.folder) {
        walk.files.insert(
            path.to_owned(),
            Found {
                path: path.to_owned(),
                configuration,
                below: None,
            },
        );
    }
    Ok(walk)
}
