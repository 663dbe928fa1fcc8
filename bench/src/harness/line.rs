//! One line of JSON for one figure.

use std::fmt::Write;

use super::percentile;

/// A line of results, printed when it is dropped.
pub(crate) struct Line(String);

/// Begins a line; `variant` says what of Homebound was used where there is more than one way.
pub(crate) fn line(variant: &str, bench: &str, n: u64) -> Line {
    let peer = if variant.is_empty() {
        "Homebound".to_owned()
    } else {
        format!("Homebound, {variant}")
    };
    Line(format!(
        r#"{{"impl": "homebound", "peer": "{peer}", "bench": "{bench}", "n": {n}"#
    ))
}

impl Line {
    pub(crate) fn field(mut self, key: &str, value: f64) -> Self {
        let written = write!(self.0, r#", "{key}": {value:.3}"#);
        debug_assert!(written.is_ok(), "a string takes everything");
        self
    }

    /// The median of the repetitions as `ns_per_op`, with their extremes.
    pub(crate) fn ns(self, mut reps: Vec<f64>) -> Self {
        reps.sort_by(f64::total_cmp);
        let (low, high) = (reps[0], reps[reps.len() - 1]);
        self.field("ns_per_op", reps[reps.len() / 2])
            .field("lo", low)
            .field("hi", high)
    }

    /// The median and the 99th percentile of single operations.
    pub(crate) fn latencies(self, times: &mut [u64]) -> Self {
        self.field("ns_per_op", percentile(times, 0.5))
            .field("p99", percentile(times, 0.99))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Figures of a benchmark that fails are none.
        if !std::thread::panicking() {
            say(&format!("{}}}", self.0));
        }
    }
}

#[expect(clippy::print_stdout, reason = "the results are the output")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "what went wrong is not among the results")]
pub(crate) fn complain(text: &str) {
    eprintln!("bench: {text}");
}
