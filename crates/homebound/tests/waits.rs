//! Waits that can never end are refused, however they come about; all others end.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/threads.rs"]
mod support;

use std::sync::mpsc;

use chance::{Dice, Watchdog, factor};
use std::time::Duration;

use homebound::{
    Delivery, Emitter, Handle, LoopProxy, MovableOwner, Outcome, Overflow, Refused, ReplyError, ThreadPool,
};
use support::{LIMIT, Remote, within_limit};

const FULL_OF_ONE: Delivery = Delivery::Bounded {
    capacity: 1,
    overflow: Overflow::Wait,
};

#[test]
fn wait_for_an_object_that_moves_to_the_waiting_thread_is_refused() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(1_u32);
    let handle = object.handle();
    let (tell, told) = mpsc::channel();
    // In front of the question: the move, which happens only when b waits.
    let release = a.hold();
    object.move_to(&b.proxy);
    let (waits, is_waiting) = mpsc::channel();
    b.proxy
        .post(move || {
            let mut answer = handle.ask(|n| *n);
            waits.send(()).unwrap();
            tell.send(answer.wait()).unwrap();
            // What was asked still runs, here.
            answer.try_take().ok_or(()).unwrap_err();
        })
        .unwrap();
    is_waiting.recv_timeout(LIMIT).unwrap();
    release.send(()).unwrap();

    assert_eq!(told.recv_timeout(LIMIT), Ok(Err(ReplyError::WouldBlockItself)));
    assert_eq!(object.handle().ask(|n| *n).wait_timeout(LIMIT), Ok(1));
}

#[test]
fn wait_in_a_circle_that_a_move_closes_is_refused() {
    let (a, b, c) = (Remote::new("a"), Remote::new("b"), Remote::new("c"));
    let object = a.proxy.insert_movable(());
    let in_b = b.proxy.insert_movable(());
    let release = a.hold();
    object.move_to(&c.proxy);
    // c waits for b, b waits for the object, and the object goes to c.
    let (tell, told) = mpsc::channel();
    let (waits, is_waiting) = mpsc::channel();
    let (asked, other) = (object.handle(), in_b.handle());
    c.proxy
        .post(move || {
            let inner = other
                .ask(move |()| {
                    let mut answer = asked.ask(|()| ());
                    waits.send(()).unwrap();
                    answer.wait()
                })
                .wait();
            tell.send(inner).unwrap();
        })
        .unwrap();
    is_waiting.recv_timeout(LIMIT).unwrap();
    release.send(()).unwrap();

    // Whoever closes the circle is refused: b, by the move, or c, if it begins to wait after all that.
    let refused = ReplyError::WouldBlockItself;
    let told = told.recv_timeout(LIMIT).unwrap();
    assert!(told == Ok(Err(refused)) || told == Err(refused), "{told:?}");
}

#[test]
fn blocking_emission_to_an_object_that_moves_to_the_waiting_thread_is_refused() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(0_u32);
    let signal = Emitter::<u32>::new();
    signal
        .with(Delivery::Blocking)
        .connect(&object, |sum, n| *sum += n)
        .unwrap();
    let release = a.hold();
    object.move_to(&b.proxy);
    let (tell, told) = mpsc::channel();
    let (emits, is_emitting) = mpsc::channel();
    b.proxy
        .post(move || {
            emits.send(()).unwrap();
            tell.send(signal.emit(5).into_refused()).unwrap();
        })
        .unwrap();
    is_emitting.recv_timeout(LIMIT).unwrap();
    release.send(()).unwrap();

    assert_eq!(told.recv_timeout(LIMIT).unwrap(), [Refused::WouldBlockItself]);
    // It arrives if it was under way when the object moved; to an object of its own thread nothing is sent.
    let sum = object.handle().ask(|sum| *sum).wait_timeout(LIMIT).unwrap();
    assert!(sum == 5 || sum == 0, "{sum}");
}

#[test]
fn wait_for_room_that_would_close_a_circle_is_refused() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let (in_a, in_b) = (a.proxy.insert_movable(0), b.proxy.insert_movable(0));
    let (to_a, to_b) = (Emitter::<u32>::new(), Emitter::<u32>::new());
    to_a.with(FULL_OF_ONE).connect(&in_a, |n: &mut u32, _| *n += 1).unwrap();
    to_b.with(FULL_OF_ONE).connect(&in_b, |n: &mut u32, _| *n += 1).unwrap();
    // Each fills the other's row, and then wants room.
    let (tell, told) = mpsc::channel();
    for (here, there) in [(&a, to_b), (&b, to_a)] {
        let tell = tell.clone();
        here.proxy
            .post(move || {
                let refused: Vec<_> = (0..100).flat_map(|n| there.emit(n).into_refused()).collect();
                tell.send(refused).unwrap();
            })
            .unwrap();
    }
    let mut refused = told.recv_timeout(LIMIT).unwrap();
    refused.extend(told.recv_timeout(LIMIT).unwrap());

    assert!(refused.iter().all(|refused| *refused == Refused::Full), "{refused:?}");
    let count = |handle: homebound::Handle<u32>| handle.ask(|n| *n).wait_timeout(LIMIT).unwrap() as usize;
    assert_eq!(count(in_a.handle()) + count(in_b.handle()) + refused.len(), 200);
}

