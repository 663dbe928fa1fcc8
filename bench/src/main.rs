//! What Homebound costs, as JSON lines with the names and units of its peers' benchmark programs.
//!
//! `bench emit` runs a group, each benchmark in a process of its own; `bench emit_direct_1` runs one here. Everything goes through the public API
//! in its default configuration, and each benchmark checks that what it counts has arrived: all of it, in order, on the right thread.

mod accuracy;
mod catalog;
mod emit;
mod flood;
mod grow;
mod harness;
mod idle;
mod latency;
mod memory;
mod pool;
mod queued;
mod thread;
mod timer;
mod watch;

use std::process::{Command, ExitCode};

use clap::Parser;

use catalog::Bench;

/// Measures Homebound; prints a line of JSON for each figure.
#[derive(Parser)]
struct Arguments {
    /// Groups or single benchmarks; all groups if none is named.
    names: Vec<String>,
    /// Lists the groups and their benchmarks.
    #[arg(long)]
    list: bool,
    /// Runs each with little work: it checks that all is delivered, not how fast.
    #[arg(long)]
    smoke: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        harness::say(&catalog::listing());
        return ExitCode::SUCCESS;
    }
    if arguments.smoke {
        harness::do_little();
    }
    match catalog::select(&arguments.names) {
        Ok(chosen) => run(&chosen, &arguments),
        Err(unknown) => {
            harness::complain(&format!(
                "there is no group or benchmark '{unknown}'; these exist:\n{}",
                catalog::listing()
            ));
            ExitCode::from(2)
        }
    }
}

fn run(chosen: &[&Bench], arguments: &Arguments) -> ExitCode {
    // A single one was named itself: this is its process.
    if let ([only], [name]) = (chosen, arguments.names.as_slice())
        && only.name == name
    {
        (only.run)();
        return ExitCode::SUCCESS;
    }
    let failed: Vec<_> = chosen
        .iter()
        .filter(|bench| !run_apart(bench, arguments.smoke))
        .collect();
    for bench in &failed {
        harness::complain(&format!("{} failed", bench.name));
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs one in a process of its own. Returns whether it went well.
fn run_apart(bench: &Bench, smoke: bool) -> bool {
    let Ok(program) = std::env::current_exe() else {
        return false;
    };
    let mut command = Command::new(program);
    command.arg(bench.name);
    if smoke {
        command.arg("--smoke");
    }
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::GROUPS;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_two_benchmarks_and_groups_share_a_name() {
        let mut names: Vec<_> = GROUPS.iter().map(|group| group.name).collect();
        names.extend(GROUPS.iter().flat_map(|group| group.benches).map(|bench| bench.name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
