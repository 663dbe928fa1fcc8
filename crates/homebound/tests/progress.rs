//! Progress: a cell that the job writes, looked at once a frame.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use homebound::{EventLoop, Outcome, ProgressEvent, TestClock, ThreadPool};

const LONG: Duration = Duration::from_mins(1);
const FRAME: Duration = Duration::from_millis(16);

fn pool() -> ThreadPool {
    ThreadPool::builder().max_threads(2).build()
}

#[derive(Debug, PartialEq)]
enum Seen {
    Progress(u64, u64),
    Outcome(bool),
}

type Log = Vec<Seen>;

fn note(log: &mut Log, event: ProgressEvent) {
    log.push(Seen::Progress(event.done, event.total));
}

fn end<T>(log: &mut Log, outcome: Outcome<T>) {
    log.push(Seen::Outcome(outcome.is_done()));
}

#[test]
fn flood_of_reports_is_one_update_a_frame_and_the_last_one_comes_before_the_outcome() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let window = home.insert(Log::new());
    let pool = pool();
    let job = pool
        .task(|cx| {
            for done in 0..=1_000_000 {
                cx.progress(done, 1_000_000)?;
            }
            Ok(())
        })
        .on_progress(&window, note)
        .on_outcome(&window, end)
        .spawn()
        .unwrap();

    assert!(job.wait_timeout(LONG).unwrap().is_done());
    home.drain();

    let log = window.borrow();
    assert!(
        (2..=3).contains(&log.len()),
        "time stood still: at most one look and the last one, but {log:?}"
    );
    assert_eq!(
        log[log.len() - 2..],
        [Seen::Progress(1_000_000, 1_000_000), Seen::Outcome(true)]
    );
}

#[test]
fn updates_follow_the_frames_of_the_loops_clock_and_end_when_nothing_changes() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let window = home.insert(Log::new());
    let pool = pool();
    let (next, steps) = sync_channel::<u64>(0);
    let (did, done) = sync_channel(0);
    let job = pool
        .task(move |cx| {
            for step in steps {
                cx.progress(step, 10)?;
                did.send(())?;
            }
            Ok(())
        })
        .on_progress(&window, note)
        .spawn()
        .unwrap();
    let report = |step| {
        next.send(step).unwrap();
        done.recv().unwrap();
        home.drain();
    };
    let pass = |frames: u32| {
        for _ in 0..frames {
            clock.advance(FRAME);
            home.drain();
        }
    };

    report(1);
    assert_eq!(*window.borrow(), [Seen::Progress(1, 10)], "the first at once");
    report(2);
    report(3);
    assert_eq!(window.borrow().len(), 1, "the next a frame later");
    pass(1);
    assert_eq!(*window.borrow(), [Seen::Progress(1, 10), Seen::Progress(3, 10)]);
    pass(5);
    assert_eq!(window.borrow().len(), 2);
    report(4);
    assert_eq!(
        window.borrow().last(),
        Some(&Seen::Progress(4, 10)),
        "after a pause at once again"
    );
    report(5);
    pass(1);
    assert_eq!(window.borrow().last(), Some(&Seen::Progress(5, 10)));
    pass(3);
    assert_eq!(
        home.dispatch(Some(Duration::ZERO)).next_timer,
        None,
        "nothing reported, nothing woken"
    );
    report(6);
    drop(next);
    assert!(job.wait_timeout(LONG).unwrap().is_done());
    assert_eq!(window.borrow().len(), 5);
}

#[test]
fn final_value_arrives_also_when_the_job_fails_panics_or_is_cancelled() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let window = home.insert(Log::new());
    let pool = pool();
    for way in 0..3 {
        let job = pool
            .task(move |cx| {
                cx.progress(1, 100)?;
                cx.progress(70 + way, 100)?;
                match way {
                    0 => Err(homebound::Failure::msg("on purpose")),
                    1 => panic!("on purpose"),
                    _ => {
                        cx.token().cancel();
                        Ok(cx.check()?)
                    }
                }
            })
            .on_progress(&window, note)
            .on_outcome(&window, end)
            .spawn()
            .unwrap();
        assert!(!job.wait_timeout(LONG).unwrap().is_done());
        home.drain();
        let log = std::mem::take(&mut *window.borrow_mut());
        assert_eq!(
            log[log.len() - 2..],
            [Seen::Progress(70 + way, 100), Seen::Outcome(false)]
        );
    }
}

