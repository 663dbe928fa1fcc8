//! What the system says of this process: its memory, its processor time, its processors.

use std::fs;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

pub(crate) fn rss_kb() -> u64 {
    count("/proc/self/status", "VmRSS:")
}

pub(crate) fn peak_rss_kb() -> u64 {
    count("/proc/self/status", "VmHWM:")
}

/// Lets the peak begin anew at what the process has now.
pub(crate) fn reset_peak_rss() {
    fs::write("/proc/self/clear_refs", "5").expect("a process may reset its own peak");
}

fn count(file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The processor time of all threads of this process.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// How often threads of this process were switched to or from so far, those that live.
pub(crate) fn switches() -> u64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of_thread = |folder: fs::DirEntry| {
        let file = folder.path().join("status");
        let file = file.to_string_lossy();
        count(&file, "voluntary_ctxt_switches:") + count(&file, "nonvoluntary_ctxt_switches:")
    };
    threads.map(of_thread).sum()
}

/// Whether each thread has a processor to itself, so that every wake-up is of a sleeping one: `BENCH_PIN=split`.
pub(crate) fn wakes_other_cpu() -> bool {
    std::env::var_os("BENCH_PIN").is_some_and(|mode| mode == "split")
}

/// Puts the calling thread on processor `cpu` if threads are to have one each; otherwise the scheduler places it.
pub(crate) fn maybe_pin(cpu: usize) {
    if wakes_other_cpu() {
        let mut set = CpuSet::new();
        set.set(cpu);
        sched_setaffinity(None, &set).expect("BENCH_PIN=split needs two processors that this process may use");
    }
}
