//! Runs inside slots, access by address, and taking back what was sent.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use homebound::{AccessError, CancellationToken, EventLoop, NestedRun, ReplyError, Signal, Worker};

const LIMIT: Duration = Duration::from_secs(20);

fn log() -> (Rc<RefCell<Vec<&'static str>>>, impl Fn(&'static str) + Clone) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let write = Rc::clone(&log);
    (log, move |line| write.borrow_mut().push(line))
}

#[test]
fn a_nested_run_ends_without_the_run_around_it() {
    let home = EventLoop::new().unwrap();
    let (log, write) = log();
    let inside = home.clone();
    home.post(move || {
        write("slot begins");
        let dialog = NestedRun::new(&inside);
        let (stopper, in_dialog, after) = (dialog.stopper(), write.clone(), write.clone());
        inside.post(move || in_dialog("in the dialog")).unwrap();
        inside.post(move || stopper.stop()).unwrap();
        assert!(dialog.run());
        write("slot ends");
        let quit = inside.clone();
        inside
            .post(move || {
                after("after");
                quit.quit();
            })
            .unwrap();
    })
    .unwrap();

    home.run();

    assert_eq!(*log.borrow(), ["slot begins", "in the dialog", "slot ends", "after"]);
}

#[test]
fn a_nested_run_is_stopped_from_another_thread_and_before_it_begins() {
    let home = EventLoop::new().unwrap();
    let dialog = NestedRun::new(&home);

    dialog.stopper().stop();
    assert!(dialog.run(), "sticky");
    let stopper = dialog.stopper();
    let other = std::thread::spawn(move || stopper.stop());
    assert!(dialog.run(), "used up by the first run, stopped anew");
    other.join().unwrap();
}

#[test]
fn a_quit_ends_the_nested_run_and_the_run_around_it() {
    let home = EventLoop::new().unwrap();
    let (log, write) = log();
    let inside = home.clone();
    home.post(move || {
        let quit = inside.clone();
        inside.post(move || quit.quit()).unwrap();
        assert!(!NestedRun::new(&inside).run());
        write("left the dialog");
    })
    .unwrap();

    home.run();

    assert_eq!(*log.borrow(), ["left the dialog"]);
    assert!(!home.is_quitting(), "used up");
}

#[test]
fn with_reaches_an_object_at_once_and_says_why_not() {
    let home = EventLoop::new().unwrap();
    let number = home.insert(1);
    let handle = number.handle();
    let elsewhere = Worker::builder("elsewhere").start().unwrap();
    let away = elsewhere.insert_with(|_| 1);

    assert_eq!(home.with(&handle, |n| std::mem::replace(n, 2)), Ok(1));
    assert_eq!(home.with(&away, |n| *n), Err(AccessError::NotHere));
    {
        let _borrowed = number.borrow_mut();
        assert_eq!(home.with(&handle, |n| *n), Err(AccessError::Running));
    }
    drop(number);
    assert_eq!(home.with(&handle, |n| *n), Err(AccessError::Gone));
}

#[test]
fn discarded_events_do_not_arrive_and_others_do() {
    let home = EventLoop::new().unwrap();
    let (one, other) = (home.insert(Vec::new()), home.insert(Vec::new()));
    let signal = Signal::<i32>::new();
    for receiver in [&one, &other] {
        signal
            .with(homebound::Delivery::Queued)
            .connect(receiver, |list: &mut Vec<i32>, n| list.push(*n))
            .unwrap();
    }
    signal.emit(1);
    one.handle().post(|list| list.push(2)).unwrap();
    one.handle().post_with_priority(5, |list| list.push(3)).unwrap();

    assert_eq!(home.discard_pending(&one), 3);
    one.handle().post(|list| list.push(4)).unwrap();
    home.drain();

    assert_eq!((one.borrow().clone(), other.borrow().clone()), (vec![4], vec![1]));
}

