//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Programs that run on Homebound.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) program: Program,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Program {
    Digest(Digest),
}

/// Fingerprint every file below some paths with BLAKE3, or verify such fingerprints
///
/// The manifest has a line for each file, in the order of their names, as b3sum writes and checks them. Links are followed. What
/// cannot be read is told in a line, and the rest goes on.
///
/// Exit status: 0 if all went well; 1 if something could not be read, did not match, or could not be written; 2 for a wrong command
/// line; 130 after Ctrl-C; 141 if whoever read the manifest wanted no more.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Digest {
    /// Folders and files to fingerprint, or with --check manifests (- is standard input)
    #[arg(required_unless_present = "window", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Verify the files that manifests name
    #[arg(short, long)]
    pub(crate) check: bool,

    /// Leave out links instead of following them
    #[arg(long, conflicts_with = "check")]
    pub(crate) no_links: bool,

    /// Read at most this many files at once; otherwise one for each processor
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Write to this file instead of standard output: all of it in one step at the end, or nothing
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Open a window, with a folder to begin with
    #[arg(short, long, conflicts_with_all = ["check", "output", "quiet"])]
    pub(crate) window: bool,

    /// Show no progress and no summary, and with --check only what failed
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl Digest {
    /// How many files are read at once.
    pub(crate) fn jobs(&self) -> NonZeroUsize {
        self.jobs
            .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }
}

const MOST_JOBS: usize = 1_024;

fn parse_jobs(text: &str) -> Result<NonZeroUsize, String> {
    let jobs = text.parse::<NonZeroUsize>().ok().filter(|jobs| jobs.get() <= MOST_JOBS);
    jobs.ok_or_else(|| format!("it must be a number from 1 to {MOST_JOBS}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn jobs_are_a_number_that_makes_sense() {
        assert_eq!(parse_jobs("8").map(NonZeroUsize::get), Ok(8));
        for text in ["0", "-1", "1025", "99999999999999999999", "", "many"] {
            assert!(parse_jobs(text).is_err(), "{text}");
        }
    }
}
