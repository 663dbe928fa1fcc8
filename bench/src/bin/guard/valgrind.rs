//! Counting instructions.

use std::process::{Command, Output};

use crate::paths::Path;

/// The instructions of one operation of `path`.
pub(crate) fn count(path: &Path) -> Result<f64, String> {
    let (once, twice) = (run(path, path.operations)?, run(path, 2 * path.operations)?);
    let of_all = twice.checked_sub(once).ok_or_else(|| {
        format!(
            "{}: twice the operations took fewer instructions ({once}, {twice}): it counts nothing",
            path.name
        )
    })?;
    Ok(float(of_all) / float(path.operations))
}

/// All instructions of the path with so many operations, from start to end.
fn run(path: &Path, operations: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", path.name, &operations.to_string()])
        .output()
        .map_err(|error| format!("valgrind was not started ({error}); install it: sudo apt-get install valgrind"))?;
    collected(&output).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!(
            "{}: the run under valgrind failed ({}):\n{said}",
            path.name, output.status
        )
    })
}

/// What callgrind says at the end: `==123== Collected : 456`.
fn collected(output: &Output) -> Option<u64> {
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected :"));
    count
        .and_then(|(_, count)| count.trim().parse().ok())
        .filter(|_| output.status.success())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}
