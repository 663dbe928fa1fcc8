//! A worker's life under every interleaving of its thread with those who start, stop and wait.

use std::sync::Arc;

use super::{Lifecycle, WaitFor};
use crate::cancel::CancelReason;
use crate::latch::Latch;
use crate::outcome::Outcome;
use crate::worker::state::WorkerState;

/// A run whose loop is nothing but a latch.
struct Run {
    quit: Latch,
    ended: Latch,
}

fn run() -> Arc<Run> {
    Arc::new(Run {
        quit: Latch::new(),
        ended: Latch::new(),
    })
}

/// The worker's thread, as `WorkerShared::run` does it.
fn live(life: &Lifecycle<Run>, run: &Run) {
    let outcome = match life.begin() {
        WorkerState::Stopping => Outcome::Cancelled(CancelReason::Requested),
        _ => {
            run.quit.wait();
            Outcome::Done(())
        }
    };
    life.end(outcome, self::run());
    run.ended.set();
}

fn stop(life: &Lifecycle<Run>) {
    if let Some(stop) = life.stop() {
        stop.run.quit.set();
    }
}

fn wait(life: &Lifecycle<Run>) -> Option<Outcome<()>> {
    match life.wait_for() {
        WaitFor::Nobody => None,
        WaitFor::Run(run) => {
            run.ended.wait();
            life.outcome()
        }
    }
}

#[test]
fn loom_stop_before_or_while_it_begins_ends_the_run() {
    loom::model(|| {
        let life = Arc::new(Lifecycle::new(run()));
        let first = life.start().expect("nothing runs");
        let worker = {
            let life = Arc::clone(&life);
            loom::thread::spawn(move || live(&life, &first))
        };
        stop(&life);
        assert!(wait(&life).is_some(), "whoever was woken finds the outcome");
        assert_eq!(life.state(), WorkerState::Finished);
        worker.join().unwrap();
    });
}

#[test]
fn loom_stop_before_the_start_is_not_forgotten_and_is_used_up() {
    loom::model(|| {
        let life = Arc::new(Lifecycle::new(run()));
        let stopper = {
            let life = Arc::clone(&life);
            loom::thread::spawn(move || stop(&life))
        };
        let first = life.start().expect("nothing runs");
        let worker = {
            let life = Arc::clone(&life);
            loom::thread::spawn(move || live(&life, &first))
        };
        stopper.join().unwrap();
        worker.join().unwrap();
        life.start().expect("it has finished");
        assert_eq!(life.begin(), WorkerState::Running, "the request was the first run's");
    });
}

#[test]
fn loom_of_two_starts_one_makes_the_thread() {
    loom::model(|| {
        let life = Arc::new(Lifecycle::new(run()));
        let other = {
            let life = Arc::clone(&life);
            loom::thread::spawn(move || life.start().is_some())
        };
        let here = life.start().is_some();
        assert!(here ^ other.join().unwrap());
    });
}
