//! `--watch`: a run, and another one whenever a file changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use notify::{Event, RecursiveMode, Watcher};

use super::check::once;
use super::{here, print, tell};
use crate::args::{CheckArgs, Global};
use crate::config::is_settings_file;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project::{absolute, is_manifest};
use crate::terminal::{Style, say};

/// An editor writes a file in several steps.
const SETTLED: Duration = Duration::from_millis(80);

pub(super) fn run(args: &CheckArgs, global: &Global) -> Result<Exit> {
    let here = here()?;
    let (outbox, inbox) = unbounded();
    let mut watcher = notify::recommended_watcher(move |event| drop(outbox.send(event))).map_err(cannot_watch)?;
    for path in args.paths().iter().map(|path| absolute(path, &here)) {
        watcher.watch(&path, RecursiveMode::Recursive).map_err(cannot_watch)?;
    }
    loop {
        if Style::stdout(global.color).color {
            print("\u{1b}[2J\u{1b}[H")?;
        }
        if let Err(failure) = once(args, global) {
            tell(&failure, global);
        }
        if !global.silent {
            say("Watching for changes; Ctrl-C ends.");
        }
        let changed = wait(&inbox)?;
        if !global.quiet && !global.silent {
            changed.iter().for_each(|path| {
                say(format_args!(
                    "changed: {}",
                    path.strip_prefix(&here).unwrap_or(path).display()
                ));
            });
        }
    }
}

/// The files of one burst of changes that a run depends on.
fn wait(inbox: &Receiver<notify::Result<Event>>) -> Result<BTreeSet<PathBuf>> {
    let mut changed = BTreeSet::new();
    while changed.is_empty() {
        let gone = |_| Failure::new("the system stopped telling what changes").help("start the command again");
        changed.extend(relevant(inbox.recv().map_err(gone)?));
        while let Ok(event) = inbox.recv_timeout(SETTLED) {
            changed.extend(relevant(event));
        }
    }
    Ok(changed)
}

fn relevant(event: notify::Result<Event>) -> Vec<PathBuf> {
    let Ok(event) = event else { return Vec::new() };
    if matches!(event.kind, notify::EventKind::Access(_)) {
        return Vec::new();
    }
    event.paths.into_iter().filter(|path| matters(path)).collect()
}

fn matters(path: &Path) -> bool {
    let python = path
        .extension()
        .is_some_and(|extension| ["py", "pyi", "pyw", "ipynb"].iter().any(|known| extension == *known));
    python || is_settings_file(path) || is_manifest(path)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn cannot_watch(error: notify::Error) -> Failure {
    Failure::new(format_args!("cannot watch for changes: {error}")).help("run without `--watch`")
}
