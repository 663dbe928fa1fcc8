//! The thread pool.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use homebound::{
    CancelReason, CancellationToken, Failure, NewThread, Outcome, RejectReason, TestClock, ThreadPool, ThreadSpawner,
};

const LONG: Duration = Duration::from_mins(1);
/// How often stress tests go round; the more, the rarer the interleavings that are met.
const ROUNDS: usize = 200;

fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).name("test").build()
}

/// Keeps one thread of a pool busy until it is dropped.
struct Gate(Option<SyncSender<()>>);

impl Gate {
    fn close(pool: &ThreadPool) -> Self {
        let (open, gate): (_, Receiver<()>) = sync_channel(0);
        let entered = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&entered);
        pool.spawn_with_priority(i32::MAX, move || {
            inside.wait();
            let _ = gate.recv();
        })
        .unwrap();
        entered.wait();
        Self(Some(open))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.0 = None;
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::atomic::AtomicUsize>, Arc<[AtomicUsize; 32]>);

impl Log {
    fn note(&self, what: usize) {
        let at = self.0.fetch_add(1, Ordering::SeqCst);
        self.1[at].store(what, Ordering::SeqCst);
    }
    fn taken(&self) -> Vec<usize> {
        (0..self.0.load(Ordering::SeqCst))
            .map(|at| self.1[at].load(Ordering::SeqCst))
            .collect()
    }
}

fn start<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> thread::JoinHandle<R> {
    thread::Builder::new().spawn(f).expect("the system gives threads")
}

// ---- running

#[test]
fn task_runs_on_a_named_thread_of_the_pool() {
    let pool = pool(1);
    let (tell, told) = sync_channel(1);

    pool.spawn(move || {
        tell.send((thread::current().id(), thread::current().name().map(str::to_owned)))
            .unwrap();
    })
    .unwrap();

    let (id, name) = told.recv().unwrap();
    assert_ne!(id, thread::current().id());
    assert_eq!(name.as_deref(), Some("test-1"));
}

#[test]
fn one_thread_runs_first_in_first_out_inside_a_priority_and_the_higher_first() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let log = Log::default();
    for (number, priority) in [0, 0, 5, -3, 5, 2000, 0, -2000].into_iter().enumerate() {
        let log = log.clone();
        pool.task(move |_| {
            let _: () = log.note(number);
            Ok(())
        })
        .priority(priority)
        .spawn()
        .unwrap()
        .detach();
    }

    drop(gate);

    assert!(pool.wait_for_done(LONG));
    assert_eq!(log.taken(), [5, 2, 4, 0, 1, 6, 3, 7]);
}

#[test]
fn urgent_work_overtakes_short_work_that_a_thread_has_already_taken() {
    let pool = Arc::new(pool(1));
    let log = Log::default();
    let gate = Gate::close(&pool);
    // Enough of them that the thread takes several at once, whatever its pace is.
    for number in 0..20 {
        let (log, urgent) = (log.clone(), Arc::clone(&pool));
        pool.spawn(move || {
            log.note(number);
            if number == 7 {
                urgent.spawn_with_priority(1, move || log.note(99)).unwrap();
            }
        })
        .unwrap();
    }

    drop(gate);

    assert!(pool.wait_for_done(LONG));
    let taken = log.taken();
    assert_eq!(taken.iter().position(|number| *number == 99), Some(8), "{taken:?}");
}

#[test]
fn panic_in_a_closure_leaves_the_pool_alive() {
    let pool = pool(1);
    for _ in 0..10 {
        pool.spawn(|| panic!("on purpose")).unwrap();
    }

    let after = pool.task(|_| Ok(1)).spawn().unwrap();

    assert!(after.wait().is_done());
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.threads(), 1);
}

