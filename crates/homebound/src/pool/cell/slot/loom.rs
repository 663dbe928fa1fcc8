//! A task's work and outcome, under the interleavings of two or three threads.

use std::sync::Arc;

use super::Slot;

fn slot() -> Arc<Slot<u32, u32>> {
    Arc::new(Slot::new(7))
}

/// Runs the work if it is there: its outcome is one more. Returns whether it was, and the outcome if nobody asks for it.
fn run(slot: &Slot<u32, u32>) -> (bool, Option<u32>) {
    match slot.claim() {
        Some((work, claim)) => (true, claim.finish(work + 1)),
        None => (false, None),
    }
}

#[test]
fn loom_work_is_claimed_once_and_its_outcome_waited_for() {
    loom::model(|| {
        let slot = slot();
        let other = {
            let slot = Arc::clone(&slot);
            loom::thread::spawn(move || run(&slot))
        };
        let canceller = {
            let slot = Arc::clone(&slot);
            loom::thread::spawn(move || run(&slot))
        };
        let outcome = loop {
            match slot.take() {
                Ok(outcome) => break outcome,
                Err(latch) => latch.wait(),
            }
        };
        assert_eq!(outcome, 8);
        let (a, b) = (other.join().unwrap(), canceller.join().unwrap());
        assert!(a.0 ^ b.0, "one of them has the work");
        assert!(slot.is_claimed() && slot.is_finished());
    });
}

#[test]
fn loom_outcome_of_a_task_that_is_let_go_goes_to_one_of_two() {
    loom::model(|| {
        let slot = slot();
        let worker = {
            let slot = Arc::clone(&slot);
            loom::thread::spawn(move || run(&slot))
        };
        let here = slot.unlisten();
        let there = worker.join().unwrap().1;
        assert_eq!(usize::from(here.is_some()) + usize::from(there.is_some()), 1);
        assert_eq!(here.or(there), Some(8));
    });
}

#[test]
fn loom_one_who_gives_up_waiting_leaves_the_outcome_to_the_worker() {
    loom::model(|| {
        let slot = slot();
        let worker = {
            let slot = Arc::clone(&slot);
            loom::thread::spawn(move || run(&slot))
        };
        let here = slot.take().ok().or_else(|| slot.unlisten());
        let there = worker.join().unwrap().1;
        assert_eq!(usize::from(here.is_some()) + usize::from(there.is_some()), 1);
    });
}
