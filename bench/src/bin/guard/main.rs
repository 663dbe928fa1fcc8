//! Keeps the hot paths from growing dearer: it counts their instructions, atomic read-modify-writes and system calls, which no other work on the machine
//! changes, and compares them with the committed figures.
//!
//! Each path runs under valgrind with n operations and with 2n. The difference is what n operations cost: starting, setting up and ending are in both.

mod figures;
mod paths;
mod valgrind;

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use clap::{Parser, Subcommand};

use figures::{Figures, Verdict};
use paths::Path;
use valgrind::Count;

/// Counts the instructions of hot paths and compares them with the committed figures.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Writes what is counted now as the new figures.
    #[arg(long)]
    accept: bool,
    /// Only these paths; all if none is named.
    paths: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one path: what valgrind looks at.
    #[command(hide = true)]
    Run { path: String, operations: u64 },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Some(Command::Run { path, operations }) => paths::find(path).and_then(|path| run(path, *operations)),
        None => guard(&arguments),
    };
    result.unwrap_or_else(|message| {
        complain(&message);
        ExitCode::FAILURE
    })
}

/// Runs a path on a thread that never ends: freeing what the thread has at its end would be counted with the path.
fn run(path: &'static Path, operations: u64) -> Result<ExitCode, String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        (path.run)(operations);
        tell.send(()).expect("the program waits for it");
        loop {
            thread::park();
        }
    });
    let done = told.recv().map(|()| ExitCode::SUCCESS);
    done.map_err(|_| format!("{} did not do what it counts", path.name))
}

fn guard(arguments: &Arguments) -> Result<ExitCode, String> {
    let chosen: Vec<&'static Path> = match arguments.paths.as_slice() {
        [] => paths::all().collect(),
        names => names.iter().map(|name| paths::find(name)).collect::<Result<_, _>>()?,
    };
    let counted = count_all(&chosen)?;
    let mut figures = Figures::load()?;
    if arguments.accept {
        figures.accept(&counted);
        figures.save()?;
        say(&format!("{} figures written to {}", counted.len(), figures::FILE));
        return Ok(ExitCode::SUCCESS);
    }
    let verdicts: Vec<Verdict> = counted.iter().map(|(name, now)| figures.judge(name, *now)).collect();
    verdicts.iter().for_each(|verdict| say(&verdict.to_string()));
    if !verdicts.iter().any(Verdict::is_bad) {
        return Ok(ExitCode::SUCCESS);
    }
    Err(figures.advice())
}

/// What one operation of each path takes, two paths at a time.
fn count_all(chosen: &[&'static Path]) -> Result<Vec<(&'static str, Count)>, String> {
    let halves: Vec<Vec<&'static Path>> = (0..2)
        .map(|half| chosen.iter().skip(half).step_by(2).copied().collect())
        .collect();
    let count = |path: &'static Path| valgrind::count(path).map(|count| (path.name, count));
    let counted: Vec<Result<Vec<_>, String>> = thread::scope(|scope| {
        let start = |half: &Vec<&'static Path>| {
            let half = half.clone();
            scope.spawn(move || half.into_iter().map(count).collect())
        };
        let running: Vec<_> = halves.iter().map(start).collect();
        running
            .into_iter()
            .map(|half| half.join().unwrap_or_else(|_| Err("counting panicked".to_owned())))
            .collect()
    });
    let mut all: Vec<_> = counted.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    all.sort_by_key(|(name, _)| paths::all().position(|path| path.name == *name));
    Ok(all)
}

#[expect(clippy::print_stdout, reason = "the comparison is the output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "what went wrong is not the comparison")]
fn complain(text: &str) {
    eprintln!("guard: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn each_path_has_a_figure_and_each_figure_a_path() {
        let figures = Figures::load().expect("the committed figures can be read");
        let mut names: Vec<_> = paths::all().map(|path| path.name).collect();
        names.sort_unstable();
        assert!(figures.names().eq(names));
    }
}
