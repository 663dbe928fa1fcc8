//! Programs that run on Homebound.

mod arguments;
mod digest;
mod interrupt;
mod terminal;
#[cfg(feature = "window")]
mod window;
mod words;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use homebound::{ConnectError, Delivery, EventLoop, Outcome, Owner, Unhandled};

use crate::arguments::{Arguments, Program};
use crate::digest::output::{Sink, WholeFile};
use crate::digest::session::{Order, Session};
use crate::digest::source::Source;
use crate::digest::trouble::{OneLine, Reason};
use crate::digest::view::Ending;
use crate::digest::walk::FileId;
use crate::interrupt::{End, Interrupts};
use crate::terminal::Terminal;

/// A bar that moves more often than this moves no more smoothly.
const FRAME: Duration = Duration::from_millis(33);

/// The exit code if what was asked for cannot be done here.
const WRONG_COMMAND: i32 = 2;

fn main() {
    let Program::Digest(arguments) = Arguments::parse().program;
    let code = if arguments.window {
        window(&arguments)
    } else {
        digest(&arguments).unwrap_or_else(|error| {
            terminal::say(&error.to_string());
            1
        })
    };
    std::process::exit(code);
}

/// Opens the window and returns the exit code.
#[cfg(feature = "window")]
fn window(arguments: &arguments::Digest) -> i32 {
    window::run(arguments)
}

#[cfg(not(feature = "window"))]
fn window(_arguments: &arguments::Digest) -> i32 {
    terminal::say("it was built without its window; build it with: cargo build --release -p gallery --features window");
    WRONG_COMMAND
}

/// Runs digest in the terminal and returns the exit code.
fn digest(arguments: &arguments::Digest) -> Result<i32, Box<dyn Error>> {
    let interrupts = Interrupts::new()?;
    let jobs = arguments.jobs();
    let file = arguments.output.as_deref().map(create).transpose()?;
    let unfinished = file.as_ref().and_then(WholeFile::unfinished_path);

    homebound::on_unhandled(mention);
    let home = EventLoop::new()?;
    let output = arguments
        .output
        .as_deref()
        .map_or("standard output".to_owned(), |place| OneLine(place).to_string());
    let terminal = home.insert(Terminal::new(home.proxy(), arguments.quiet, jobs.get(), output));
    let order = order(arguments, jobs, file, &terminal);
    let session = home.insert(Session::new(order, home.clock()));
    connect(&session, &terminal)?;
    interrupts.watch(End {
        session: session.handle(),
        terminal: terminal.handle(),
        unfinished: unfinished.clone(),
    })?;
    session.borrow_mut().start(session.handle());
    home.run();

    let (summary, code) = terminal
        .borrow()
        .end()
        .cloned()
        .ok_or("the loop has ended before the run")?;
    if summary.ending != Ending::Whole {
        // What may still hang, in a read or a write, is not waited for; nor does it leave its file behind.
        unfinished.map(std::fs::remove_file);
        std::process::exit(code);
    }
    Ok(code)
}

/// Tells what nobody claimed. A run that ends does not wait for what it has cancelled, and has said so already.
fn mention(what: &Unhandled) {
    let cancelled = matches!(
        what,
        Unhandled::Outcome {
            outcome: Outcome::Cancelled(_),
            ..
        }
    );
    if !cancelled && !matches!(what, Unhandled::Undelivered { .. }) {
        terminal::say(&what.to_string());
    }
}

fn create(place: &Path) -> Result<WholeFile, String> {
    WholeFile::create(place).map_err(|error| format!("{}: {}", OneLine(place), Reason::system(&error)))
}

fn order(
    arguments: &arguments::Digest,
    jobs: NonZeroUsize,
    file: Option<WholeFile>,
    terminal: &Owner<Terminal>,
) -> Order {
    let left_out = file
        .as_ref()
        .map_or_else(|| FileId::of_standard_output().into_iter().collect(), WholeFile::ids);
    let source = || {
        if arguments.check {
            Source::manifests(&arguments.paths)
        } else {
            Source::paths(&arguments.paths, left_out.clone(), !arguments.no_links)
        }
    };
    let is_stream = arguments.check && !arguments.paths.iter().all(|path| is_regular(path));
    Order {
        source: source(),
        // What comes through a pipe comes only once.
        to_count: (!arguments.quiet && !is_stream).then(source),
        jobs,
        sink: file.map_or_else(|| Sink::Stream(terminal.borrow().standard_output()), Sink::File),
        quiet: arguments.quiet,
    }
}

fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn connect(session: &Owner<Session>, terminal: &Owner<Terminal>) -> Result<(), ConnectError> {
    let session = session.borrow();
    session
        .overview
        .with(Delivery::Latest { every: FRAME })
        .connect(terminal, Terminal::show_overview)?;
    session.workers.connect(terminal, Terminal::show_worker)?;
    session.troubles.connect(terminal, Terminal::show_trouble)?;
    session.finished.connect(terminal, Terminal::show_end)?;
    Ok(())
}
