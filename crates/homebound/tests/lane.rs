//! Lanes of a pool.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use homebound::{CancelReason, CancellationToken, JoinHandle, Lane, Outcome, RejectReason, ThreadPool, WhenFull};

const LONG: Duration = Duration::from_mins(1);

fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).build()
}

/// A task that has begun, and stays until it is cancelled or the barrier opens.
fn begun(lane: &Lane) -> (JoinHandle<()>, Arc<Barrier>) {
    let (inside, open) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (entered, leave) = (Arc::clone(&inside), Arc::clone(&open));
    let job = lane
        .task(move |_| {
            entered.wait();
            leave.wait();
            Ok(())
        })
        .spawn()
        .unwrap();
    inside.wait();
    (job, open)
}

#[test]
fn never_more_than_the_limit_run_at_once_and_all_do_run() {
    let pool = pool(4);
    let lane = pool.lane(2).build();
    let (now, most, all) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let jobs: Vec<_> = (0..2000)
        .map(|_| {
            let (now, most, all) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&all));
            lane.task(move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                all.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
            .spawn()
            .unwrap()
        })
        .collect();

    assert!(jobs.into_iter().all(|job| job.wait().is_done()));

    assert_eq!(all.load(Ordering::SeqCst), 2000);
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    assert_eq!((lane.running(), lane.queued()), (0, 0));
}

#[test]
fn full_lane_rejects_and_try_spawn_hands_the_work_back() {
    let pool = pool(2);
    let lane = pool.lane(1).queue(1).build();
    let (first, open) = begun(&lane);
    let second = lane.task(|_| Ok(2)).spawn().unwrap();

    let third = lane.task(|_| Ok(3)).spawn().unwrap();
    let fourth = lane.task(|_| Ok(4)).try_spawn().unwrap_err();

    assert!(matches!(third.wait(), Outcome::Rejected(RejectReason::LaneFull)));
    assert_eq!(fourth.reason(), RejectReason::LaneFull);
    assert_eq!((lane.running(), lane.queued()), (1, 1));
    open.wait();
    assert!(first.wait().is_done());
    assert_eq!(second.wait().ok(), Some(2));
    let again = fourth.into_inner();
    assert_eq!(lane.task(again).try_spawn().unwrap().wait().ok(), Some(4));
}

#[test]
fn full_lane_may_replace_what_has_waited_longest() {
    let pool = pool(2);
    let lane = pool.lane(1).queue(2).when_full(WhenFull::ReplaceOldest).build();
    let (first, open) = begun(&lane);
    let mut waiting: Vec<_> = (0..5)
        .map(|number| lane.task(move |_| Ok(number)).spawn().unwrap())
        .collect();
    let kept = waiting.split_off(3);

    for job in waiting {
        assert!(job.is_finished());
        assert!(matches!(job.wait(), Outcome::Rejected(RejectReason::Replaced)));
    }
    open.wait();
    assert!(first.wait().is_done());
    assert_eq!(
        kept.into_iter().map(|job| job.wait().ok()).collect::<Vec<_>>(),
        [Some(3), Some(4)]
    );
}

#[test]
fn newest_of_a_key_wins_and_a_superseded_result_never_arrives() {
    let pool = pool(2);
    let lane = pool.lane(1).build_keyed::<&str>();
    let (inside, open) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (entered, leave) = (Arc::clone(&inside), Arc::clone(&open));
    // It does not look whether it is cancelled and returns a value: that must not arrive.
    let stubborn = lane
        .task_for("a", move |_| {
            entered.wait();
            leave.wait();
            Ok(1)
        })
        .spawn()
        .unwrap();
    inside.wait();
    let waiting = lane.task_for("a", |_| Ok(2)).spawn().unwrap();
    let other = lane.task_for("b", |_| Ok(3)).spawn().unwrap();

    let newest = lane.task_for("a", |_| Ok(4)).spawn().unwrap();

    assert!(waiting.is_finished());
    assert!(matches!(waiting.wait(), Outcome::Cancelled(CancelReason::Superseded)));
    open.wait();
    assert!(matches!(stubborn.wait(), Outcome::Cancelled(CancelReason::Superseded)));
    assert_eq!((other.wait().ok(), newest.wait().ok()), (Some(3), Some(4)));
    assert_eq!((lane.running(), lane.queued()), (0, 0));
}

#[test]
fn result_that_was_not_taken_yet_is_superseded_no_more() {
    let pool = pool(1);
    let lane = pool.lane(1).build_keyed::<u8>();
    let first = lane.task_for(1, |_| Ok(1)).spawn().unwrap();
    assert!(pool.wait_for_done(LONG));

    // It has ended before the second came: they do not meet.
    let second = lane.task_for(1, |_| Ok(2)).spawn().unwrap();

    assert_eq!((first.wait().ok(), second.wait().ok()), (Some(1), Some(2)));
}

