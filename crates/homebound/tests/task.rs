//! Tasks whose outcome goes home, and what becomes of outcomes that nobody takes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;
use std::time::Duration;

use homebound::{
    CancelReason, CancellationToken, EventLoop, Failure, Outcome, RejectReason, Scope, ThreadPool, Unhandled,
    on_unhandled,
};

const LONG: Duration = Duration::from_mins(1);

fn pool(max: usize) -> ThreadPool {
    ThreadPool::builder().max_threads(max).build()
}

/// Everything that nobody claimed and whose text contains `mark`: one hook serves all tests of this process.
struct Heard(Receiver<String>, &'static str);

impl Heard {
    fn listen(mark: &'static str) -> Self {
        static TELL: OnceLock<parking::Senders> = OnceLock::new();
        let senders = TELL.get_or_init(|| {
            on_unhandled(|what: &Unhandled| {
                TELL.get()
                    .into_iter()
                    .for_each(|senders| senders.tell(&what.to_string()));
            });
            parking::Senders::default()
        });
        let (tell, told) = channel();
        senders.add(tell);
        Self(told, mark)
    }

    fn next(&self) -> String {
        loop {
            let what = self.0.recv_timeout(LONG).expect("the hook hears of it");
            if what.contains(self.1) {
                return what;
            }
        }
    }

    /// What has been heard so far.
    fn so_far(&self) -> usize {
        self.0.try_iter().filter(|what| what.contains(self.1)).count()
    }
}

/// A list of senders that any thread may add to.
mod parking {
    use super::Sender;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    pub(crate) struct Senders(AtomicUsize, [OnceLock<Sender<String>>; 16]);

    impl Senders {
        pub(crate) fn add(&self, sender: Sender<String>) {
            let at = self.0.fetch_add(1, Ordering::SeqCst);
            self.1[at].set(sender).expect("each place is used once");
        }

        pub(crate) fn tell(&self, what: &str) {
            for sender in self.1.iter().filter_map(OnceLock::get) {
                let _ = sender.send(what.to_owned());
            }
        }
    }
}

#[test]
fn outcome_arrives_once_at_the_receivers_home() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Vec::new());
    let pool = pool(2);
    let here = thread::current().id();
    let job = pool
        .task(|_| Ok(thread::current().id()))
        .on_outcome(&window, move |window, outcome| {
            assert_eq!(thread::current().id(), here);
            window.push(outcome.ok().unwrap());
        })
        .spawn()
        .unwrap();

    assert!(job.wait_timeout(LONG).unwrap().is_done());
    assert!(window.borrow().is_empty());
    home.drain();
    home.drain();

    assert_eq!(window.borrow().len(), 1);
    assert_ne!(window.borrow()[0], here);
}

#[test]
fn every_ending_arrives_also_of_work_that_never_started() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(Vec::<(&str, Outcome<u32>)>::new());
    let pool = pool(1);
    let note = |name: &'static str| move |window: &mut Vec<_>, outcome| window.push((name, outcome));
    let (inside, open) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (entered, leave) = (Arc::clone(&inside), Arc::clone(&open));
    pool.spawn(move || {
        entered.wait();
        leave.wait();
    })
    .unwrap();
    inside.wait();
    let lane = pool.lane(1).queue(0).build();
    let done = pool.task(|_| Ok(1)).on_outcome(&window, note("done")).spawn().unwrap();
    let failed = pool
        .task(|_| Err(Failure::msg("no")))
        .on_outcome(&window, note("failed"))
        .spawn()
        .unwrap();
    let panicked = pool
        .task(|_| panic!("on purpose"))
        .on_outcome(&window, note("panicked"))
        .spawn()
        .unwrap();
    let dropped = pool
        .task(|_| Ok(2))
        .on_outcome(&window, note("dropped"))
        .spawn()
        .unwrap();
    let taken_back = pool
        .task(|_| Ok(3))
        .on_outcome(&window, note("taken back"))
        .spawn()
        .unwrap();
    let cleared = pool
        .task(|_| Ok(4))
        .priority(-1)
        .on_outcome(&window, note("cleared"))
        .spawn()
        .unwrap();
    let laned = lane.task(|_| Ok(5)).on_outcome(&window, note("laned")).spawn().unwrap();
    let rejected = lane
        .task(|_| Ok(6))
        .on_outcome(&window, note("rejected"))
        .spawn()
        .unwrap();

    drop(dropped);
    assert!(taken_back.take_back().is_ok());
    assert!(matches!(rejected.wait(), Outcome::Rejected(RejectReason::LaneFull)));
    cleared.cancel_with(CancelReason::Superseded);
    open.wait();
    assert!(pool.wait_for_done(LONG));
    home.drain();

    let seen = window.borrow();
    let of = |name| &seen.iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(seen.len(), 8);
    assert!(matches!(of("done"), Outcome::Done(1)));
    assert!(matches!(of("laned"), Outcome::Done(5)));
    assert!(matches!(of("failed"), Outcome::Failed(_)));
    assert!(matches!(of("panicked"), Outcome::Panicked(_)));
    assert!(matches!(of("dropped"), Outcome::Cancelled(CancelReason::Dropped)));
    assert!(matches!(of("taken back"), Outcome::Cancelled(CancelReason::Requested)));
    assert!(matches!(of("cleared"), Outcome::Cancelled(CancelReason::Superseded)));
    assert!(matches!(of("rejected"), Outcome::Rejected(RejectReason::LaneFull)));
    drop(seen);
    for job in [done, failed, panicked, cleared, laned] {
        assert!(job.is_finished());
    }
}