#[test]
fn parts_count_for_their_weight_and_a_dropped_part_for_all_of_it() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let window = home.insert(Log::new());
    let pool = pool();
    let (step, next) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (took, go) = (Arc::clone(&step), Arc::clone(&next));
    let job = pool
        .task(move |cx| {
            let pause = || {
                took.wait();
                go.wait();
            };
            let (small, large) = (cx.progress_part(20), cx.progress_part(80));
            small.progress(1, 2)?;
            pause();
            let inner = large.progress_part(4);
            inner.progress(u64::MAX / 2, u64::MAX)?;
            pause();
            drop(inner);
            drop(small);
            pause();
            drop(large);
            Ok(())
        })
        .on_progress(&window, note)
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        step.wait();
        for _ in 0..4 {
            clock.advance(FRAME);
            home.drain();
        }
        seen.extend(window.borrow_mut().pop());
        next.wait();
    }
    assert!(job.wait_timeout(LONG).unwrap().is_done());
    home.drain();
    seen.extend(window.borrow_mut().pop());

    // Half of 20; then half of 4 of 4 of 80, rounded down inside; then all of both; then everything.
    let whole = |done| Seen::Progress(done, 100);
    assert_eq!(seen, [whole(10), whole(30), whole(100), whole(100)][..seen.len()]);
    assert!(seen.len() >= 3);
}

#[test]
fn counts_are_64_bit_and_messages_and_rates_come_along() {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let window = home.insert(Vec::<ProgressEvent>::new());
    let pool = pool();
    let (step, next) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (took, go) = (Arc::clone(&step), Arc::clone(&next));
    let job = pool
        .task(move |cx| {
            cx.progress_message("reading");
            cx.progress(0, 1 << 40)?;
            took.wait();
            go.wait();
            cx.progress(1 << 38, 1 << 40)?;
            took.wait();
            go.wait();
            Ok(())
        })
        .on_progress(&window, Vec::push)
        .spawn()
        .unwrap();
    step.wait();
    home.drain();
    next.wait();
    step.wait();
    clock.advance(Duration::from_secs(1));
    home.drain();
    next.wait();
    assert!(job.wait_timeout(LONG).unwrap().is_done());

    let last = window.borrow().last().cloned().unwrap();
    assert_eq!((last.done, last.total, last.fraction), (1 << 38, 1 << 40, Some(0.25)));
    assert_eq!(last.message.as_deref(), Some("reading"));
    assert!((last.rate.unwrap() - (1_u64 << 38) as f64).abs() < 1.0);
    assert!((last.remaining.unwrap().as_secs_f64() - 3.0).abs() < 1e-6);
}

#[test]
fn no_report_is_lost_to_the_race_with_disarming() {
    let home = EventLoop::new().unwrap();
    let pool = pool();
    for _ in 0..5 {
        let window = home.insert(0_u64);
        let (stop, stopped) = sync_channel::<()>(0);
        let job = pool
            .task(move |cx| {
                // In bursts about as long as a frame, so that many of them meet a look that disarms.
                for burst in 1..=12_u64 {
                    cx.progress(burst, 12)?;
                    cx.sleep(Duration::from_millis(15 + burst % 4))?;
                }
                stopped.recv().unwrap_err();
                Ok(())
            })
            .on_progress(&window, |seen, event| *seen = event.done)
            .spawn()
            .unwrap();
        // The job does not end: only a look can bring the last value.
        while *window.borrow() < 12 {
            home.dispatch(Some(LONG));
        }
        drop(stop);
        assert!(job.wait_timeout(LONG).unwrap().is_done());
    }
}

#[test]
fn progress_without_a_watcher_is_a_cancel_point_all_the_same() {
    let pool = pool();
    let job = pool
        .task(|cx| {
            cx.token().cancel();
            cx.progress(1, 2)?;
            Ok(())
        })
        .spawn()
        .unwrap();

    assert!(job.wait().is_cancelled());
}
