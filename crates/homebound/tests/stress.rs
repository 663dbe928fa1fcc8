//! Conservation under load, and random ends of everything. `HOMEBOUND_STRESS` multiplies the small defaults.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/threads.rs"]
mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chance::{Dice, Watchdog, factor};
use homebound::{
    ConnectOptions, Connection, Delivery, Emitter, EventLoop, LoopProxy, MovableOwner, Overflow, RemoteOwner, Signal,
};
use support::{Alive, Count, Remote};

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

/// What the threads of one random run have made and may use or drop.
#[derive(Default)]
struct Things {
    emitters: Vec<Emitter<u64>>,
    connections: Vec<Connection>,
    owners: Vec<RemoteOwner<Alive>>,
    movers: Vec<MovableOwner<Alive>>,
    proxies: Vec<LoopProxy>,
}

impl Things {
    fn any<T: Clone>(list: &[T], dice: &mut Dice) -> Option<T> {
        (!list.is_empty()).then(|| list[dice.below(list.len())].clone())
    }
}

fn delivery(dice: &mut Dice) -> Delivery {
    match dice.below(9) {
        0 => Delivery::Latest { every: Duration::ZERO },
        1 => Delivery::Latest {
            every: Duration::from_micros(50),
        },
        2 => Delivery::Bounded {
            capacity: 2,
            overflow: Overflow::Wait,
        },
        3 => Delivery::Bounded {
            capacity: 2,
            overflow: Overflow::DropOldest,
        },
        4 => Delivery::Queued,
        5 => Delivery::Blocking,
        6 => Delivery::Direct,
        _ => Delivery::Auto,
    }
}

fn act(things: &Mutex<Things>, alive: &Count, calls: &Arc<AtomicU64>, dice: &mut Dice) {
    let slot = || {
        let (one, calls) = (alive.one(), Arc::clone(calls));
        move || {
            let _ = &one;
            calls.fetch_add(1, Ordering::Relaxed);
        }
    };
    let mut all = things.lock().unwrap();
    let proxy = Things::any(&all.proxies, dice);
    let emitter = Things::any(&all.emitters, dice);
    match dice.below(14) {
        0 => all.emitters.push(Emitter::new()),
        1 if all.emitters.len() > 2 => {
            let at = dice.below(all.emitters.len());
            let gone = all.emitters.swap_remove(at);
            drop(all);
            drop(gone);
        }
        2 => {
            if let Some(proxy) = proxy {
                let one = alive.one();
                all.owners.push(proxy.insert_with(move |_| one));
            }
        }
        3 => {
            if let Some(proxy) = proxy {
                all.movers.push(proxy.insert_movable(alive.one()));
            }
        }
        4 if !all.owners.is_empty() => {
            let at = dice.below(all.owners.len());
            let gone = all.owners.swap_remove(at);
            drop(all);
            drop(gone);
        }
        5 if !all.movers.is_empty() => {
            let at = dice.below(all.movers.len());
            if let (Some(to), true) = (proxy, dice.below(4) > 0) {
                all.movers[at].move_to(&to);
            } else {
                let gone = all.movers.swap_remove(at);
                drop(all);
                drop(gone);
            }
        }
        6 if !all.connections.is_empty() => {
            let at = dice.below(all.connections.len());
            let gone = all.connections.swap_remove(at);
            drop(all);
            gone.disconnect();
        }
        7 | 8 => {
            let Some(emitter) = emitter else { return };
            let mut options = ConnectOptions::new().delivery(delivery(dice));
            if dice.below(4) == 0 {
                options = options.single_shot();
            }
            let slot = slot();
            let made = match (dice.below(3), all.owners.last(), all.movers.last(), proxy) {
                (0, Some(owner), ..) => {
                    let handle = owner.handle();
                    drop(all);
                    emitter.with(options).connect(&handle, move |_, _| slot())
                }
                (1, _, Some(owner), _) => {
                    let handle = owner.handle();
                    drop(all);
                    emitter.with(options).connect(&handle, move |_, _| slot())
                }
                (.., Some(proxy)) => {
                    drop(all);
                    emitter.with(options).connect_on(&proxy, move |_| slot())
                }
                _ => return,
            };
            if let Ok(connection) = made {
                things.lock().unwrap().connections.push(connection);
            }
        }
        9 => {
            drop(all);
            let Some(proxy) = proxy else { return };
            let (slot, relayed, to) = (slot(), slot(), Things::any(&things.lock().unwrap().proxies, dice));
            let _ = proxy.post(move || {
                slot();
                // A signal that lives at that home for a moment.
                let signal = Signal::<u64>::new();
                let _ = signal.connect_fn(move |_| slot());
                // Not one of the others' signals: a loop that waits for a loop that waits for it is a deadlock of the program's own.
                let relay = Emitter::new();
                if let Some(to) = to {
                    let _ = relay.with(Delivery::Queued).connect_on(&to, move |_| relayed());
                }
                let _ = signal.with(ConnectOptions::new()).connect_signal(&relay);
                drop(signal.emit(1).into_refused());
            });
        }
        _ => {
            drop(all);
            if let Some(emitter) = emitter {
                drop(emitter.emit(dice.0).into_refused());
            }
        }
    }
}

fn random_run(seed: u64) {
    let alive = Count::new();
    let calls = Arc::new(AtomicU64::new(0));
    let things = Arc::new(Mutex::new(Things::default()));
    let mut loops: Vec<_> = (0..3).map(|n| Remote::new(&format!("{seed}-{n}"))).collect();
    {
        let mut all = things.lock().unwrap();
        all.proxies = loops.iter().map(|home| home.proxy.clone()).collect();
        all.emitters = (0..3).map(|_| Emitter::new()).collect();
    }
    let threads: Vec<_> = (0..3)
        .map(|thread| {
            let (things, alive, calls) = (Arc::clone(&things), alive.clone(), Arc::clone(&calls));
            std::thread::spawn(move || {
                let mut dice = Dice::new(seed * 8 + thread);
                (0..400).for_each(|_| act(&things, &alive, &calls, &mut dice));
            })
        })
        .collect();
    // Loops end in the middle of it, in an order that the seed decides.
    let mut dice = Dice::new(seed);
    for _ in 0..3 {
        for _ in 0..dice.below(2000) {
            std::thread::yield_now();
        }
        let at = dice.below(loops.len());
        loops.swap_remove(at).end();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(Arc::into_inner(things).expect("all threads have ended"));
    assert_eq!(alive.get(), 0, "seed {seed} leaks");
}

#[test]
fn random_ends_of_everything_neither_panic_nor_hang_nor_leak() {
    support::heard();
    let seeds = 20 * factor() as u64;
    for seed in 0..seeds {
        let _watchdog = Watchdog::new("a random run", Duration::from_secs(30));
        random_run(seed);
    }
}
