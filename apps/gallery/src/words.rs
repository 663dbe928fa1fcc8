//! Counts, sizes, rates and times in words, the same wherever they are shown.

use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};

use crate::digest::view::{Overview, Summary};

pub(crate) fn what_failed(summary: &Summary) -> String {
    let parts = [
        (summary.mismatched, "did not match"),
        (summary.unread, "could not be read"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    parts.enumerate().fold(String::new(), |text, (place, (count, what))| {
        text + if place == 0 { "; " } else { ", " } + &format!("{} {what}", HumanCount(count))
    })
}

pub(crate) fn files(count: u64) -> String {
    format!("{} file{}", HumanCount(count), if count == 1 { "" } else { "s" })
}

pub(crate) fn bytes(count: u64) -> BinaryBytes {
    BinaryBytes(count)
}

pub(crate) fn total(view: &Overview) -> String {
    let total = bytes(view.total_bytes.max(view.bytes));
    if view.is_counted {
        total.to_string()
    } else {
        format!("at least {total}")
    }
}

pub(crate) fn speed(view: &Overview) -> String {
    let rate = view.rate.map_or_else(|| "starting".to_owned(), per_second);
    match view.remaining {
        Some(left) => format!("{rate}, {} left", time(left)),
        None => rate,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is not negative and is shown rounded"
)]
pub(crate) fn per_second(rate: f64) -> String {
    format!("{}/s", bytes(rate as u64))
}

pub(crate) fn time(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let of = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(
            (of(59), of(60), of(3_725)),
            ("59 s".into(), "1:00".into(), "1:02:05".into())
        );
    }
}
