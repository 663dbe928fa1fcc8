//! Work of one type that follows each other, which a pool keeps together: nothing of it is lost, doubled, late or held too long.

#[path = "support/pool.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use homebound::{CancelReason, JoinHandle, Outcome, ThreadPool};
use support::{Gate, LONG, Log, ROUNDS, pool};

/// Enough that some fill several rows and series.
const MANY: usize = 100;

/// Counts what is alive.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tasks(pool: &ThreadPool, alive: &Arc<AtomicUsize>) -> Vec<JoinHandle<usize>> {
    let task = |number| {
        let held = Alive::new(alive);
        pool.task(move |_| {
            let _held = held;
            Ok(number)
        })
        .spawn()
        .unwrap()
    };
    (0..MANY).map(task).collect()
}

#[test]
fn every_outcome_comes_to_its_own_handle() {
    let pool = pool(2);
    for _ in 0..ROUNDS {
        let alive = Arc::default();
        let jobs = tasks(&pool, &alive);
        for (number, job) in jobs.into_iter().enumerate().rev() {
            assert_eq!(job.wait().ok(), Some(number));
        }
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn each_runs_once_or_is_taken_back_in_whatever_order_one_asks_while_workers_run_them() {
    let pool = pool(2);
    for round in 0..ROUNDS {
        let alive = Arc::default();
        let mut jobs: Vec<_> = tasks(&pool, &alive).into_iter().enumerate().collect();
        while !jobs.is_empty() {
            let (number, job) = jobs.swap_remove((round * 31 + jobs.len() * 17) % jobs.len());
            let outcome = if number % 2 == 0 {
                job.take_back().unwrap_or_else(JoinHandle::wait)
            } else {
                job.wait()
            };
            assert!(outcome.is_cancelled() && number % 2 == 0 || outcome.ok() == Some(number));
        }
        assert!(pool.wait_for_done(LONG));
        assert_eq!((pool.queued(), alive.load(Ordering::SeqCst)), (0, 0));
    }
}

#[test]
fn first_in_first_out_also_when_closures_tasks_and_types_alternate() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let log = Log::default();
    for number in 0..32 {
        let noting = log.clone();
        match number {
            0..8 | 20..24 => pool.spawn(move || noting.note(number)).unwrap(),
            8..20 => pool
                .task(move |_| {
                    let _: () = noting.note(number);
                    Ok(())
                })
                .spawn()
                .unwrap()
                .detach(),
            _ if number % 2 == 0 => pool.spawn(move || noting.note(number)).unwrap(),
            _ => pool.spawn(move || noting.note(number)).unwrap(),
        }
    }

    drop(gate);

    assert!(pool.wait_for_done(LONG));
    assert_eq!(log.taken(), (0..32).collect::<Vec<_>>());
}

#[test]
fn each_can_be_taken_back_alone_and_lets_go_of_what_it_holds_at_once() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let alive = Arc::default();
    let mut jobs = tasks(&pool, &alive);
    assert_eq!((pool.queued(), alive.load(Ordering::SeqCst)), (MANY, MANY));

    // From the middle, from the end, from the beginning.
    for number in [MANY / 2, MANY - 2, 0] {
        assert!(jobs.remove(number).take_back().unwrap().is_cancelled());
    }

    assert_eq!((pool.queued(), alive.load(Ordering::SeqCst)), (MANY - 3, MANY - 3));
    drop(gate);
    let done = jobs.into_iter().filter_map(|job| job.wait_timeout(LONG).unwrap().ok());
    assert_eq!(done.count(), MANY - 3);
    assert!(pool.wait_for_done(LONG));
    assert_eq!((pool.queued(), alive.load(Ordering::SeqCst)), (0, 0));
}

#[test]
fn cleared_work_of_every_kind_is_counted_and_dropped_and_tasks_have_their_outcome() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let alive = Arc::default();
    let jobs = tasks(&pool, &alive);
    for _ in 0..MANY {
        let held = Alive::new(&alive);
        pool.spawn(move || drop(held)).unwrap();
    }

    assert_eq!(pool.clear(), 2 * MANY);

    assert_eq!((pool.queued(), alive.load(Ordering::SeqCst)), (0, 0));
    for job in jobs {
        assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::Requested)));
    }
}

