//! Everything is made, used and ended at random from several threads and loops at once: nothing panics, hangs or leaks.
//! `HOMEBOUND_STRESS` multiplies the small defaults.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/threads.rs"]
mod support;

use std::any::Any;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chance::{Dice, Watchdog, factor};
use homebound::{
    ConnectOptions, Connection, Delivery, Edges, Emitter, EventLoop, Handle, Home, JoinHandle, Lane, LoopProxy,
    MovableOwner, Overflow, RemoteOwner, Scope, Signal, ThreadPool, Timer,
};
use support::{Alive, Count, Remote};

const LOOPS: usize = 3;
const THREADS: u64 = 3;
const STEPS: usize = 400;

/// What all threads of one run may use and end.
#[derive(Default)]
struct Things {
    emitters: Vec<Emitter<u64>>,
    connections: Vec<Connection>,
    owners: Vec<RemoteOwner<Alive>>,
    movers: Vec<MovableOwner<Alive>>,
    homes: Vec<Home>,
    scopes: Vec<Scope>,
    jobs: Vec<JoinHandle<Alive>>,
    proxies: Vec<LoopProxy>,
}

struct Run {
    things: Mutex<Things>,
    alive: Count,
    calls: Arc<AtomicU64>,
    pool: ThreadPool,
    lane: Lane,
}