#[test]
fn task_is_never_stranded_behind_a_long_one() {
    let pool = pool(2);
    let gate = Arc::new(AtomicBool::new(false));
    let short = Arc::new(AtomicUsize::new(0));
    // Short tasks teach the threads to take many at once.
    for _ in 0..10_000 {
        pool.spawn(|| {}).unwrap();
    }
    for number in 0..500 {
        let (gate, short) = (Arc::clone(&gate), Arc::clone(&short));
        if number == 100 {
            pool.spawn(move || {
                while !gate.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            })
            .unwrap();
        } else {
            pool.spawn(move || {
                short.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
        }
    }

    while short.load(Ordering::SeqCst) < 499 {
        assert!(!gate.load(Ordering::SeqCst));
        thread::yield_now();
    }

    gate.store(true, Ordering::SeqCst);
    assert!(pool.wait_for_done(LONG));
}

#[test]
fn work_that_blocks_starts_all_the_threads_there_may_be() {
    for _ in 0..ROUNDS / 4 {
        let pool = pool(4);
        let all = Arc::new(Barrier::new(5));
        for _ in 0..4 {
            let all = Arc::clone(&all);
            pool.spawn(move || {
                all.wait();
            })
            .unwrap();
        }
        all.wait();
        assert!(pool.wait_for_done(LONG));
        assert_eq!((pool.threads(), pool.active(), pool.queued()), (4, 0, 0));
    }
}

#[test]
fn nothing_is_lost_and_nothing_runs_twice_with_many_spawners() {
    const EACH: usize = 20_000;
    let pool = Arc::new(pool(3));
    let ran: Arc<Vec<AtomicUsize>> = Arc::new((0..4 * EACH).map(|_| AtomicUsize::new(0)).collect());
    let spawners: Vec<_> = (0..4)
        .map(|spawner| {
            let (pool, ran) = (Arc::clone(&pool), Arc::clone(&ran));
            start(move || {
                let mut cancelled = 0;
                for number in 0..EACH {
                    let (at, ran) = (spawner * EACH + number, Arc::clone(&ran));
                    let note = move || ran[at].fetch_add(1, Ordering::Relaxed);
                    match number % 5 {
                        0 => pool
                            .spawn(move || {
                                note();
                            })
                            .unwrap(),
                        1 => pool.task(move |_| Ok(note())).spawn().unwrap().detach(),
                        2 => assert!(pool.task(move |_| Ok(note())).spawn().unwrap().wait().is_done()),
                        3 => drop(
                            pool.task(move |_| Ok(note()))
                                .priority(1)
                                .spawn()
                                .unwrap()
                                .take_back()
                                .map(|outcome| {
                                    assert!(outcome.is_cancelled());
                                    cancelled += 1;
                                })
                                .map_err(homebound::JoinHandle::detach),
                        ),
                        _ => pool
                            .spawn_with_priority(3, move || {
                                note();
                            })
                            .unwrap(),
                    }
                }
                cancelled
            })
        })
        .collect();
    let cancelled: usize = spawners.into_iter().map(|spawner| spawner.join().unwrap()).sum();

    assert!(pool.wait_for_done(LONG));
    assert!(ran.iter().all(|count| count.load(Ordering::Relaxed) <= 1));
    assert_eq!(
        ran.iter().filter(|count| count.load(Ordering::Relaxed) == 1).count() + cancelled,
        4 * EACH
    );
    assert_eq!((pool.queued(), pool.active()), (0, 0));
}

// ---- places

#[test]
fn reserved_places_stay_empty_and_released_ones_are_filled() {
    let pool = pool(1);
    let ran = Arc::new(AtomicBool::new(false));
    pool.reserve();
    let flag = Arc::clone(&ran);
    pool.spawn(move || flag.store(true, Ordering::SeqCst)).unwrap();
    assert!(!pool.wait_for_done(Duration::from_millis(20)));
    assert!(!ran.load(Ordering::SeqCst));

    pool.release();

    assert!(pool.wait_for_done(LONG));
    assert!(ran.load(Ordering::SeqCst));
}

#[test]
fn task_that_blocks_may_lend_its_place() {
    let pool = Arc::new(pool(1));
    let (tell, told) = sync_channel::<()>(0);
    let lender = Arc::clone(&pool);
    pool.spawn(move || {
        lender.release();
        told.recv().unwrap();
        lender.reserve();
    })
    .unwrap();
    pool.spawn(move || tell.send(()).unwrap()).unwrap();

    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.max_threads(), 1);
}

#[test]
fn more_threads_may_be_allowed_while_work_waits() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let job = pool.task(|_| Ok(())).spawn().unwrap();
    let Err(job) = job.wait_timeout(Duration::from_millis(10)) else {
        panic!("there was no place")
    };

    pool.set_max_threads(2);

    assert!(job.wait_timeout(LONG).unwrap().is_done());
}

