use super::*;

fn sample(done: u64, total: u64) -> Sample {
    Sample {
        done,
        total,
        message: None,
    }
}

#[test]
fn steady_work_shows_its_rate_and_what_is_left() {
    let mut meter = Meter::default();
    let mut event = meter.update(Duration::ZERO, sample(0, 1000));
    assert_eq!((event.rate, event.remaining, event.fraction), (None, None, Some(0.0)));

    for second in 1..=4 {
        event = meter.update(Duration::from_secs(second), sample(second * 100, 1000));
    }

    assert!((event.rate.unwrap() - 100.0).abs() < 1e-6);
    assert!((event.remaining.unwrap().as_secs_f64() - 6.0).abs() < 1e-6);
    assert_eq!(event.fraction, Some(0.4));
}

#[test]
fn rate_forgets_what_is_long_past() {
    let mut meter = Meter::default();
    meter.update(Duration::ZERO, sample(0, 0));
    meter.update(Duration::from_secs(1), sample(1000, 0));

    let event = meter.update(Duration::from_mins(1), sample(1000 + 59, 0));

    assert!((event.rate.unwrap() - 1.0).abs() < 0.01, "{event:?}");
    assert_eq!((event.remaining, event.fraction), (None, None));
}

#[test]
fn counts_that_go_back_begin_anew() {
    let mut meter = Meter::default();
    meter.update(Duration::ZERO, sample(500, 1000));
    meter.update(Duration::from_secs(1), sample(600, 1000));

    assert_eq!(meter.update(Duration::from_secs(2), sample(0, 1000)).rate, None);
    let event = meter.update(Duration::from_secs(3), sample(50, 1000));

    assert!((event.rate.unwrap() - 50.0).abs() < 1e-6);
}

#[test]
fn more_done_than_there_is_stays_at_one_and_extremes_do_not_overflow() {
    let mut meter = Meter::default();
    meter.update(Duration::ZERO, sample(0, u64::MAX));
    let event = meter.update(Duration::from_nanos(1), sample(u64::MAX, u64::MAX - 1));
    assert_eq!((event.fraction, event.remaining), (Some(1.0), Some(Duration::ZERO)));
    let event = meter.update(Duration::MAX, sample(u64::MAX, u64::MAX));
    assert_eq!(event.fraction, Some(1.0));
}

#[test]
fn two_looks_in_one_instant_do_not_divide_by_zero() {
    let mut meter = Meter::default();
    meter.update(Duration::ZERO, sample(0, 10));
    let event = meter.update(Duration::ZERO, sample(5, 10));
    assert_eq!((event.rate, event.fraction), (None, Some(0.5)));
}