thread_local! {
    /// What lives on a loop and is no loop's: it ends when chance says so, or after its loop, with the thread.
    static LOCAL: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

fn any<T: Clone>(list: &[T], dice: &mut Dice) -> Option<T> {
    (!list.is_empty()).then(|| list[dice.below(list.len())].clone())
}

fn take<T>(list: &mut Vec<T>, dice: &mut Dice) -> Option<T> {
    (!list.is_empty()).then(|| {
        let at = dice.below(list.len());
        list.swap_remove(at)
    })
}

fn delivery(dice: &mut Dice) -> Delivery {
    let short = Duration::from_micros(dice.below(3) as u64 * 50);
    let edges = [Edges::Leading, Edges::Trailing, Edges::Both][dice.below(3)];
    let bounded = |overflow| Delivery::Bounded { capacity: 2, overflow };
    match dice.below(11) {
        0 => Delivery::Latest { every: short },
        1 => Delivery::Throttle { every: short, edges },
        2 => Delivery::Debounce { quiet: short, edges },
        3 => bounded(Overflow::Wait),
        4 => bounded(Overflow::DropOldest),
        5 => bounded(Overflow::DropNewest),
        6 => Delivery::Queued,
        7 => Delivery::Blocking,
        8 => Delivery::Direct,
        _ => Delivery::Auto,
    }
}

impl Run {
    fn new(seed: u64, proxies: Vec<LoopProxy>) -> Self {
        let pool = ThreadPool::builder()
            .name(format!("random-{seed}"))
            .max_threads(2)
            .build();
        let things = Things {
            emitters: (0..3).map(|_| Emitter::new()).collect(),
            proxies,
            ..Things::default()
        };
        Self {
            things: Mutex::new(things),
            alive: Count::new(),
            calls: Arc::default(),
            lane: pool.lane(1).queue(4).build(),
            pool,
        }
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap()
    }

    /// A slot that counts, and that is counted itself as long as it lives.
    fn slot(&self) -> impl Fn() + Send + Sync + 'static {
        let (one, calls) = (self.alive.one(), Arc::clone(&self.calls));
        move || {
            let _ = &one;
            calls.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn proxy(&self, dice: &mut Dice) -> LoopProxy {
        any(&self.things().proxies, dice).expect("there are always some")
    }

    fn emitter(&self, dice: &mut Dice) -> Option<Emitter<u64>> {
        any(&self.things().emitters, dice)
    }

    /// The address of any object, of either kind.
    fn object(&self, dice: &mut Dice) -> Option<Handle<Alive>> {
        let things = self.things();
        let owned = things.owners.iter().map(RemoteOwner::handle);
        let handles: Vec<_> = owned.chain(things.movers.iter().map(MovableOwner::handle)).collect();
        any(&handles, dice)
    }

    fn make(&self, dice: &mut Dice) {
        let (proxy, one) = (self.proxy(dice), self.alive.one());
        match dice.below(5) {
            0 => self.things().emitters.push(Emitter::new()),
            1 => self.things().owners.push(proxy.insert_with(move |_| one)),
            2 => self.things().movers.push(proxy.insert_movable(one)),
            3 => self.things().homes.push(Home::new(&proxy)),
            _ => {
                let scope = self.object(dice).map_or_else(Scope::new, |object| Scope::of(&object));
                self.things().scopes.push(scope);
            }
        }
    }

    /// Ends something. The lock is free before it goes: its end may wait, and calls destructors.
    fn end(&self, dice: &mut Dice) {
        let mut all = self.things();
        let gone: Option<Box<dyn Any>> = match dice.below(5) {
            0 if all.emitters.len() > 2 => take(&mut all.emitters, dice).map(|gone| Box::new(gone) as _),
            1 => take(&mut all.owners, dice).map(|gone| Box::new(gone) as _),
            2 => take(&mut all.movers, dice).map(|gone| Box::new(gone) as _),
            3 => take(&mut all.homes, dice).map(|gone| Box::new(gone) as _),
            _ => take(&mut all.scopes, dice).map(|gone| Box::new(gone) as _),
        };
        drop(all);
        drop(gone);
    }

    fn move_something(&self, dice: &mut Dice) {
        let to = self.proxy(dice);
        let all = self.things();
        if dice.below(2) == 0 && !all.homes.is_empty() {
            all.homes[dice.below(all.homes.len())].move_to(&to);
        } else if !all.movers.is_empty() {
            all.movers[dice.below(all.movers.len())].move_to(&to);
        }
    }

    fn disconnect(&self, dice: &mut Dice) {
        let gone = take(&mut self.things().connections, dice);
        if let Some(connection) = gone {
            connection.disconnect();
        }
    }

    fn connect(&self, dice: &mut Dice) {
        let (Some(emitter), Some(object)) = (self.emitter(dice), self.object(dice)) else {
            return;
        };
        let mut options = ConnectOptions::new().delivery(delivery(dice));
        if dice.below(4) == 0 {
            options = options.single_shot();
        }
        let (connecting, slot) = (emitter.with(options), self.slot());
        let made = match dice.below(4) {
            0 => connecting.connect(&object, move |_, _| slot()),
            1 => connecting.connect_batch(&object, move |_, _| slot()),
            2 => match self.things().homes.first() {
                Some(home) => connecting.connect_home(home, move |_| slot()),
                None => return,
            },
            _ => connecting.connect_on(&self.proxy(dice), move |_| slot()),
        };
        if let Ok(connection) = made {
            self.things().connections.push(connection);
        }
    }

    fn emit(&self, dice: &mut Dice) {
        if let Some(emitter) = self.emitter(dice) {
            drop(emitter.emit(dice.0).into_refused());
        }
    }

    /// Emits from a loop: its slots may wait for this one or another loop, and whoever would close a circle is refused.
    fn emit_from_loop(&self, dice: &mut Dice) {
        let Some(emitter) = self.emitter(dice) else { return };
        drop(self.proxy(dice).post(move || drop(emitter.emit(1).into_refused())));
    }

    fn ask(&self, dice: &mut Dice) {
        let (Some(object), slot) = (self.object(dice), self.slot()) else {
            return;
        };
        let mut reply = object.ask(move |_| slot());
        if dice.below(2) == 0 {
            // Its object may end meanwhile; then that is the answer.
            let _ = reply.wait();
        }
    }

    /// Makes things that live on a loop and cannot leave it.
    fn live_locally(&self, dice: &mut Dice) {
        let (ticks, calls, alive, relay) = (self.slot(), self.slot(), self.alive.clone(), self.emitter(dice));
        let (ends, period) = (
            dice.below(3) == 0,
            Duration::from_micros(50 + dice.below(3) as u64 * 100),
        );
        let local = move || {
            let Some(home) = EventLoop::current() else { return };
            let (owner, signal, timer) = (
                home.insert(alive.one()),
                Signal::<u64>::new(),
                Timer::repeating(&home, period),
            );
            timer.on_tick(&owner, move |_, _| ticks()).unwrap();
            timer.start();
            signal.connect_fn(move |_| calls()).unwrap();
            if let Some(relay) = relay {
                signal.with(Delivery::Auto).connect_signal(&relay).unwrap();
            }
            drop(signal.emit(1).into_refused());
            home.spawn_local(async move {
                let _one = alive.one();
                std::future::pending::<()>().await;
            });
            let things: [Box<dyn Any>; 3] = [Box::new(owner), Box::new(signal), Box::new(timer)];
            LOCAL.with_borrow_mut(|local| local.extend(things));
            if ends {
                let gone = LOCAL.take();
                drop(gone);
            }
        };
        drop(self.proxy(dice).post(local));
    }

    fn spawn(&self, dice: &mut Dice) {
        let (one, steps) = (self.alive.one(), dice.below(200) as u64);
        let work = move |cx: &homebound::JobContext| {
            for n in 0..steps {
                cx.progress(n, steps)?;
            }
            assert_ne!(steps, 13, "a panic on purpose");
            Ok(one)
        };
        let mut task = if dice.below(3) == 0 {
            self.lane.task(work)
        } else {
            self.pool.task(work)
        };
        if let Some(scope) = self.things().scopes.first() {
            task = task.scope(scope);
        }
        let Some(object) = self.object(dice) else { return };
        let (progressed, ended) = (self.slot(), self.slot());
        task = task.on_progress(&object, move |_, _| progressed());
        if dice.below(2) == 0 {
            if let Ok(job) = task.spawn() {
                self.things().jobs.push(job);
            }
        } else if let Ok(job) = task.on_outcome(&object, move |_, _| ended()).spawn() {
            job.detach();
        }
    }

    fn end_job(&self, dice: &mut Dice) {
        let Some(job) = take(&mut self.things().jobs, dice) else {
            return;
        };
        match dice.below(4) {
            0 => job.cancel(),
            1 => drop(job.wait()),
            2 => drop(job.wait_timeout(Duration::from_micros(50))),
            _ => job.detach(),
        }
    }

    fn act(&self, dice: &mut Dice) {
        match dice.below(20) {
            0..4 => self.make(dice),
            4..6 => self.end(dice),
            6 => self.move_something(dice),
            7 => self.disconnect(dice),
            8..11 => self.connect(dice),
            11 => self.emit_from_loop(dice),
            12 => self.ask(dice),
            13 => self.live_locally(dice),
            14 | 15 => self.spawn(dice),
            16 => self.end_job(dice),
            _ => self.emit(dice),
        }
    }
}

fn random_run(seed: u64) {
    let mut loops: Vec<_> = (0..LOOPS).map(|n| Remote::new(&format!("{seed}-{n}"))).collect();
    let run = Run::new(seed, loops.iter().map(|home| home.proxy.clone()).collect());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let run = &run;
            scope.spawn(move || {
                let mut dice = Dice::new(seed * 8 + thread);
                (0..STEPS).for_each(|_| run.act(&mut dice));
            });
        }
        // Loops end in the middle of it, in an order that the seed decides.
        let mut dice = Dice::new(seed);
        for _ in 0..LOOPS {
            (0..dice.below(2000)).for_each(|_| std::thread::yield_now());
            let at = dice.below(loops.len());
            loops.swap_remove(at).end();
        }
    });
    let Run {
        things,
        alive,
        pool,
        lane,
        ..
    } = run;
    drop((things, lane, pool));
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