#[test]
fn try_spawn_hands_the_closure_back_when_no_thread_is_free() {
    let pool = pool(1);
    let gate = Gate::close(&pool);

    let refused = pool.try_spawn(|| {}).unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Busy);
    drop(gate);
    assert!(pool.wait_for_done(LONG));
    pool.try_spawn(refused.into_inner()).unwrap();

    assert!(pool.wait_for_done(LONG));
}

#[test]
fn idle_threads_end_and_work_after_that_starts_new_ones() {
    let pool = ThreadPool::builder()
        .max_threads(2)
        .expiry(Duration::from_millis(1))
        .build();
    for _ in 0..20 {
        assert!(
            pool.task(|_| Ok(()))
                .spawn()
                .unwrap()
                .wait_timeout(LONG)
                .unwrap()
                .is_done()
        );
        while pool.threads() > 0 {
            thread::yield_now();
        }
    }
}

#[test]
fn work_that_comes_while_the_last_thread_ends_is_not_stranded() {
    let pool = ThreadPool::builder().max_threads(1).expiry(Duration::ZERO).build();
    for number in 0..ROUNDS * 20 {
        let job = pool.task(move |_| Ok(number)).spawn().unwrap();
        assert_eq!(job.wait_timeout(LONG).expect("it is run").ok(), Some(number));
    }
}

// ---- taking back, clearing, closing

#[test]
fn what_has_not_started_can_be_taken_back_and_never_runs() {
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let ran = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ran);
    let job = pool
        .task(move |_| {
            flag.store(true, Ordering::SeqCst);
            Ok(())
        })
        .spawn()
        .unwrap();
    assert_eq!(pool.queued(), 1);

    assert!(matches!(
        job.take_back().unwrap(),
        Outcome::Cancelled(CancelReason::Requested)
    ));

    assert_eq!(
        (pool.queued(), Arc::strong_count(&ran)),
        (0, 1),
        "the closure is dropped at once"
    );
    drop(gate);
    assert!(pool.wait_for_done(LONG));
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn what_has_started_cannot_be_taken_back() {
    let pool = pool(1);
    let inside = Arc::new(Barrier::new(2));
    let entered = Arc::clone(&inside);
    let job = pool
        .task(move |_| {
            entered.wait();
            entered.wait();
            Ok(5)
        })
        .spawn()
        .unwrap();
    inside.wait();

    let job = job.take_back().unwrap_err();

    inside.wait();
    assert_eq!(job.wait().ok(), Some(5));
}

#[test]
fn million_tasks_that_are_cancelled_while_the_pool_is_busy_do_not_pile_up() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let mut kept = Vec::new();
    for number in 0..100_000 {
        let job = pool.task(move |_| Ok(number)).spawn().unwrap();
        // Another behind it, so that the cancelled one is not the newest.
        let behind = pool.task(move |_| Ok(number)).spawn().unwrap();
        drop(job);
        if number % 10_000 == 0 {
            kept.push(behind);
        } else {
            drop(behind);
        }
    }

    assert_eq!(pool.queued(), kept.len());
    assert_eq!(pool.clear(), kept.len());
    assert!(kept.into_iter().all(|job| job.wait().is_cancelled()));
}

#[test]
fn clear_gives_everything_that_waits_its_outcome_at_once() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let jobs: Vec<_> = (0..10)
        .map(|number| pool.task(move |_| Ok(number)).priority(number % 3).spawn().unwrap())
        .collect();
    pool.spawn(|| {}).unwrap();

    assert_eq!(pool.clear(), 11);

    assert_eq!(pool.queued(), 0);
    for job in jobs {
        assert!(job.is_finished());
        assert!(matches!(job.wait(), Outcome::Cancelled(CancelReason::Requested)));
    }
}

