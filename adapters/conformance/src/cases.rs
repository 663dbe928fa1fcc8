//! The cases. Each is a claim; each host is opened anew, on the test's own thread.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use homebound::{Clock, Delivery, Emitter, Handle, Idle, MissedTicks, Timer};

use crate::log::Log;
use crate::{Frame, Host, LIMIT};

/// Times that a wake-up could be lost.
const ROUNDS: u32 = 1_000;
/// Events of a burst.
const BURST: u32 = 20_000;
/// What a toolkit may want to paint for reasons of its own until it rests.
const SETTLING: Duration = Duration::from_millis(300);
/// How long a host at rest is watched.
const WATCHED: Duration = Duration::from_millis(500);
/// Far longer than any case lasts.
const LATE: Duration = Duration::from_hours(1);
const SOON: Duration = Duration::from_millis(5);

/// Runs the host until nothing happens any more.
fn settle(host: &mut impl Host) {
    host.run(SETTLING, &mut |_home| Frame::Again);
}

/// The first frame delivers what was posted before it, from wherever.
///
/// # Panics
/// If the host does not do so.
pub fn what_was_posted_before_the_first_frame_arrives<H: Host>() {
    let mut host = H::open();
    let log = Log::new(host.home());
    let handle = log.handle();

    log.handle().post("at home");
    thread::scope(|scope| drop(scope.spawn(|| handle.post("from afar"))));
    log.wait(&mut host, 2);

    assert_eq!(log.entries(), ["at home", "from afar"]);
}

/// A host that sleeps is woken by a post, each time.
///
/// # Panics
/// If the host does not do so.
pub fn a_post_from_another_thread_wakes_a_host_at_rest<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let log = Log::new(host.home());
    let (handle, arrived) = (log.handle(), log.handle());

    thread::scope(|scope| {
        scope.spawn(move || {
            for round in 0..ROUNDS {
                handle.post(round);
                while arrived.len() <= round as usize {
                    thread::yield_now();
                }
            }
        });
        log.wait(&mut host, ROUNDS as usize);
    });

    assert_eq!(log.entries(), (0..ROUNDS).collect::<Vec<_>>());
}

/// The host's own code, running in a frame after the dispatch, may post at home.
///
/// # Panics
/// If the host does not do so.
pub fn a_post_from_a_frame_leads_to_another_frame<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let log = Log::new(host.home());
    let handle = log.handle();
    let before = host.frames();
    log.handle().post(0);

    let done = host.run(LIMIT, &mut |_home| {
        let arrived = log.len();
        if arrived < 50 {
            // Once for each that has arrived: what wakes the host now is the post of this frame.
            handle.post(arrived);
        }
        Frame::done_if(arrived >= 50)
    });

    assert!(done, "{} have arrived", log.len());
    assert!(host.frames() > before);
}

/// A slot may post to its own loop; it arrives in a later turn.
///
/// # Panics
/// If the host does not do so.
pub fn a_post_from_a_slot_arrives<H: Host>() {
    fn chain(handle: &Handle<u32>, left: u32, done: Arc<AtomicBool>) {
        let next = handle.clone();
        let posted = handle.post(move |count| {
            *count += 1;
            if left == 1 {
                done.store(true, Ordering::Release);
            } else {
                chain(&next, left - 1, done);
            }
        });
        assert!(posted.is_ok(), "the host is open");
    }
    let mut host = H::open();
    let count = host.home().insert(0);
    let done = Arc::new(AtomicBool::new(false));

    chain(&count.handle(), ROUNDS, Arc::clone(&done));
    let ended = host.run(LIMIT, &mut |_home| Frame::done_if(done.load(Ordering::Acquire)));

    assert!(ended);
    assert_eq!(*count.borrow(), ROUNDS);
}

/// Many posts to a host that does not run ask it for a frame a few times, not once each.
///
/// # Panics
/// If the host does not do so.
pub fn a_burst_costs_few_wakes_and_keeps_its_order<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let log = Log::new(host.home());
    let handle = log.handle();
    let before = host.wakes();

    thread::scope(|scope| drop(scope.spawn(move || (0..BURST).for_each(|n| handle.post(n)))));
    let wakes = host.wakes() - before;
    log.wait(&mut host, BURST as usize);

    assert!((1..=2).contains(&wakes), "{wakes} wakes for {BURST} posts");
    assert_eq!(log.entries(), (0..BURST).collect::<Vec<_>>());
}

/// What one thread sends arrives in its order, whatever others send between.
///
/// # Panics
/// If the host does not do so.
pub fn each_senders_order_is_kept<H: Host>() {
    let mut host = H::open();
    let log = Log::new(host.home());

    thread::scope(|scope| {
        for sender in 0..3_u32 {
            let handle = log.handle();
            scope.spawn(move || (0..BURST).for_each(|n| handle.post((sender, n))));
        }
        log.wait(&mut host, 3 * BURST as usize);
    });

    for sender in 0..3 {
        let of_sender = log.entries().into_iter().filter(|entry| entry.0 == sender);
        assert!(of_sender.map(|entry| entry.1).eq(0..BURST), "sender {sender}");
    }
}

