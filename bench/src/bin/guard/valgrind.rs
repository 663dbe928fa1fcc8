//! Counting what one operation of a path takes.

use std::process::{Command, Output};

use serde::{Deserialize, Serialize};

use crate::paths::Path;

/// What one operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    /// Read-modify-writes that hold the bus: a lock is one, and to unlock it another.
    pub(crate) atomics: f64,
    /// Valgrind reads the clock through the kernel, so each look at it is one.
    pub(crate) system_calls: f64,
}

/// What a whole run took.
struct Total([u64; 3]);

/// What one operation of `path` takes.
pub(crate) fn count(path: &Path) -> Result<Count, String> {
    let (once, twice) = (run(path, path.operations)?, run(path, 2 * path.operations)?);
    if twice.0[0] <= once.0[0] {
        return Err(format!(
            "{}: twice the operations took no more instructions: it counts nothing",
            path.name
        ));
    }
    // System calls of waiting threads may differ by a few between two runs.
    let each = |at: usize| float(twice.0[at].saturating_sub(once.0[at])) / float(path.operations);
    Ok(Count {
        instructions: each(0),
        atomics: each(1),
        system_calls: each(2),
    })
}

/// The path with so many operations, from start to end.
fn run(path: &Path, operations: u64) -> Result<Total, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--collect-bus=yes",
            "--collect-systime=yes",
        ])
        .arg(program)
        .args(["run", path.name, &operations.to_string()])
        .output()
        .map_err(|error| format!("valgrind was not started ({error}); install it: sudo apt-get install valgrind"))?;
    total(&output).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!(
            "{}: the run under valgrind failed ({}):\n{said}",
            path.name, output.status
        )
    })
}

/// What callgrind says at the end: instructions, bus events, system calls and their time, as `==123== Collected : 45 6 7 8`.
fn total(output: &Output) -> Option<Total> {
    let said = String::from_utf8_lossy(&output.stderr);
    let (_, counts) = said.lines().find_map(|line| line.split_once("Collected :"))?;
    let mut counts = counts.split_whitespace().map(str::parse);
    let mut next = || counts.next()?.ok();
    let total = Total([next()?, next()?, next()?]);
    output.status.success().then_some(total)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}