#[test]
fn dropped_pool_cancels_what_waits_stops_what_runs_and_joins() {
    for _ in 0..ROUNDS / 4 {
        let pool = pool(2);
        let entered = Arc::new(Barrier::new(3));
        let running: Vec<_> = (0..2)
            .map(|_| {
                let entered = Arc::clone(&entered);
                pool.task(move |cx| {
                    entered.wait();
                    Ok(cx.sleep(LONG)?)
                })
                .spawn()
                .unwrap()
            })
            .collect();
        let waiting: Vec<_> = (0..20).map(|_| pool.task(|_| Ok(())).spawn().unwrap()).collect();
        entered.wait();

        drop(pool);

        for (number, job) in running.into_iter().chain(waiting).enumerate() {
            assert!(job.is_finished());
            let outcome = job.wait();
            assert!(
                matches!(outcome, Outcome::Cancelled(CancelReason::Shutdown)),
                "{number}: {outcome:?}"
            );
        }
    }
}

#[test]
fn pool_that_is_dropped_by_its_own_thread_does_not_hang() {
    for _ in 0..ROUNDS / 4 {
        let pool = Arc::new(pool(2));
        let (tell, told) = sync_channel(0);
        let own = Arc::clone(&pool);
        let (let_go, gate) = sync_channel::<()>(0);
        pool.spawn(move || {
            gate.recv().unwrap_err();
            drop(own);
            tell.send(()).unwrap();
        })
        .unwrap();
        let waiting = pool.task(|cx| Ok(cx.sleep(LONG)?)).spawn().unwrap();
        drop(pool);
        drop(let_go);

        told.recv().unwrap();
        assert!(waiting.wait().is_cancelled());
    }
}

#[test]
fn closed_pool_refuses_and_hands_the_work_back() {
    let pool = pool(1);
    pool.close();

    let refused = pool.spawn(|| {}).unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Closed);
    refused.into_inner()();
    let refused = pool.task(|_| Ok(())).spawn().unwrap_err();
    assert_eq!(refused.reason(), RejectReason::Closed);
}

#[test]
fn pool_without_threads_refuses_and_hands_the_work_back() {
    struct NoThreads;
    impl ThreadSpawner for NoThreads {
        fn spawn(&self, _thread: NewThread) -> std::io::Result<()> {
            Err(std::io::ErrorKind::WouldBlock.into())
        }
    }
    let pool = ThreadPool::builder().spawner(NoThreads).build();

    assert_eq!(pool.spawn(|| {}).unwrap_err().reason(), RejectReason::NoThread);

    assert_eq!((pool.threads(), pool.queued()), (0, 0));
    assert!(pool.wait_for_done(LONG));
}

// ---- waiting

#[test]
fn waiting_thread_runs_the_task_itself_if_nobody_has_begun() {
    let pool = pool(1);
    let _gate = Gate::close(&pool);
    let job = pool.task(|_| Ok(thread::current().id())).spawn().unwrap();

    assert_eq!(job.wait().ok(), Some(thread::current().id()));
    assert_eq!(pool.queued(), 0);
}

#[test]
fn chain_of_tasks_that_wait_for_each_other_ends_in_a_pool_of_one() {
    fn link(pool: &Arc<ThreadPool>, depth: u32) -> Result<u32, Failure> {
        if depth == 0 {
            return Ok(0);
        }
        let next = Arc::clone(pool);
        let below = pool.task(move |_| link(&next, depth - 1)).spawn()?;
        Ok(below.wait().into_result()? + 1)
    }
    let pool = Arc::new(pool(1));
    let first = Arc::clone(&pool);

    let job = pool.task(move |_| link(&first, 1000)).spawn().unwrap();

    assert_eq!(job.wait_timeout(LONG).unwrap().ok(), Some(1000));
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.max_threads(), 1);
}

#[test]
fn thread_that_waits_for_a_task_that_runs_elsewhere_lends_its_place() {
    let pool = Arc::new(pool(2));
    let (go, gone) = sync_channel::<()>(0);
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let slow = pool
        .task(move |_| {
            inside.wait();
            gone.recv()?;
            Ok(1)
        })
        .spawn()
        .unwrap();
    entered.wait();
    // The second place waits for the first; what lets the first go on has no place left but the lent one.
    let waiting = pool.task(move |_| slow.wait().into_result()).spawn().unwrap();
    while pool.queued() > 0 {
        thread::yield_now();
    }
    pool.spawn(move || go.send(()).unwrap()).unwrap();

    assert_eq!(waiting.wait_timeout(LONG).unwrap().ok(), Some(1));
    assert!(pool.wait_for_done(LONG));
}

