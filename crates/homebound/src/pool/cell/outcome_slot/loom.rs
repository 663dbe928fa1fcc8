//! A task's outcome, under the interleavings of two or three threads.

use std::sync::Arc;

use super::OutcomeSlot;

fn slot() -> Arc<OutcomeSlot<u32>> {
    Arc::new(OutcomeSlot::new())
}

/// Finishes on a thread of its own, which returns the outcome if nobody asks for it.
fn finish_elsewhere(slot: &Arc<OutcomeSlot<u32>>) -> loom::thread::JoinHandle<Option<u32>> {
    let slot = Arc::clone(slot);
    loom::thread::spawn(move || {
        slot.begin();
        slot.finish(8)
    })
}

#[test]
fn loom_outcome_is_waited_for() {
    loom::model(|| {
        let slot = slot();
        let worker = finish_elsewhere(&slot);
        let outcome = loop {
            match slot.take() {
                Ok(outcome) => break outcome,
                Err(latch) => latch.wait(),
            }
        };
        assert_eq!(outcome, 8);
        assert_eq!(worker.join().unwrap(), None);
        assert!(slot.has_begun() && slot.is_finished());
    });
}

#[test]
fn loom_outcome_of_a_task_that_is_let_go_goes_to_one_of_two() {
    loom::model(|| {
        let slot = slot();
        let worker = finish_elsewhere(&slot);
        let here = slot.unlisten();
        let there = worker.join().unwrap();
        assert_eq!(usize::from(here.is_some()) + usize::from(there.is_some()), 1);
        assert_eq!(here.or(there), Some(8));
    });
}

#[test]
fn loom_one_who_gives_up_waiting_leaves_the_outcome_to_the_worker() {
    loom::model(|| {
        let slot = slot();
        let worker = finish_elsewhere(&slot);
        let here = slot.take().ok().or_else(|| slot.unlisten());
        let there = worker.join().unwrap();
        assert_eq!(usize::from(here.is_some()) + usize::from(there.is_some()), 1);
    });
}