/// A repeating timer keeps ticking in a host that has no other reason to run.
///
/// # Panics
/// If the host does not do so.
pub fn a_timer_comes_while_nothing_else_happens<H: Host>() {
    let mut host = H::open();
    let ticks = Rc::new(Cell::new(0));
    let timer = Timer::repeating(host.home(), SOON).missed_ticks(MissedTicks::Burst);
    let counted = Rc::clone(&ticks);
    let connected = timer.timeout().connect_fn(move |_tick| counted.set(counted.get() + 1));
    assert!(connected.is_ok());
    settle(&mut host);
    let clock = Clock::new();
    let began = clock.now();
    timer.start();
    ticks.set(0);

    let done = host.run(LIMIT, &mut |_home| Frame::done_if(ticks.get() >= 20));

    assert!(done, "{} ticks", ticks.get());
    let took = clock.now().saturating_sub(began);
    assert!(took >= 20 * SOON, "20 ticks of {SOON:?} in {took:?}: some came early");
}

/// A timer that the host's own code starts in a frame comes without any other reason to run.
///
/// # Panics
/// If the host does not do so.
pub fn a_timer_started_in_a_frame_comes<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let fired = Rc::new(Cell::new(false));
    let timer = Timer::single_shot(host.home(), SOON);
    let heard = Rc::clone(&fired);
    let connected = timer.timeout().connect_fn(move |_tick| heard.set(true));
    assert!(connected.is_ok());
    let posted = host.home().proxy().post(|| {});
    assert!(posted.is_ok());

    let mut started = false;
    let done = host.run(LIMIT, &mut |_home| {
        if !started {
            started = true;
            timer.start();
        }
        Frame::done_if(fired.get())
    });

    assert!(done);
}

/// A timer that was to come late and is started anew to come soon wakes the host soon.
///
/// # Panics
/// If the host does not do so.
pub fn a_timer_that_is_brought_forward_in_a_frame_comes_early<H: Host>() {
    let mut host = H::open();
    let fired = Rc::new(Cell::new(false));
    let timer = Timer::single_shot(host.home(), LATE);
    let heard = Rc::clone(&fired);
    let connected = timer.timeout().connect_fn(move |_tick| heard.set(true));
    assert!(connected.is_ok());
    timer.start();
    settle(&mut host);
    let posted = host.home().proxy().post(|| {});
    assert!(posted.is_ok());

    let mut brought_forward = false;
    let done = host.run(LIMIT, &mut |_home| {
        if !brought_forward {
            brought_forward = true;
            timer.start_with(SOON);
        }
        Frame::done_if(fired.get())
    });

    assert!(done);
}

/// Idle work is done while the host has nothing else to do.
///
/// # Panics
/// If the host does not do so.
pub fn idle_work_is_done_without_a_reason_to_wake<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let pieces = Rc::new(Cell::new(0));
    let done = Rc::clone(&pieces);

    host.home().on_idle(move || {
        done.set(done.get() + 1);
        if done.get() < 20 { Idle::Again } else { Idle::Done }
    });
    let ended = host.run(LIMIT, &mut |_home| Frame::done_if(pieces.get() == 20));

    assert!(ended, "{} pieces", pieces.get());
}

/// A future on the hosted loop goes on when its waker is called from another thread.
///
/// # Panics
/// If the host does not do so.
pub fn a_future_is_polled_when_another_thread_wakes_it<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    let (sender, receiver) = (Arc::new(AtomicBool::new(false)), Rc::new(Cell::new(false)));
    let wakers = host.home().insert(Vec::<Waker>::new());
    let (ready, kept) = (Arc::clone(&sender), wakers.handle());
    let future = std::future::poll_fn(move |cx| {
        if ready.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let posted = kept.post(move |wakers| wakers.push(waker));
        assert!(posted.is_ok());
        Poll::Pending
    });
    let ended = Rc::clone(&receiver);
    drop(host.home().spawn_local(async move {
        future.await;
        ended.set(true);
    }));
    let waiting = host.run(LIMIT, &mut |_home| Frame::done_if(!wakers.borrow().is_empty()));
    assert!(waiting, "the future was polled once");
    settle(&mut host);

    let waker = wakers.borrow_mut().remove(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            sender.store(true, Ordering::Release);
            waker.wake();
        });
        assert!(host.run(LIMIT, &mut |_home| Frame::done_if(receiver.get())));
    });
}

