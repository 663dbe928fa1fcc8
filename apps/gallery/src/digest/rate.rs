//! How fast it goes, and how long it will take.

use std::time::Duration;

/// Half of the rate comes from the last three seconds.
const HALF_LIFE: f64 = 3.0;
/// Shorter spans say nothing about a rate.
const SHORTEST: Duration = Duration::from_millis(100);

/// A rate of bytes, smoothed. Time is passed in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rate {
    at: Duration,
    bytes: u64,
    /// Bytes in a second.
    smooth: Option<f64>,
}

impl Rate {
    /// A rate that counts from this moment on.
    pub(crate) fn since(now: Duration) -> Self {
        Self {
            at: now,
            ..Self::default()
        }
    }

    /// Says that so many bytes were done until now.
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    pub(crate) fn note(&mut self, now: Duration, bytes: u64) {
        let span = now.saturating_sub(self.at);
        if span < SHORTEST {
            return;
        }
        let latest = bytes.saturating_sub(self.bytes) as f64 / span.as_secs_f64();
        let kept = 0.5f64.powf(span.as_secs_f64() / HALF_LIFE);
        self.smooth = Some(
            self.smooth
                .map_or(latest, |smooth| smooth * kept + latest * (1.0 - kept)),
        );
        (self.at, self.bytes) = (now, bytes);
    }

    /// Bytes in a second, once there is something to go by.
    pub(crate) fn per_second(&self) -> Option<f64> {
        self.smooth
    }

    /// How long so many bytes will take.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(crate) fn time_for(&self, bytes: u64) -> Option<Duration> {
        let rate = self.smooth.filter(|rate| *rate >= 1.0)?;
        Duration::try_from_secs_f64(bytes as f64 / rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_steady_rate_is_itself() {
        let mut rate = Rate::since(seconds(5));
        assert!(rate.per_second().is_none() && rate.time_for(1).is_none());
        for second in 1..=20 {
            rate.note(seconds(5 + second), second * 1_000);
        }
        assert!((rate.per_second().expect("a rate") - 1_000.0).abs() < 1e-6);
        assert_eq!(rate.time_for(30_000), Some(seconds(30)));
    }

    #[test]
    fn half_of_the_rate_is_forgotten_in_three_seconds() {
        let mut rate = Rate::since(seconds(0));
        rate.note(seconds(1), 1_000);
        rate.note(seconds(4), 1_000);
        assert!((rate.per_second().expect("a rate") - 500.0).abs() < 1e-6);
    }

    #[test]
    fn a_moment_says_nothing_and_standstill_no_time() {
        let mut rate = Rate::since(seconds(0));
        rate.note(Duration::from_millis(99), 1_000_000);
        assert!(rate.per_second().is_none());
        rate.note(seconds(1), 0);
        assert!(rate.time_for(10).is_none());
    }
}
