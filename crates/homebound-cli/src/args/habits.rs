//! What users of ruff type out of habit, and what has no meaning here: it does nothing, or the error says what does.

use clap::Args as ClapArgs;

#[derive(Debug, Default, Clone, ClapArgs)]
pub(crate) struct Habits {
    /// Accepted for habit: no rule is a preview
    #[arg(long, hide = true, overrides_with = "no_preview")]
    preview: bool,
    #[arg(long, hide = true, overrides_with = "preview")]
    no_preview: bool,
    #[arg(long, hide = true, value_parser = target_version)]
    target_version: Option<String>,
    #[arg(long, hide = true, value_parser = line_length)]
    line_length: Option<String>,
    #[arg(long, hide = true, value_parser = cache_dir)]
    cache_dir: Option<String>,
    #[arg(long, hide = true, value_parser = extension)]
    extension: Option<String>,
}

fn target_version(_: &str) -> Result<String, &'static str> {
    Err("Python of every version is read; what matters here is Qt's binding: --binding pyside6@6.8")
}

fn line_length(_: &str) -> Result<String, &'static str> {
    Err("no rule measures lines, and the fixes keep the layout that they find: leave it out")
}

fn cache_dir(_: &str) -> Result<String, &'static str> {
    Err("there is no cache, as each run looks at the whole project: leave it out")
}

fn extension(_: &str) -> Result<String, &'static str> {
    Err(
        "a file is what its name says: .py, .pyi, .pyw or .ipynb; give another one through stdin: \
         homebound check --stdin-filename NAME.py -",
    )
}