#[test]
fn wait_for_room_at_an_object_that_moves_to_the_waiting_thread_is_refused() {
    let (a, b) = (Remote::new("a"), Remote::new("b"));
    let object = a.proxy.insert_movable(Vec::new());
    let signal = Emitter::<u32>::new();
    signal
        .with(FULL_OF_ONE)
        .connect(&object, |list: &mut Vec<u32>, n| list.push(*n))
        .unwrap();
    let release = a.hold();
    object.move_to(&b.proxy);
    let (tell, told) = mpsc::channel();
    let (emits, is_emitting) = mpsc::channel();
    b.proxy
        .post(move || {
            // The object is still at a: it goes when a is released.
            assert!(signal.emit(1).is_complete());
            emits.send(()).unwrap();
            tell.send(signal.emit(2).into_refused()).unwrap();
        })
        .unwrap();
    is_emitting.recv_timeout(LIMIT).unwrap();
    release.send(()).unwrap();

    assert_eq!(told.recv_timeout(LIMIT).unwrap(), [Refused::Full]);
    assert_eq!(object.handle().ask(std::mem::take).wait_timeout(LIMIT), Ok(vec![1]));
}

#[test]
fn wait_that_is_no_circle_goes_through_a_move() {
    let (a, b, c) = (Remote::new("a"), Remote::new("b"), Remote::new("c"));
    let object = a.proxy.insert_movable(7_u32);
    let handle = object.handle();
    let release = a.hold();
    object.move_to(&b.proxy);
    let (tell, told) = mpsc::channel();
    c.proxy
        .post(move || tell.send(handle.ask(|n| *n).wait()).unwrap())
        .unwrap();
    release.send(()).unwrap();

    assert_eq!(told.recv_timeout(LIMIT), Ok(Ok(7)));
}

/// One loop of several that send each other all kinds of things at random, one thing a turn.
struct Player {
    home: LoopProxy,
    /// For each loop an object, and a signal of each kind that leads to it.
    objects: Vec<Handle<u64>>,
    rows: Vec<Emitter<u64>>,
    calls: Vec<Emitter<u64>>,
    dice: Dice,
    left: usize,
    /// How often one was sent that was not refused, and what was refused.
    sent: u64,
    refused: u64,
    done: mpsc::Sender<(u64, u64)>,
}

impl Player {
    fn play(mut self) {
        if self.left == 0 {
            self.done.send((self.sent, self.refused)).unwrap();
            return;
        }
        self.left -= 1;
        let at = self.dice.below(self.objects.len());
        let refused = match self.dice.below(3) {
            0 => !self.rows[at].emit(1).into_refused().is_empty(),
            1 => match self.calls[at].emit(0).into_refused().as_slice() {
                [] => return self.next(),
                [Refused::WouldBlockItself] => {
                    self.refused += 1;
                    return self.next();
                }
                others => panic!("{others:?}"),
            },
            _ => match self.objects[at].ask(|sum| *sum += 1).wait() {
                Ok(()) => false,
                Err(ReplyError::WouldBlockItself) => {
                    // What was asked runs nevertheless.
                    self.refused += 1;
                    false
                }
                Err(other) => panic!("{other}"),
            },
        };
        if refused {
            self.refused += 1;
        } else {
            self.sent += 1;
        }
        self.next();
    }

    fn next(self) {
        let home = self.home.clone();
        home.post(move || self.play()).unwrap();
    }
}

#[test]
fn loops_that_ask_and_fill_each_other_at_random_while_objects_move_never_hang() {
    let _watchdog = Watchdog::new("loops that ask and fill each other", LIMIT * 6);
    let loops: Vec<_> = ["a", "b", "c"].map(Remote::new).into_iter().collect();
    let homes: Vec<_> = loops.iter().map(|home| home.proxy.clone()).collect();
    let objects: Vec<_> = homes.iter().map(|home| home.insert_movable(0_u64)).collect();
    let connected = |delivery| {
        let connect = |object: &MovableOwner<u64>| {
            let signal = Emitter::<u64>::new();
            signal.with(delivery).connect(object, |sum, n| *sum += n).unwrap();
            signal
        };
        objects.iter().map(connect).collect::<Vec<_>>()
    };
    let (rows, calls) = (connected(FULL_OF_ONE), connected(Delivery::Blocking));
    let (done, is_done) = mpsc::channel();
    for (seed, home) in homes.iter().enumerate() {
        let player = Player {
            home: home.clone(),
            objects: objects.iter().map(MovableOwner::handle).collect(),
            rows: rows.clone(),
            calls: calls.clone(),
            dice: Dice::new(seed as u64 + 1),
            left: 500 * factor(),
            sent: 0,
            refused: 0,
            done: done.clone(),
        };
        home.post(move || player.play()).unwrap();
    }

    let mut dice = Dice::new(99);
    let (mut sent, mut refused) = (0, 0);
    for _ in 0..loops.len() {
        let (more, less) = loop {
            objects[dice.below(objects.len())].move_to(&homes[dice.below(homes.len())]);
            match is_done.recv_timeout(Duration::from_micros(200)) {
                Ok(counts) => break counts,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(gone) => panic!("a loop has died: {gone}"),
            }
        };
        (sent, refused) = (sent + more, refused + less);
    }

    let got = objects
        .iter()
        .map(|object| object.handle().ask(|sum| *sum).wait_timeout(LIMIT).unwrap());
    assert_eq!(got.sum::<u64>(), sent);
    assert!(refused < 2 * sent, "most go through: {refused} refused, {sent} sent");
    drop(objects);
    within_limit(move || drop(loops));
}

#[test]
fn job_that_waits_for_an_object_of_a_loop_that_waits_for_the_job_with_a_limit_is_answered() {
    let a = Remote::new("a");
    let object = a.proxy.insert_movable(3_u32);
    let handle = object.handle();
    let pool = ThreadPool::builder().max_threads(1).build();
    let job = pool.task(move |_| Ok(handle.ask(|n| *n).wait()?)).spawn().unwrap();

    assert!(matches!(job.wait_timeout(LIMIT), Ok(Outcome::Done(3))));
}
