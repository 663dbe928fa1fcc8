//! Models of a wake-up beside a poll: run with `ci/loom.sh`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use ::loom::sync::atomic::AtomicUsize;
use ::loom::thread;

use super::{TaskWaker, Wake};
use crate::clock::Clock;
use crate::event::Body;
use crate::event_loop::{LoopInner, TurnBudget};
use crate::home::LoopShared;
use crate::sync::atomic::Ordering;

/// Delivers what waits, and returns how often something was polled.
fn poll_all(home: &LoopInner) -> usize {
    let mut polls = 0;
    home.absorb();
    loop {
        let event = home.local.borrow_mut().pop_any();
        let Some(event) = event else { return polls };
        assert!(matches!(event.body, Body::Poll));
        home.poll_task(event.target);
        polls += 1;
    }
}

fn wake_while_it_is_polled(wakers: usize) {
    ::loom::model(move || {
        let shared = LoopShared::new("home".to_owned(), Clock::new(), None);
        let home = LoopInner::new(Arc::clone(&shared), TurnBudget::default());
        let (ready, seen) = (Arc::new(AtomicUsize::new(0)), Rc::new(Cell::new(0)));
        let (looked_at, sees) = (Arc::clone(&ready), Rc::clone(&seen));
        let task = home.add_task(poll_fn(move |_| {
            // The weakest way to hand something over: the wake-up itself has to order it.
            sees.set(looked_at.load(Ordering::Relaxed));
            if sees.get() == wakers {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        let wake: Arc<TaskWaker> = Arc::clone(&home.tasks.borrow()[&task].wake);
        let threads: Vec<_> = (0..wakers)
            .map(|_| {
                let (ready, wake) = (Arc::clone(&ready), Arc::clone(&wake));
                thread::spawn(move || {
                    ready.fetch_add(1, Ordering::Relaxed);
                    wake.wake_by_ref();
                })
            })
            .collect();

        poll_all(&home);
        for thread in threads {
            thread.join().unwrap();
        }
        // The join orders what was stored before all that follows; that a poll follows is the waker's doing.
        let stands = seen.get();
        if stands < wakers {
            assert!(poll_all(&home) > 0, "a wake-up is lost: {stands} of {wakers} were seen");
        }
        assert_eq!(seen.get(), wakers);
    });
}

#[test]
fn wake_up_beside_a_poll_is_seen_by_it_or_leads_to_another() {
    wake_while_it_is_polled(1);
}

#[test]
fn two_wake_ups_beside_a_poll_are_both_seen() {
    wake_while_it_is_polled(2);
}