#[test]
fn rejected_newcomer_leaves_the_older_work_of_its_key_alone() {
    let pool = pool(1);
    let lane = pool.lane(1).queue(0).build_keyed::<u8>();
    let inside = Arc::new(Barrier::new(2));
    let entered = Arc::clone(&inside);
    let first = lane
        .task_for(1, move |_| {
            entered.wait();
            entered.wait();
            Ok(1)
        })
        .spawn()
        .unwrap();
    inside.wait();

    let second = lane.task_for(1, |_| Ok(2)).spawn().unwrap();

    assert!(matches!(second.wait(), Outcome::Rejected(RejectReason::LaneFull)));
    inside.wait();
    assert_eq!(first.wait().ok(), Some(1));
}

#[test]
fn counts_stay_right_whatever_becomes_of_the_tasks() {
    let pool = pool(2);
    let lane = pool.lane(1).build();
    let parent = CancellationToken::new();
    let (first, open) = begun(&lane);
    let panics = lane.task::<(), _>(|_| panic!("on purpose")).spawn().unwrap();
    let fails = lane
        .task::<(), _>(|_| Err(homebound::Failure::msg("on purpose")))
        .spawn()
        .unwrap();
    let cancelled = lane.task(|_| Ok(())).spawn().unwrap();
    let with_parent = lane.task(|_| Ok(())).token(&parent).spawn().unwrap();
    let taken_back = lane.task(|_| Ok(())).spawn().unwrap();
    drop(lane.task(|_| Ok(())).spawn().unwrap());
    assert_eq!((lane.running(), lane.queued()), (1, 5));

    cancelled.cancel();
    parent.cancel();
    assert!(taken_back.take_back().unwrap().is_cancelled());
    assert_eq!((lane.running(), lane.queued()), (1, 2));
    let born_cancelled = lane.task(|_| Ok(())).token(&parent).spawn().unwrap();
    assert!(born_cancelled.is_finished());
    open.wait();

    assert!(first.wait().is_done());
    assert!(matches!(panics.wait(), Outcome::Panicked(_)));
    assert!(matches!(fails.wait(), Outcome::Failed(_)));
    assert!(cancelled.wait().is_cancelled() && with_parent.wait().is_cancelled());
    assert_eq!((lane.running(), lane.queued()), (0, 0));
    assert!(lane.task(|_| Ok(())).spawn().unwrap().wait().is_done());
}

#[test]
fn dropped_lane_cancels_what_waits_and_stops_what_runs() {
    let pool = pool(1);
    let lane = pool.lane(1).build();
    let inside = Arc::new(Barrier::new(2));
    let entered = Arc::clone(&inside);
    let running = lane
        .task(move |cx| {
            entered.wait();
            cx.token().wait();
            Ok(cx.check()?)
        })
        .spawn()
        .unwrap();
    let waiting: Vec<_> = (0..10).map(|_| lane.task(|_| Ok(())).spawn().unwrap()).collect();
    inside.wait();

    drop(lane);

    for job in waiting {
        assert!(job.is_finished());
        assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    }
    assert!(matches!(running.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
}

#[test]
fn long_row_that_ends_at_once_needs_no_stack() {
    let pool = pool(1);
    let lane = pool.lane(1).build();
    let (_first, open) = begun(&lane);
    let jobs: Vec<_> = (0..100_000).map(|_| lane.task(|_| Ok(())).spawn().unwrap()).collect();

    // Everything that is let in from now on is refused at once.
    pool.close();
    open.wait();

    for job in jobs {
        assert!(matches!(job.wait(), Outcome::Rejected(RejectReason::Closed)));
    }
}

#[test]
fn storm_of_spawns_and_cancels_leaves_the_lane_empty() {
    let pool = pool(2);
    for round in 0..50 {
        let lane = pool
            .lane(1 + round % 3)
            .queue(5)
            .when_full(WhenFull::ReplaceOldest)
            .build_keyed::<usize>();
        let mut ends = [0; 3];
        let jobs: Vec<_> = (0..300)
            .map(|number| lane.task_for(number % 7, move |_| Ok(number)).spawn().unwrap())
            .collect();
        for (number, job) in jobs.into_iter().enumerate() {
            if number % 11 == 0 {
                job.cancel();
            }
            match job.wait() {
                Outcome::Done(value) => {
                    assert_eq!(value, number);
                    ends[0] += 1;
                }
                Outcome::Cancelled(_) => ends[1] += 1,
                Outcome::Rejected(_) => ends[2] += 1,
                outcome => panic!("{outcome:?}"),
            }
        }
        assert_eq!(ends.iter().sum::<usize>(), 300);
        assert_eq!((lane.running(), lane.queued()), (0, 0));
    }
}
