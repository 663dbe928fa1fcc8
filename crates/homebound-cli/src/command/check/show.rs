//! What can be asked besides findings: the files, the settings, the fixes.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use crate::command::print;
use crate::config::Configuration;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::Walk;
use crate::fixing::Fixed;
use crate::project::declared;
use crate::terminal::{Style, say};

pub(super) fn files(walk: &Walk) -> Result<Exit> {
    let mut lines = String::new();
    for path in walk.files.keys() {
        let _ = writeln!(lines, "{}", path.display());
    }
    print(&lines)?;
    for problem in &walk.unreadable {
        say(format_args!(
            "error: cannot read {}: {}",
            problem.path.display(),
            problem.why
        ));
    }
    Ok(if walk.unreadable.is_empty() {
        Exit::Clean
    } else {
        Exit::Failure
    })
}

pub(super) fn settings(walk: &Walk, main: &Configuration) -> Result<Exit> {
    let first = walk.files.values().next();
    let configuration = first.map_or(main, |found| &found.configuration);
    let mut text = String::new();
    if let Some(found) = first {
        let _ = writeln!(text, "Settings for: {}", found.path.display());
    }
    describe(configuration, &mut text).map_err(|error| Failure::new(error.to_string()))?;
    print(&text)?;
    Ok(Exit::Clean)
}

fn describe(configuration: &Configuration, text: &mut String) -> std::fmt::Result {
    let options = &configuration.options;
    match &configuration.file {
        Some(file) => writeln!(text, "Settings file: {}", file.display())?,
        None => writeln!(text, "Settings file: none")?,
    }
    let binding = configuration.binding.or_else(|| declared(&configuration.folder));
    let binding = binding.map_or_else(|| "auto".to_owned(), |binding| binding.to_string());
    writeln!(text, "\nbinding = {binding:?}")?;
    let on = homebound_check::rules()
        .iter()
        .filter(|rule| configuration.rules.select.contains(rule));
    writeln!(text, "rules = [")?;
    for rule in on {
        writeln!(text, "    {} ({}),", rule.name, rule.code)?;
    }
    writeln!(text, "]")?;
    let tables = options
        .per_file_ignores
        .iter()
        .chain([&options.extend_per_file_ignores])
        .flatten();
    for (pattern, rules) in tables {
        writeln!(text, "per-file-ignores.{pattern:?} = {rules:?}")?;
    }
    writeln!(
        text,
        "include = {:?}",
        joined(options.include.as_deref(), &options.extend_include)
    )?;
    writeln!(
        text,
        "exclude = {:?}",
        joined(options.exclude.as_deref(), &options.extend_exclude)
    )?;
    writeln!(text, "force-exclude = {}", configuration.force_exclude())?;
    writeln!(text, "respect-gitignore = {}", configuration.respect_gitignore())?;
    writeln!(text, "src = {:?}", configuration.src)?;
    for (name, flag) in [
        ("fix", options.fix),
        ("unsafe-fixes", options.unsafe_fixes),
        ("fix-only", options.fix_only),
        ("show-fixes", options.show_fixes),
    ] {
        writeln!(text, "{name} = {}", flag.unwrap_or(false))?;
    }
    if let Some(baseline) = &options.baseline {
        writeln!(text, "baseline = {:?}", baseline.display().to_string())?;
    }
    Ok(())
}

fn joined<'a>(list: Option<&'a [String]>, more: &'a [String]) -> Vec<&'a str> {
    list.into_iter().flatten().chain(more).map(String::as_str).collect()
}

/// Which fixes were applied where.
pub(super) fn fixes(fixed: &Fixed, here: &Path, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let count = fixed.count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "Fixed {count} {}:", if count == 1 { "error" } else { "errors" })?;
    for (path, rules) in &fixed.applied {
        writeln!(
            out,
            "- {}:",
            style.bold(path.strip_prefix(here).unwrap_or(path).display())
        )?;
        for (rule, count) in rules.values() {
            writeln!(out, "    {count} × {} ({})", style.code(rule.code), rule.name)?;
        }
    }
    writeln!(out)
}
