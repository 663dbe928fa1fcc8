//! What an outcome says, and how errors become one.

use homebound::{CancelReason, Cancelled, Failure, Outcome, RejectReason, ThreadPool};

fn end<T: Send + 'static>(result: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Outcome<T> {
    let pool = ThreadPool::builder().max_threads(1).build();
    pool.task(move |_| result())
        .name("ending")
        .spawn()
        .expect("the pool takes work")
        .wait()
}

#[test]
fn value_is_done() {
    let outcome = end(|| Ok(7));

    assert!(outcome.is_done());
    assert_eq!(outcome.map(|seven| seven * 6).ok(), Some(42));
}

#[test]
fn any_error_becomes_a_failure_and_keeps_its_type() {
    let outcome = end(|| Ok("x".parse::<u32>()?));

    let failure = outcome.into_result().unwrap_err();
    assert!(failure.downcast_ref::<std::num::ParseIntError>().is_some());
    assert!(failure.downcast_ref::<std::fmt::Error>().is_none());
    assert_eq!(failure.to_string(), "invalid digit found in string");
}

#[test]
fn words_become_a_failure() {
    let outcome = end(|| Err::<(), _>(Failure::msg("no such folder")));

    assert!(matches!(outcome, Outcome::Failed(failure) if failure.to_string() == "no such folder"));
}

#[test]
fn cancelled_that_comes_up_through_a_failure_is_recognised() {
    let cancelled = |reason| end(move || Err::<(), Failure>(Cancelled::new(reason).into()));

    assert!(matches!(
        cancelled(CancelReason::Superseded),
        Outcome::Cancelled(CancelReason::Superseded)
    ));
    assert!(matches!(cancelled(CancelReason::Deadline), Outcome::TimedOut));
}

#[test]
fn panic_says_what_where_and_in_which_task() {
    let line = line!() + 1;
    let outcome = end::<()>(|| panic!("at {}", "sea"));

    let Outcome::Panicked(report) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((report.message(), report.task()), ("at sea", Some("ending")));
    let location = report.location().expect("the location is known");
    assert!(location.contains(&format!("outcome.rs:{line}:")), "{location}");
    assert!(report.to_string().starts_with("task 'ending' panicked at "));
}

#[test]
fn payload_that_panics_when_dropped_does_no_harm() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a second time");
        }
    }

    let outcome = end::<()>(|| std::panic::panic_any(Bomb));

    assert!(matches!(outcome, Outcome::Panicked(_)));
}

#[test]
fn every_ending_but_done_is_an_error() {
    assert!(Outcome::Done(1).into_result().is_ok());
    let endings = [
        Outcome::TimedOut,
        Outcome::Cancelled(CancelReason::Requested),
        Outcome::Rejected(RejectReason::Closed),
    ];
    for outcome in endings.into_iter().map(|outcome: Outcome<()>| outcome.into_result()) {
        assert!(outcome.is_err());
    }
    let timed_out = Outcome::<()>::TimedOut.into_result().unwrap_err();
    assert_eq!(
        timed_out.downcast_ref::<Cancelled>().map(Cancelled::reason),
        Some(CancelReason::Deadline)
    );
}

#[test]
fn failure_shows_what_caused_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("the manifest is broken")]
    struct Broken(#[from] std::num::ParseIntError);

    let failure = Failure::from(Broken::from("x".parse::<u32>().unwrap_err()));

    assert_eq!(
        format!("{failure:?}"),
        "the manifest is broken: invalid digit found in string"
    );
    assert_eq!(failure.to_string(), "the manifest is broken");
}
