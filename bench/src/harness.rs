//! Timing and statistics, as the peers' programs do them; `line` writes the results, `machine` reads memory and processor time.

mod line;
mod machine;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) use line::{complain, line, say};
pub(crate) use machine::{cpu_time, maybe_pin, peak_rss_kb, reset_peak_rss, rss_kb, switches, wakes_other_cpu};

/// The longest that anything is waited for: whoever waits longer has lost something.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

static LITTLE: AtomicBool = AtomicBool::new(false);

/// From now on all benchmarks do little work.
pub(crate) fn do_little() {
    LITTLE.store(true, Ordering::Relaxed);
}

pub(crate) fn is_smoke() -> bool {
    LITTLE.load(Ordering::Relaxed)
}

/// `n` operations, or a hundredth of them if all that counts is that they arrive.
pub(crate) fn ops(n: u64) -> u64 {
    if is_smoke() { (n / 100).max(n.min(100)) } else { n }
}

/// A time that is measured over, or a tenth of it if all that counts is that it works.
pub(crate) fn span(time: Duration) -> Duration {
    if is_smoke() { time / 10 } else { time }
}

pub(crate) fn elapsed(body: impl FnOnce()) -> Duration {
    let start = Instant::now();
    body();
    start.elapsed()
}

/// Runs `body` once to warm up, then `reps` times; it returns the time that it took for `ops` operations. In nanoseconds for one.
pub(crate) fn repeat(reps: usize, ops: u64, mut body: impl FnMut() -> Duration) -> Vec<f64> {
    body();
    (0..reps).map(|_| per_op(body(), ops)).collect()
}

/// Nanoseconds for one of `ops` operations.
pub(crate) fn per_op(time: Duration, ops: u64) -> f64 {
    time.as_secs_f64() * 1e9 / float(ops)
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run are below 2^53"
)]
pub(crate) fn float(n: u64) -> f64 {
    n as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the benchmarks run on systems of 64 bits"
)]
pub(crate) fn index(n: u64) -> usize {
    n as usize
}

/// The `i`-th value that is sent: an `int`, as in Qt's benchmarks.
#[expect(
    clippy::cast_possible_truncation,
    reason = "benchmarks send less than 2^31 values in a run"
)]
pub(crate) fn value(i: u64) -> i32 {
    i as i32
}

/// The value at `part` of the sorted list, as the peers compute it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list"
)]
pub(crate) fn percentile(values: &mut [u64], part: f64) -> f64 {
    values.sort_unstable();
    let at = (part * float(values.len() as u64)) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .map_or(0.0, |value| float(*value))
}

/// A small deterministic generator: good enough to scatter times and orders.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            let other = index(self.below(at as u64 + 1));
            values.swap(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_at_its_place() {
        let mut values: Vec<u64> = (0..100).rev().collect();
        assert!((percentile(&mut values, 0.5) - 50.0).abs() < 1e-9);
        assert!((percentile(&mut values, 0.99) - 99.0).abs() < 1e-9);
        assert!((percentile(&mut values, 1.0) - 99.0).abs() < 1e-9);
        assert!(percentile(&mut [], 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_shuffled_list_has_the_same_values() {
        let mut values: Vec<u32> = (0..1000).collect();
        Rng(7).shuffle(&mut values);
        assert!(!values.is_sorted());
        values.sort_unstable();
        assert!(values.into_iter().eq(0..1000));
    }
}