#[test]
fn handle_of_a_task_with_a_receiver_tells_how_it_ended() {
    let home = EventLoop::new().unwrap();
    let window = home.insert(());
    let pool = pool(1);
    let job = pool
        .task(|_| Err::<(), _>(Failure::msg("no")))
        .on_outcome(&window, |(), _| {})
        .spawn()
        .unwrap();

    assert!(matches!(job.wait(), Outcome::Failed(failure) if failure.to_string() == "no"));
}

#[test]
fn outcome_whose_receiver_is_gone_is_not_lost() {
    let heard = Heard::listen("for a closed window");
    let home = EventLoop::new().unwrap();
    let window = home.insert(0);
    let pool = pool(1);
    let handle = window.handle();
    drop(window);

    let job = pool
        .task(|_| Ok(1))
        .name("for a closed window")
        .on_outcome(&handle, |_, _| {})
        .spawn()
        .unwrap();

    assert!(job.wait().is_done());
    assert!(heard.next().to_lowercase().contains("done"));
}

#[test]
fn outcome_whose_receiver_goes_while_it_is_on_its_way_is_not_lost() {
    let heard = Heard::listen("for a closing window");
    let home = EventLoop::new().unwrap();
    let window = home.insert(0);
    let pool = pool(1);
    let job = pool
        .task(|_| Ok(1))
        .name("for a closing window")
        .on_outcome(&window, |_, _| {})
        .spawn()
        .unwrap();
    assert!(job.wait_timeout(LONG).unwrap().is_done());

    drop(window);
    home.drain();

    assert!(heard.next().to_lowercase().contains("done"));
}

#[test]
fn failure_and_panic_that_nobody_waits_for_reach_the_hook_and_the_rest_does_not() {
    let heard = Heard::listen("unwatched");
    let pool = pool(1);
    pool.task(|_| Err::<(), _>(Failure::msg("a disk is full")))
        .name("unwatched 1")
        .spawn()
        .unwrap()
        .detach();
    assert!(heard.next().contains("a disk is full"));
    pool.task::<(), _>(|_| panic!("on purpose"))
        .name("unwatched 2")
        .spawn()
        .unwrap()
        .detach();
    assert!(heard.next().contains("on purpose"));
    pool.spawn(|| panic!("unwatched 3")).unwrap();
    assert!(heard.next().contains("unwatched 3"));

    pool.task(|_| Ok(())).name("unwatched 4").spawn().unwrap().detach();
    drop(pool.task(|cx| Ok(cx.check()?)).name("unwatched 5").spawn().unwrap());
    let late = pool
        .task(|_| Err::<(), _>(Failure::msg("late")))
        .name("unwatched 6")
        .spawn()
        .unwrap();
    assert!(pool.wait_for_done(LONG));
    assert_eq!(heard.so_far(), 0);
    drop(late);
    assert!(heard.next().contains("late"));
}

#[test]
fn task_below_a_token_and_in_a_scope_is_cancelled_with_either() {
    let pool = ThreadPool::builder().max_threads(1).build();
    for by_scope in [false, true] {
        let (token, scope) = (CancellationToken::new(), Scope::new());
        let job = pool
            .task(|cx| {
                cx.token().wait();
                Ok(cx.check()?)
            })
            .token(&token)
            .scope(&scope)
            .spawn()
            .unwrap();
        if by_scope {
            scope.cancel();
        } else {
            token.cancel();
        }
        assert!(job.wait().is_cancelled(), "by the scope: {by_scope}");
    }
}