/// While two threads emit without a pause, the host's frames and a timer go on, and nothing is lost.
///
/// # Panics
/// If the host does not do so.
pub fn a_flood_does_not_stop_the_frames<H: Host>() {
    let mut host = H::open();
    let received = host.home().insert(0_usize);
    let flood = Emitter::<u64>::new();
    let connected = flood
        .with(Delivery::BOUNDED)
        .connect(&received, |received, _| *received += 1);
    assert!(connected.is_ok());
    let ticks = host.home().insert(0_u64);
    let timer = Timer::repeating(host.home(), SOON);
    assert!(timer.on_tick(&ticks, |ticks, _tick| *ticks += 1).is_ok());
    timer.start();
    let stop = AtomicBool::new(false);
    let sent = AtomicUsize::new(0);

    let (frames, ticked) = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert!(flood.emit(1).is_complete());
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let before = host.frames();
        let done = host.run(LIMIT, &mut |_home| Frame::done_if(*ticks.borrow() >= 20));
        stop.store(true, Ordering::Relaxed);
        // Whoever waits for room goes on.
        host.run(LIMIT, &mut |_home| {
            Frame::done_if(*received.borrow() >= sent.load(Ordering::Relaxed))
        });
        (host.frames() - before, done)
    });
    let whole = host.run(LIMIT, &mut |_home| {
        Frame::done_if(*received.borrow() == sent.load(Ordering::Relaxed))
    });

    assert!(ticked, "the timer starved: {} ticks", *ticks.borrow());
    assert!(frames >= 5, "the host starved: {frames} frames");
    assert!(whole, "{} of {sent:?}", *received.borrow());
}

/// A slot that runs the loop within itself lets other objects go on, and gets what is sent to itself afterwards.
///
/// # Panics
/// If the host does not do so.
pub fn a_nested_run_lets_others_go_on<H: Host>() {
    let mut host = H::open();
    let log = Log::new(host.home());
    let dialog = host.home().insert(());
    let (asked, heard, outside) = (log.handle(), log.handle(), log.handle());
    let other = host.home().insert(41);
    let other = other.handle();
    let dialog_handle = dialog.handle();

    let posted = dialog.handle().post(move |()| {
        asked.post("opened");
        let again = dialog_handle.post(move |()| heard.post("sent to itself"));
        assert!(again.is_ok());
        let answer = homebound::EventLoop::current().and_then(|home| home.run_until(other.ask(|n| *n + 1)));
        assert_eq!(answer, Some(Ok(42)), "another object goes on");
        asked.post("closed");
    });
    assert!(posted.is_ok());
    outside.post("after");
    log.wait(&mut host, 4);

    let position = |entry: &str| log.entries().iter().position(|found| *found == entry);
    assert!(position("opened") < position("closed"));
    assert!(
        position("closed") < position("sent to itself"),
        "an object is not re-entered"
    );
}

/// A panic ends its slot, and neither the loop nor the host.
///
/// # Panics
/// If the host does not do so.
pub fn a_slot_that_panics_does_not_end_the_host<H: Host>() {
    let mut host = H::open();
    let log = Log::new(host.home());

    log.handle().post("before");
    let posted = host.home().post(|| panic!("this panic belongs to the test"));
    assert!(posted.is_ok());
    log.handle().post("after");
    log.wait(&mut host, 2);

    assert_eq!(log.entries(), ["before", "after"]);
}

/// A host without anything to do asks for no frames: an idle window costs nothing.
///
/// # Panics
/// If the host does not do so.
pub fn a_host_at_rest_stays_at_rest<H: Host>() {
    let mut host = H::open();
    let log = Log::new(host.home());
    let timer = Timer::repeating(host.home(), LATE);
    timer.start();
    log.handle().post(());
    log.wait(&mut host, 1);
    settle(&mut host);
    let (frames, wakes) = (host.frames(), host.wakes());

    host.run(WATCHED, &mut |_home| Frame::Again);

    assert_eq!((host.frames() - frames, host.wakes() - wakes), (0, 0));
}

/// A quit, from whatever thread, asks the toolkit to end the program. A host that stays open can be asked again.
///
/// # Panics
/// If the host does not do so.
pub fn a_quit_from_another_thread_closes_the_host<H: Host>() {
    let mut host = H::open();
    settle(&mut host);
    assert!(!host.was_asked_to_close());
    let proxy = host.home().proxy();

    thread::scope(|scope| drop(scope.spawn(move || proxy.quit())));
    host.run(LIMIT, &mut |home| Frame::done_if(!home.is_quitting()));

    assert!(host.was_asked_to_close());
    assert!(!host.home().is_quitting(), "the request is used up");
}

/// When the host is gone, whoever posts gets the closure back; what was accepted before is dropped at home.
///
/// # Panics
/// If the host does not do so.
pub fn a_closed_host_hands_posts_back<H: Host>() {
    let host = H::open();
    let proxy = host.home().proxy();
    let object = host.home().insert(());
    let handle = object.handle();

    let called = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&called);

    drop(host);
    let post = move || proxy.post(move || heard.store(true, Ordering::Relaxed));
    let refused = thread::scope(|scope| scope.spawn(post).join()).expect("a post does not panic");

    refused.expect_err("a closed loop takes nothing").into_inner()();
    assert!(called.load(Ordering::Relaxed), "it is the closure that was posted");
    assert!(handle.post(|()| {}).is_err());
}
