//! The commands, and the one place where their failures are printed.

mod check;
mod config;
mod linter;
mod rule;
mod threads;
mod version;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::args::{Args, Command, Global};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::explain_failure;
use crate::terminal::{Style, say};

/// Runs what was typed.
pub(crate) fn run(typed: impl Iterator<Item = OsString>) -> ExitCode {
    match Args::try_parse_from(typed) {
        Ok(args) => guarded(args).into(),
        Err(error) => misuse(&error),
    }
}

/// A mistake of the checker itself is told as what it is; where it happened was printed when it happened.
fn guarded(args: Args) -> Exit {
    catch_unwind(|| dispatch(args)).unwrap_or_else(|_| {
        say("error: this is a mistake in homebound, not in your code: please report it, with the lines above");
        Exit::Failure
    })
}

fn dispatch(args: Args) -> Exit {
    let global = args.global;
    let result = match args.command {
        Command::Check(check) => check::run(&check, &global),
        Command::Rule(rule) => rule::run(&rule),
        Command::Linter(list) => linter::run(&list),
        Command::Threads(threads) => threads::run(&threads, &global),
        Command::Config(config) => config::run(&config),
        Command::Server { .. } => crate::server::run(&global),
        Command::Version(list) => version::run(&list),
        Command::GenerateShellCompletion { shell } => completion(shell),
    };
    result.unwrap_or_else(|failure| tell(&failure, &global))
}

fn tell(failure: &Failure, global: &Global) -> Exit {
    if !global.silent {
        say(explain_failure(failure, Style::stderr(global.color)));
    }
    Exit::Failure
}

/// Prints to stdout. A reader who went away has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = crate::terminal::stdout();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// A closed pipe is no failure.
pub(crate) fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(&error)),
        _ => Ok(()),
    }
}

/// The folder that the command runs in.
pub(crate) fn here() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| {
        Failure::new(format_args!("cannot tell the present folder: {error}"))
            .help("it may have been removed: change to another one")
    })
}

fn completion(shell: clap_complete::Shell) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "homebound", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}

/// Help and versions end well; a word that is no command gets the one that was meant.
fn misuse(error: &clap::Error) -> ExitCode {
    let tip = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => meant(word),
        _ => None,
    };
    let _ = error.print();
    if let Some(tip) = tip {
        say(format_args!("\n  tip: {tip}"));
    }
    if error.use_stderr() {
        Exit::Failure.into()
    } else {
        Exit::Clean.into()
    }
}

/// What to type in place of a word: a path, or a command that other linters have.
fn meant(word: &str) -> Option<String> {
    let tip = match word {
        "clean" => "there is no cache: nothing has to be cleaned".to_owned(),
        "format" => "homebound does not format: ruff format and black do".to_owned(),
        "lsp" | "language-server" => "for editors: homebound server".to_owned(),
        "explain" => "to read what a rule means: homebound rule HB101".to_owned(),
        "analyze" => "to see which function runs on which thread: homebound threads FILE".to_owned(),
        path if PathBuf::from(path).exists() => format!("to check it: homebound check {path}"),
        _ => return None,
    };
    Some(tip)
}
