//! `homebound threads`: which function runs where, and how it gets there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use homebound_check::{MethodThreads, RunsOn, ThreadKind};
use serde_json::{Value, json};

use super::{here, print};
use crate::args::{Global, ListFormat, ThreadsArgs};
use crate::config::{Cascade, Options};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::Walk;
use crate::output::render_chain;
use crate::project::{absolute, projects};
use crate::run::{Loaded, Sources, settings};
use crate::terminal::Style;

pub(super) fn run(args: &ThreadsArgs, global: &Global) -> Result<Exit> {
    let here = here()?;
    let typed = Options {
        binding: args.binding.clone(),
        ..Options::default()
    };
    let cascade = Arc::new(Cascade::new(global, typed, &here)?);
    let paths: Vec<PathBuf> = args.files.iter().map(|path| absolute(path, &here)).collect();
    let walk = Walk::of(&paths, &cascade)?;
    if let Some(problem) = walk.unreadable.first() {
        return Err(Failure::new(format_args!(
            "cannot read {}: {}",
            problem.path.display(),
            problem.why
        )));
    }
    let mut sources = Sources::default();
    let mut listing = Vec::new();
    for project in projects(&walk, &cascade, false)? {
        let loaded = Loaded::read(project, Vec::new());
        if let Some(problem) = loaded.unreadable.first() {
            return Err(Failure::new(format_args!(
                "cannot read {}: {}",
                problem.path.display(),
                problem.why
            )));
        }
        for part in &loaded.project.parts {
            let settings = settings(&part.configuration, &loaded.project.root);
            let functions = part
                .asked
                .iter()
                .flat_map(|path| homebound_check::threads(&loaded.files, &settings, path));
            listing.extend(functions);
        }
        sources.extend(loaded.files);
    }
    let text = match args.output_format {
        ListFormat::Text => text(&listing, &sources, &here, Style::stdout(global.color)),
        ListFormat::Json => format!(
            "{:#}\n",
            json!(
                listing
                    .iter()
                    .map(|function| as_json(function, &sources))
                    .collect::<Vec<_>>()
            )
        ),
    };
    print(&text)?;
    Ok(Exit::Clean)
}

fn text(listing: &[MethodThreads], sources: &Sources, here: &Path, style: Style) -> String {
    let mut text = String::new();
    for function in listing {
        text.push_str(&heading(function, sources, here, style));
        for way in function.runs_on.iter().filter(|way| !way.chain.is_empty()) {
            let title = format!("{} because:", place(way));
            text.push_str(&render_chain(sources, here, &title, &way.chain, style));
            text.push('\n');
        }
    }
    if listing.is_empty() {
        text.push_str("No function found.\n");
    }
    text
}

fn heading(function: &MethodThreads, sources: &Sources, here: &Path, style: Style) -> String {
    let (line, _) = sources.span(&function.path, function.range).start;
    let path = function.path.strip_prefix(here).unwrap_or(&function.path).display();
    let places: Vec<&str> = function.runs_on.iter().map(place).collect();
    let places = if places.is_empty() {
        "nobody is seen to call it".to_owned()
    } else {
        places.join(" and ")
    };
    format!(
        "{path}:{line}: {}: {}\n",
        style.bold(&function.name),
        style.mark(places)
    )
}

fn place(way: &RunsOn) -> &'static str {
    match way.thread {
        ThreadKind::Ui => "UI thread",
        ThreadKind::Worker => "worker thread",
    }
}

fn as_json(function: &MethodThreads, sources: &Sources) -> Value {
    let ways = function.runs_on.iter().map(|way| {
        let chain = way.chain.iter().map(|step| {
            let (row, column) = sources.span(&step.path, step.range).start;
            json!({ "filename": step.path.display().to_string(), "row": row, "column": column, "message": step.message })
        });
        let thread = if way.thread == ThreadKind::Ui { "ui" } else { "worker" };
        json!({ "thread": thread, "chain": chain.collect::<Vec<_>>() })
    });
    let (row, column) = sources.span(&function.path, function.range).start;
    json!({
        "filename": function.path.display().to_string(),
        "row": row,
        "column": column,
        "name": function.name,
        "runs_on": ways.collect::<Vec<_>>(),
    })
}