#[test]
fn outcome_is_a_future_under_any_executor() {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let pool = pool(1);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    for number in 0..ROUNDS {
        let mut job = pin!(pool.task(move |_| Ok(number)).spawn().unwrap());
        let outcome = loop {
            match job.as_mut().poll(&mut cx) {
                std::task::Poll::Ready(outcome) => break outcome,
                std::task::Poll::Pending => thread::park(),
            }
        };
        assert_eq!(outcome.ok(), Some(number));
    }
}

#[test]
fn dropped_handle_asks_its_task_to_stop_and_a_detached_one_does_not() {
    let pool = pool(2);
    let (tell, told) = sync_channel(2);
    let also = tell.clone();
    let entered = Arc::new(Barrier::new(3));
    let (a, b) = (Arc::clone(&entered), Arc::clone(&entered));
    let dropped = pool
        .task(move |cx| {
            a.wait();
            tell.send(cx.token().wait())?;
            Ok(())
        })
        .spawn()
        .unwrap();
    let stop = CancellationToken::new();
    let detached = pool
        .task(move |cx| {
            b.wait();
            cx.token().wait_timeout(Duration::from_millis(20));
            also.send(cx.token().reason().unwrap_or(CancelReason::Because("not stopped")))?;
            Ok(())
        })
        .token(&stop)
        .spawn()
        .unwrap();
    entered.wait();

    drop(dropped);
    assert_eq!(told.recv().unwrap(), CancelReason::Dropped);
    detached.detach();
    assert_eq!(told.recv().unwrap(), CancelReason::Because("not stopped"));
}

// ---- deadlines and parents

#[test]
fn parent_token_cancels_what_waits_at_once_and_what_runs_at_its_next_cancel_point() {
    let pool = pool(1);
    let parent = CancellationToken::new();
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let running = pool
        .task(move |cx| {
            inside.wait();
            loop {
                cx.check()?;
            }
            #[expect(unreachable_code, reason = "says what the task would return")]
            Ok(())
        })
        .token(&parent)
        .spawn()
        .unwrap();
    let waiting = pool.task(|_| Ok(())).token(&parent).spawn().unwrap();
    entered.wait();
    assert_eq!(pool.queued(), 1);

    parent.cancel_with(CancelReason::OwnerGone);

    assert!(waiting.is_finished());
    assert!(matches!(waiting.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    assert!(matches!(running.wait(), Outcome::Cancelled(CancelReason::OwnerGone)));
    let late = pool.task(|_| Ok(())).token(&parent).spawn().unwrap();
    assert!(late.is_finished());
    assert!(pool.wait_for_done(LONG));
    assert_eq!(pool.queued(), 0);
}

#[test]
fn deadline_passes_for_what_waits_and_for_what_runs() {
    let clock = TestClock::new();
    let pool = ThreadPool::builder().max_threads(1).clock(clock.clock()).build();
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let running = pool
        .task(move |cx| {
            inside.wait();
            cx.token().wait();
            Ok(cx.check()?)
        })
        .deadline(Duration::from_secs(5))
        .spawn()
        .unwrap();
    let waiting = pool.task(|_| Ok(())).deadline(Duration::from_secs(3)).spawn().unwrap();
    entered.wait();

    clock.advance(Duration::from_secs(3));
    assert!(waiting.is_finished() && !running.is_finished());
    assert!(matches!(waiting.wait(), Outcome::TimedOut));
    clock.advance(Duration::from_secs(2));
    assert!(matches!(running.wait(), Outcome::TimedOut));
}

#[test]
fn timeout_counts_from_the_start_of_the_work() {
    let clock = TestClock::new();
    let pool = ThreadPool::builder().max_threads(1).clock(clock.clock()).build();
    let gate = Gate::close(&pool);
    let entered = Arc::new(Barrier::new(2));
    let inside = Arc::clone(&entered);
    let job = pool
        .task(move |cx| {
            inside.wait();
            cx.token().wait();
            Ok(cx.check()?)
        })
        .timeout(Duration::from_secs(5))
        .spawn()
        .unwrap();
    clock.advance(LONG);
    assert!(!job.is_finished());
    drop(gate);
    entered.wait();

    clock.advance(Duration::from_secs(5));

    assert!(matches!(job.wait(), Outcome::TimedOut));
}

// ---- destructors

#[test]
fn destructors_of_closures_and_values_may_use_the_pool() {
    struct Uses(Arc<ThreadPool>);
    impl Drop for Uses {
        fn drop(&mut self) {
            let _ = self.0.spawn(|| {});
            let _ = self.0.queued();
        }
    }
    let pool = Arc::new(pool(1));
    let gate = Gate::close(&pool);
    let uses = || Uses(Arc::clone(&pool));
    let (first, second) = (uses(), uses());
    drop(
        pool.task(move |_| {
            let _: () = drop(first);
            Ok(())
        })
        .spawn()
        .unwrap(),
    );
    let _ = pool
        .task(move |_| {
            let _: () = drop(second);
            Ok(())
        })
        .spawn()
        .unwrap()
        .take_back();
    pool.spawn({
        let in_closure = uses();
        move || drop(in_closure)
    })
    .unwrap();
    pool.clear();
    drop(gate);
    let result = uses();
    drop(pool.task(move |_| Ok(result)).spawn().unwrap().wait());
    pool.task({
        let unclaimed = uses();
        move |_| Ok(unclaimed)
    })
    .spawn()
    .unwrap()
    .detach();

    assert!(pool.wait_for_done(LONG));
}

#[test]
fn destructor_that_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(thread::panicking(), "a destructor on purpose");
        }
    }
    let pool = pool(1);
    let gate = Gate::close(&pool);
    let bomb = Bomb;
    drop(
        pool.task(move |_| {
            drop(bomb);
            Ok(())
        })
        .spawn()
        .unwrap(),
    );
    let bomb = Bomb;
    pool.spawn(move || drop(bomb)).unwrap();
    let bomb = Bomb;
    pool.task(move |_| Ok(bomb)).spawn().unwrap().detach();
    drop(gate);

    assert!(pool.wait_for_done(LONG));
    assert!(pool.task(|_| Ok(())).spawn().unwrap().wait().is_done());
}

