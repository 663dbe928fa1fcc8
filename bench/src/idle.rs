//! A program at rest: a hundred loops and ten thousand objects, and nothing to do.

use std::thread;
use std::time::{Duration, Instant};

use homebound::{RemoteOwner, Worker};

use crate::catalog::Bench;
use crate::emit::Counter;
use crate::harness::{LIMIT, cpu_time, float, line, span, switches};

pub(crate) const BENCHES: &[Bench] = &[Bench {
    name: "idle",
    run: idle,
}];

const LOOPS: u64 = 100;
const OBJECTS_EACH: u64 = 100;

fn idle() {
    let workers: Vec<_> = (0..LOOPS)
        .map(|_| Worker::builder("at rest").start().expect("a thread"))
        .collect();
    let objects: Vec<RemoteOwner<Counter>> = workers
        .iter()
        .flat_map(|worker| (0..OBJECTS_EACH).map(|_| worker.insert_with(|_| Counter::default())))
        .collect();
    for object in &objects {
        assert_eq!(object.handle().ask(|counter| counter.seen).wait(), Ok(0));
    }
    wait_for_rest();

    let rest = span(Duration::from_secs(5));
    // The processor time innermost: looking at all threads takes some itself.
    let switched = switches();
    let cpu = cpu_time();
    thread::sleep(rest);
    let (cpu, switched) = (cpu_time().checked_sub(cpu).unwrap(), switches() - switched);
    // A loop that looked around only once in all this time would be seen: there are a hundred of them.
    assert!(
        switched < LOOPS,
        "{switched} switches of {LOOPS} loops that have nothing to do"
    );
    assert!(
        cpu < rest / 100,
        "loops that have nothing to do used {cpu:?} in {rest:?}"
    );
    line("", "idle", LOOPS)
        .field("objects", float(objects.len() as u64))
        .field("seconds", rest.as_secs_f64())
        .field("cpu_us", cpu.as_secs_f64() * 1e6)
        .field("switches", float(switched));
    drop(objects);
    for worker in workers {
        worker.stop();
        assert!(worker.wait().is_done());
    }
}

/// Waits until each loop has gone to sleep: for a while no thread but this one is switched to.
fn wait_for_rest() {
    let end = Instant::now() + LIMIT;
    let mut before = switches();
    loop {
        thread::sleep(Duration::from_millis(50));
        let now = switches();
        if now - before <= 4 {
            return;
        }
        assert!(Instant::now() < end, "the loops never come to rest");
        before = now;
    }
}
