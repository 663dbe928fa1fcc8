//! Finds the settings of a folder: the nearest file upwards, what it extends, the user's file, and the command line on top.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::options::Options;
use super::resolve::Configuration;
use super::source::Source;
use crate::args::Global;
use crate::failure::{Failure, Result};
use crate::project::absolute;

/// In a folder with several, the first counts.
const NAMES: [&str; 3] = [".homebound.toml", "homebound.toml", "pyproject.toml"];

/// Whether a file with this name may hold settings or name the binding.
pub(crate) fn is_settings_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// Answers for any folder, and remembers.
#[derive(Debug)]
pub(crate) struct Cascade {
    typed: Options,
    fixed: Option<Arc<Configuration>>,
    folders: Mutex<HashMap<PathBuf, Option<Arc<Configuration>>>>,
    fallback: Arc<Configuration>,
}

impl Cascade {
    /// `typed` is what the command line says, and counts more than any file.
    pub(crate) fn new(global: &Global, typed: Options, here: &Path) -> Result<Self> {
        let (files, typed) = split_config(global, typed, here)?;
        let fixed = files.map(|path| configuration_of(&path, &typed, here)).transpose()?;
        let fallback = if global.isolated { None } else { user_file() };
        let fallback = match fallback {
            Some(path) => load(&path, &mut Vec::new())?.unwrap_or_default(),
            None => Options::default(),
        };
        let fallback = Arc::new(Configuration::new(typed.clone().over(fallback), here, None)?);
        let fixed = fixed.or_else(|| global.isolated.then(|| Arc::clone(&fallback)));
        Ok(Self {
            typed,
            fixed,
            folders: Mutex::default(),
            fallback,
        })
    }

    /// The settings for files in `folder`, an absolute path.
    pub(crate) fn for_folder(&self, folder: &Path) -> Result<Arc<Configuration>> {
        if let Some(fixed) = &self.fixed {
            return Ok(Arc::clone(fixed));
        }
        let found = self.nearest(folder)?;
        Ok(found.unwrap_or_else(|| Arc::clone(&self.fallback)))
    }

    fn nearest(&self, folder: &Path) -> Result<Option<Arc<Configuration>>> {
        if let Some(known) = self.folders.lock().get(folder) {
            return Ok(known.clone());
        }
        let found = match self.in_folder(folder)? {
            Some(found) => Some(found),
            None => folder.parent().map_or(Ok(None), |parent| self.nearest(parent))?,
        };
        self.folders.lock().insert(folder.to_owned(), found.clone());
        Ok(found)
    }

    fn in_folder(&self, folder: &Path) -> Result<Option<Arc<Configuration>>> {
        for path in NAMES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()) {
            if let Some(options) = load(&path, &mut Vec::new())? {
                return Configuration::new(self.typed.clone().over(options), folder, Some(path))
                    .map(|found| Some(Arc::new(found)));
            }
        }
        Ok(None)
    }
}

/// `--config` takes a file, or settings; settings count more than what other options of the command line say less exactly.
fn split_config(global: &Global, typed: Options, here: &Path) -> Result<(Option<PathBuf>, Options)> {
    let mut file = None;
    let mut options = typed;
    for argument in &global.config {
        let path = here.join(argument);
        if path.is_file() || !argument.contains('=') {
            if let Some(other) = file.replace(path) {
                let failure = Failure::new(format_args!(
                    "two configuration files: {} and {argument}",
                    other.display()
                ));
                return Err(failure.help("name one; it may `extend` the other"));
            }
            continue;
        }
        let mut said = Source::typed(argument).options()?.unwrap_or_default();
        said.anchor(here);
        options = options.over(said);
    }
    if global.isolated && file.is_some() {
        return Err(
            Failure::new("`--isolated` ignores all configuration files, and `--config` names one")
                .help("leave one of them out"),
        );
    }
    Ok((file, options))
}

fn configuration_of(path: &Path, typed: &Options, here: &Path) -> Result<Arc<Configuration>> {
    let options = load(path, &mut Vec::new())?.ok_or_else(|| {
        let failure = Failure::new(format_args!("{} has no table [tool.homebound]", path.display()));
        failure.help("add it, or name another file")
    })?;
    // A file named on the command line speaks of the folder that the command runs in.
    Configuration::new(typed.clone().over(options), here, Some(path.to_owned())).map(Arc::new)
}

/// Reads a file and those that it extends; `above` are the files that led here.
fn load(path: &Path, above: &mut Vec<PathBuf>) -> Result<Option<Options>> {
    let path = absolute(path, Path::new(""));
    let source = Source::read(&path)?;
    let Some(mut options) = source.options()? else {
        return Ok(None);
    };
    options.anchor(path.parent().unwrap_or(Path::new("")));
    let real = path.canonicalize().unwrap_or_else(|_| path.clone());
    if above.contains(&real) {
        return Err(Failure::new(format_args!("{} extends itself", source.path().display()))
            .help("remove one `extend` of the circle"));
    }
    above.push(real);
    let Some(extended) = options.extend.take() else {
        return Ok(Some(options));
    };
    let below = load(&extended, above).map_err(|failure| not_extended(failure, source.path()))?;
    Ok(Some(options.over(below.unwrap_or_default())))
}

fn not_extended(failure: Failure, by: &Path) -> Failure {
    if failure.place.is_some() || failure.what.contains("extends") {
        return failure;
    }
    Failure::new(format_args!("{} (`extend` in {})", failure.what, by.display()))
        .help("write the path relative to the folder of the file that extends")
}

/// `homebound/homebound.toml` in the folder where the system keeps the user's settings.
fn user_file() -> Option<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folders = [
        variable("XDG_CONFIG_HOME"),
        variable("HOME").map(|home| home.join(".config")),
        variable("HOME")
            .map(|home| home.join("Library").join("Application Support"))
            .filter(|_| cfg!(target_os = "macos")),
        variable("APPDATA"),
    ];
    let names = [".homebound.toml", "homebound.toml"];
    let mut files = folders
        .into_iter()
        .flatten()
        .flat_map(|folder| names.map(|name| folder.join("homebound").join(name)));
    files.find(|file| file.is_file())
}