#[test]
fn a_delete_waits_for_the_turn_that_asked_for_it() {
    struct Tells(mpsc::Sender<()>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let home = EventLoop::new().unwrap();
    let (tell, told) = mpsc::channel();
    let object = home.insert(Tells(tell)).leave();
    let inside = home.clone();
    home.post(move || {
        object.delete();
        let dialog = NestedRun::new(&inside);
        let stopper = dialog.stopper();
        inside.post(move || stopper.stop()).unwrap();
        dialog.run();
        assert!(told.try_recv().is_err(), "not inside the dialog");
        inside
            .post({
                let quit = inside.clone();
                move || {
                    // Behind the end that was held back.
                    let last = quit.clone();
                    quit.post(move || {
                        assert!(told.try_recv().is_ok(), "when the outer turn went on");
                        last.quit();
                    })
                    .unwrap();
                }
            })
            .unwrap();
    })
    .unwrap();

    home.run();
}

#[test]
fn a_wait_for_an_answer_ends_with_its_token() {
    let home = EventLoop::new().unwrap(); // never runs: the answer never comes
    let silent = home.insert(()).leave();
    let token = CancellationToken::new();
    let (waiting, canceller) = (token.clone(), token);
    let (tell, told) = mpsc::channel();
    let waiter = std::thread::spawn(move || tell.send(silent.ask(|()| ()).wait_or_cancel(&waiting)).unwrap());

    canceller.cancel();

    assert_eq!(told.recv_timeout(LIMIT).unwrap(), Err(ReplyError::Cancelled));
    waiter.join().unwrap();
}

#[test]
fn waits_that_would_close_a_circle_are_refused() {
    let (a, b) = (
        Worker::builder("a").start().unwrap(),
        Worker::builder("b").start().unwrap(),
    );
    let (in_a, in_b) = (a.insert_with(|_| ()), b.insert_with(|_| ()));
    let (ask_a, ask_b) = (in_a.handle(), in_b.handle());
    let (tell, told) = mpsc::channel();

    // a waits for b, which asks a in turn.
    in_a.handle()
        .post(move |()| {
            let inner = ask_b.ask(move |()| ask_a.ask(|()| ()).wait()).wait();
            tell.send(inner).unwrap();
        })
        .unwrap();

    // Whoever begins to wait last closes the circle and is refused: b as a rule, a if b was quicker.
    let told = told.recv_timeout(LIMIT).unwrap();
    let refused = ReplyError::WouldBlockItself;
    assert!(told == Ok(Err(refused)) || told == Err(refused), "{told:?}");
}

#[test]
fn blocking_emissions_that_would_close_a_circle_are_refused() {
    let (a, b) = (
        Worker::builder("a").start().unwrap(),
        Worker::builder("b").start().unwrap(),
    );
    let (in_a, in_b) = (a.insert_with(|_| 0), b.insert_with(|_| 0));
    let (to_a, to_b) = (homebound::Emitter::<u8>::new(), homebound::Emitter::<u8>::new());
    let (tell, told) = mpsc::channel();
    to_a.with(homebound::Delivery::Blocking)
        .connect(&in_a, |n: &mut i32, _| *n += 1)
        .unwrap();
    let back = to_a.clone();
    to_b.with(homebound::Delivery::Blocking)
        .connect(&in_b, move |_: &mut i32, _| {
            tell.send(back.emit(1).into_refused()).unwrap()
        })
        .unwrap();

    let (tell_first, told_first) = mpsc::channel();
    in_a.handle()
        .post(move |_| tell_first.send(to_b.emit(1).into_refused()).unwrap())
        .unwrap();

    // Whoever begins to wait last closes the circle and is refused.
    let mut refused = told.recv_timeout(LIMIT).unwrap();
    refused.extend(told_first.recv_timeout(LIMIT).unwrap());
    assert_eq!(refused, [homebound::Refused::WouldBlockItself]);
    assert_eq!(
        in_a.handle().ask(|n| *n).wait(),
        Ok(1),
        "called nevertheless, when its thread came to it"
    );
}

#[test]
fn signals_in_a_circle_are_cut_before_the_stack_ends() {
    let (one, other) = (homebound::Emitter::<u8>::new(), homebound::Emitter::<u8>::new());
    one.with(homebound::ConnectOptions::new())
        .connect_signal(&other)
        .unwrap();
    other
        .with(homebound::ConnectOptions::new())
        .connect_signal(&one)
        .unwrap();
    assert_eq!(
        one.emit(1).into_refused(),
        [homebound::Refused::TooDeep],
        "without a home"
    );

    let _home = EventLoop::new().unwrap();
    let signal = Signal::<u8>::new();
    signal
        .with(homebound::ConnectOptions::new())
        .connect_signal(&signal.emitter())
        .unwrap();
    assert_eq!(signal.emit(1).into_refused(), [homebound::Refused::TooDeep], "at home");
    assert_eq!(
        signal.emit(1).into_refused(),
        [homebound::Refused::TooDeep],
        "and again: the depth is counted down"
    );
}