#[test]
fn threads_come_from_the_given_spawner() {
    struct Counting(Arc<AtomicUsize>);
    impl ThreadSpawner for Counting {
        fn spawn(&self, thread: NewThread) -> std::io::Result<()> {
            self.0.fetch_add(1, Ordering::SeqCst);
            start(move || thread.run());
            Ok(())
        }
    }
    let started = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::builder()
        .max_threads(3)
        .spawner(Counting(Arc::clone(&started)))
        .build();
    let all = Arc::new(Barrier::new(3));
    let (tell, told) = sync_channel(3);
    for _ in 0..3 {
        let (all, tell) = (Arc::clone(&all), tell.clone());
        pool.spawn(move || {
            all.wait();
            tell.send(thread::current().id()).unwrap();
        })
        .unwrap();
    }

    let ids: HashSet<ThreadId> = (0..3).map(|_| told.recv().unwrap()).collect();

    assert_eq!((ids.len(), started.load(Ordering::SeqCst)), (3, 3));
}

/// Panics when it is dropped, once, and not while something else panics already.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a bomb");
    }
}

#[test]
fn destructors_that_panic_in_a_batch_cost_the_pool_no_thread() {
    for _ in 0..100 {
        let pool = ThreadPool::builder().max_threads(2).build();
        let bomb = Bomb;
        let batch = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let batch = pool.batch(0..10, move |_, _| {
                let _held = &bomb;
                Ok(Bomb)
            });
            batch.spawn()
        }));
        drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(batch))));

        assert!(pool.wait_for_done(Duration::from_secs(20)));
        assert_eq!(pool.active(), 0);
    }
}

#[test]
fn an_error_that_panics_when_it_is_shown_costs_the_pool_no_thread() {
    #[derive(Debug)]
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("not a word")
        }
    }
    impl std::error::Error for Unspeakable {}
    let pool = ThreadPool::builder().max_threads(1).build();

    pool.task::<(), _>(|_| Err(Unspeakable)?).spawn().unwrap().detach();

    assert!(pool.wait_for_done(Duration::from_secs(20)));
    assert_eq!(pool.task(|_| Ok(1)).spawn().unwrap().wait().ok(), Some(1));
}