#[test]
fn closing_pool_asks_one_of_many_that_runs_to_stop() {
    let pool = pool(2);
    let (entered, inside) = sync_channel(MANY);
    let jobs: Vec<_> = (0..MANY)
        .map(|_| {
            let entered = entered.clone();
            pool.task(move |cx| {
                entered.send(())?;
                Ok(cx.sleep(LONG)?)
            })
            .spawn()
            .unwrap()
        })
        .collect();
    inside.recv().unwrap();
    inside.recv().unwrap();

    drop(pool);

    for job in jobs {
        assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::Shutdown)));
    }
}

#[test]
fn what_is_to_be_called_on_a_tasks_cancellation_is_dropped_when_it_has_ended() {
    let pool = pool(1);
    let alive: Arc<AtomicUsize> = Arc::default();
    for _ in 0..MANY {
        let held = Alive::new(&alive);
        let job = pool
            .task(move |cx| {
                cx.token().on_cancel(move || drop(held)).detach();
                Ok(())
            })
            .spawn()
            .unwrap();
        assert!(job.wait_timeout(LONG).unwrap().is_done());
        assert!(pool.wait_for_done(LONG));
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn token_that_somebody_keeps_calls_back_also_after_its_task_has_ended() {
    let pool = pool(1);
    for _ in 0..MANY {
        let called: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&called);
        let job = pool
            .task(move |cx| {
                cx.token()
                    .on_cancel(move || {
                        count.fetch_add(1, Ordering::SeqCst);
                    })
                    .detach();
                Ok(cx.token().clone())
            })
            .spawn()
            .unwrap();
        let token = job.wait().ok().unwrap();
        token.cancel();
        assert_eq!(called.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn one_thread_may_send_one_type_to_two_pools_in_turn() {
    let pools = [pool(1), pool(2)];
    let jobs: Vec<_> = (0..MANY)
        .map(|number| pools[number / 7 % 2].task(move |_| Ok(number)).spawn().unwrap())
        .collect();
    for (number, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.wait_timeout(LONG).unwrap().ok(), Some(number));
    }
}

#[test]
fn task_that_sends_off_its_like_may_wait_for_it() {
    fn below(pool: &Arc<ThreadPool>, depth: usize) -> usize {
        if depth == 0 {
            return 0;
        }
        let inner = Arc::clone(pool);
        let job = pool.task(move |_| Ok(below(&inner, depth - 1))).spawn().unwrap();
        job.wait().ok().unwrap() + 1
    }
    let pool = Arc::new(pool(2));
    for _ in 0..ROUNDS / 10 {
        assert_eq!(below(&pool, MANY), MANY);
    }
}

#[test]
fn outcomes_are_conserved_when_handles_wait_cancel_detach_and_drop_at_once() {
    const EACH: usize = 2_000;
    let pool = Arc::new(pool(3));
    let alive: Arc<AtomicUsize> = Arc::default();
    let ran: Arc<AtomicUsize> = Arc::default();
    let senders: Vec<_> = (0..3)
        .map(|sender| {
            let (pool, alive, ran) = (Arc::clone(&pool), Arc::clone(&alive), Arc::clone(&ran));
            thread::spawn(move || {
                let mut never = 0;
                for number in 0..EACH {
                    let (held, ran) = (Alive::new(&alive), Arc::clone(&ran));
                    let job = pool.task(move |_| {
                        ran.fetch_add(1, Ordering::Relaxed);
                        Ok(held)
                    });
                    let job = job.priority(i32::try_from(number % 3).unwrap()).spawn().unwrap();
                    match (number + sender) % 4 {
                        0 => assert!(job.wait().is_done()),
                        1 => job.detach(),
                        2 => match job.take_back() {
                            Ok(outcome) => never += usize::from(outcome.is_cancelled()),
                            Err(job) => assert!(job.wait().is_done()),
                        },
                        _ => {
                            job.cancel();
                            never += usize::from(job.wait().is_cancelled());
                        }
                    }
                }
                never
            })
        })
        .collect();
    let never: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();

    assert!(pool.wait_for_done(LONG));
    // A task that is cancelled while it runs is done all the same, and was counted as run.
    assert_eq!(ran.load(Ordering::SeqCst) + never, 3 * EACH);
    assert_eq!((pool.queued(), pool.active(), alive.load(Ordering::SeqCst)), (0, 0, 0));
}
