//! From counts to what a person wants to know: how fast, how long still. Pure; time is passed in.

use std::sync::Arc;
use std::time::Duration;

/// The time over which the rate forgets: long enough to be calm, short enough to follow.
const MEMORY: Duration = Duration::from_secs(3);

/// What was in the cell at one look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sample {
    pub(crate) done: u64,
    pub(crate) total: u64,
    pub(crate) message: Option<Arc<str>>,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ProgressEvent {
    /// What is done, in the job's own unit.
    pub done: u64,
    /// What there is to do in all; zero while that is not known.
    pub total: u64,
    /// `done / total` between 0 and 1; none while the total is not known.
    pub fraction: Option<f64>,
    /// Units per second, smoothed; none before two looks.
    pub rate: Option<f64>,
    /// The time that what is left will take at this rate.
    pub remaining: Option<Duration>,
    /// What the job says that it is doing.
    pub message: Option<Arc<str>>,
}

/// Turns samples into events.
///
/// The rate is an exponential mean over [`MEMORY`] of what happened between looks, freed from its bias towards the start at zero.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    last: Option<(Duration, u64)>,
    mean: f64,
    weight: f64,
}

impl Meter {
    #[expect(clippy::cast_precision_loss, reason = "rates and fractions are for people")]
    pub(crate) fn update(&mut self, now: Duration, sample: Sample) -> ProgressEvent {
        let Sample { done, total, message } = sample;
        match self.last {
            Some((_, before)) if done < before => {
                *self = Self {
                    last: Some((now, done)),
                    ..Self::default()
                }
            }
            Some((then, before)) if now > then => {
                let seconds = now.saturating_sub(then).as_secs_f64();
                let keep = (-seconds / MEMORY.as_secs_f64()).exp();
                self.mean = self.mean * keep + (done - before) as f64 / seconds * (1.0 - keep);
                self.weight = self.weight * keep + (1.0 - keep);
                self.last = Some((now, done));
            }
            Some(_) => {}
            None => self.last = Some((now, done)),
        }
        let rate = (self.weight > 0.0).then(|| self.mean / self.weight);
        let left = total.saturating_sub(done) as f64;
        let remaining = rate
            .filter(|rate| total > 0 && *rate > 0.0)
            .and_then(|rate| Duration::try_from_secs_f64(left / rate).ok());
        let fraction = (total > 0).then(|| (done as f64 / total as f64).min(1.0));
        ProgressEvent {
            done,
            total,
            fraction,
            rate,
            remaining,
            message,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
