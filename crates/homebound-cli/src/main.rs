//! The command `homebound`: finds threading mistakes in PyQt and PySide code.
//!
//! The checker is the library `homebound-check`; here is what surrounds it: arguments, configuration, files, output, fixes on the
//! disk, and the editor's server. A run of `homebound check` goes top down through these files:
//!
//! ```text
//! args ─► config: which settings hold for a folder ─► files: which files, in which project ─► project: the binding
//!      ─► run: files read and checked ─► fixing, baseline, ignores ─► output
//! ```

mod args;
mod baseline;
mod command;
mod config;
mod exit;
mod failure;
mod files;
mod fingerprint;
mod fixing;
mod nearest;
mod output;
mod project;
mod run;
mod server;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run(std::env::args_os())
}
