//! Conservation under load. `HOMEBOUND_STRESS` multiplies the small defaults.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/threads.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chance::{Dice, Watchdog, factor};
use homebound::{Delivery, Emitter, EventLoop, MovableOwner, Overflow};
use support::Remote;

const SENDERS: usize = 4;

/// What a receiver has got: of each sender the next number.
#[derive(Default)]
struct Receives {
    next: [u64; SENDERS],
    got: u64,
}

impl Receives {
    fn take(&mut self, (sender, n): (usize, u64)) {
        assert_eq!(n, self.next[sender], "of sender {sender}");
        self.next[sender] += 1;
        self.got += 1;
    }
}

#[test]
fn queued_emissions_are_neither_lost_nor_doubled_and_keep_their_order() {
    let each = 10_000 * factor() as u64;
    let _watchdog = Watchdog::new("conservation", Duration::from_secs(60 + 2 * factor() as u64));
    let loops = [Remote::new("a"), Remote::new("b"), Remote::new("c")];
    let signal = Emitter::<(usize, u64)>::new();

    // Always connected: they get everything. One stays, one moves.
    let fixed: Vec<_> = loops
        .iter()
        .map(|home| home.proxy.insert_with(|_| Receives::default()))
        .collect();
    for object in &fixed {
        signal
            .with(Delivery::Queued)
            .connect(object, |all, sent| all.take(*sent))
            .unwrap();
    }
    let moving: Vec<_> = loops
        .iter()
        .map(|home| home.proxy.insert_movable(Receives::default()))
        .collect();
    for object in &moving {
        signal
            .with(Delivery::Queued)
            .connect(object, |all, sent| all.take(*sent))
            .unwrap();
    }
    let bounded = loops[1].proxy.insert_with(|_| Receives::default());
    signal
        .with(Delivery::Bounded {
            capacity: 64,
            overflow: Overflow::Wait,
        })
        .connect(&bounded, |all, sent| all.take(*sent))
        .unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let signal = signal.clone();
            std::thread::spawn(move || {
                for n in 0..each {
                    assert!(signal.emit((sender, n)).is_complete());
                }
            })
        })
        .collect();
    let mover = std::thread::spawn({
        let (done, proxies) = (Arc::clone(&done), loops.each_ref().map(|home| home.proxy.clone()));
        let mut dice = Dice::new(7);
        move || {
            while !done.load(Ordering::SeqCst) {
                let object = &moving[dice.below(3)];
                object.move_to(&proxies[dice.below(3)]);
                // A move looks through all that waits at the old home: without a pause the moves would be all that the loops do.
                object.handle().ask(|_| ()).wait().unwrap();
            }
            moving
        }
    });
    // Connections that come and go: between connect and disconnect nothing is doubled or out of order, and nothing comes after.
    let churn = std::thread::spawn({
        let (done, signal, at) = (Arc::clone(&done), signal.clone(), loops[2].proxy.clone());
        move || {
            let late = Arc::new(AtomicUsize::new(0));
            let mut rounds = 0;
            while !done.load(Ordering::SeqCst) {
                let ended = Arc::new(AtomicBool::new(false));
                let (seen, count) = (Arc::clone(&ended), Arc::clone(&late));
                let mut last = [None; SENDERS];
                let connection = signal
                    .with(Delivery::Queued)
                    .connect_on(&at, move |(sender, n): &(usize, u64)| {
                        assert!(last[*sender].is_none_or(|last| last + 1 == *n), "a gap or a double");
                        last[*sender] = Some(*n);
                        // A call may be running while the other thread disconnects, so the flag is looked at first.
                        if seen.load(Ordering::SeqCst) {
                            count.fetch_add(1, Ordering::SeqCst);
                        }
                    })
                    .unwrap();
                std::thread::yield_now();
                connection.disconnect();
                // Whatever runs just now ends before the loop gets here.
                let (tell, told) = std::sync::mpsc::channel();
                at.post_with_priority(1, move || {
                    ended.store(true, Ordering::SeqCst);
                    let _ = tell.send(());
                })
                .unwrap();
                let _ = told.recv();
                rounds += 1;
            }
            (rounds, late.load(Ordering::SeqCst))
        }
    });
    senders.into_iter().for_each(|thread| thread.join().unwrap());
    done.store(true, Ordering::SeqCst);
    let moving: Vec<MovableOwner<Receives>> = mover.join().unwrap();
    let (rounds, late) = churn.join().unwrap();
    assert!(rounds > 0);
    assert_eq!(late, 0, "called after disconnect");

    let expected = SENDERS as u64 * each;
    for object in fixed.iter().chain([&bounded]) {
        assert_eq!(object.handle().ask(|all| all.got).wait(), Ok(expected));
    }
    for object in &moving {
        assert_eq!(object.handle().ask(|all| all.got).wait(), Ok(expected));
    }
    for home in &loops {
        assert_eq!(home.call(|| EventLoop::current().unwrap().undelivered()), 0);
    }
}
