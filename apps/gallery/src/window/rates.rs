//! The throughput of a whole run, at so many points that they can be drawn.

use std::time::Duration;

/// Points that are kept: more than a plot has pixels would not be seen.
const MOST: usize = 512;
/// The time between two points of a short run.
const STEP: Duration = Duration::from_millis(250);

/// Rates over time. When there are too many points, every second one goes, and from then on points are taken half as often.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    /// Seconds, and bytes in a second.
    points: Vec<[f64; 2]>,
    step: Duration,
    next: Duration,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            step: STEP,
            next: Duration::ZERO,
        }
    }
}

impl Rates {
    /// Notes the rate at this time since the start, unless that was just done.
    pub(crate) fn note(&mut self, took: Duration, rate: f64) {
        if took < self.next {
            return;
        }
        self.points.push([took.as_secs_f64(), rate]);
        if self.points.len() >= MOST {
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
            self.step *= 2;
        }
        self.next = took + self.step;
    }

    pub(crate) fn points(&self) -> &[[f64; 2]] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_beginning_and_its_end_in_few_points() {
        let mut rates = Rates::default();
        for frame in 0..1_000_000_u32 {
            rates.note(Duration::from_millis(16) * frame, f64::from(frame));
        }

        let points = rates.points();
        assert!((MOST / 4..MOST).contains(&points.len()), "{}", points.len());
        assert!(points.is_sorted_by(|a, b| a[0] < b[0]));
        let end = points.last().map_or(0.0, |point| point[0]);
        assert!(end > 15_900.0, "{end}");
    }

    #[test]
    fn points_of_one_moment_are_one() {
        let mut rates = Rates::default();
        rates.note(Duration::from_millis(1), 1.0);
        rates.note(Duration::from_millis(2), 2.0);
        assert_eq!(rates.points(), [[0.001, 1.0]]);
    }
}
