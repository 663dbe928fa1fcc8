//! Models of the queue's protocol: posting, taking, sleeping, closing.

use ::loom::sync::Arc;
use ::loom::thread;

use super::{EventQueue, LocalQueue, Posted, Sleep};

/// Takes events until `count` have come, sleeping in between as a loop does. A lost wake-up is a deadlock, which loom reports.
fn take(queue: &EventQueue<u32>, count: usize) -> Vec<u32> {
    let mut local = LocalQueue::default();
    let mut taken = Vec::new();
    while taken.len() < count {
        queue.take(&mut local);
        while let Some(event) = local.events.pop() {
            taken.push(event);
        }
        if taken.len() < count && queue.prepare_sleep() == Sleep::Now {
            thread::park();
            queue.awake();
        }
    }
    taken
}

fn post(queue: &EventQueue<u32>, event: u32, loops: &thread::Thread) -> bool {
    match queue.post(event) {
        Ok(Posted::WakeIt) => {
            loops.unpark();
            true
        }
        Ok(Posted::Queued) => true,
        Err(_) => false,
    }
}

#[test]
fn sleeping_loop_gets_every_post_in_order_per_sender() {
    ::loom::model(|| {
        let queue = Arc::new(EventQueue::new());
        let home = thread::current();
        let (first, second) = (Arc::clone(&queue), Arc::clone(&queue));
        let (wake, wake_too) = (home.clone(), home);
        let a = thread::spawn(move || {
            assert!(post(&first, 1, &wake));
            assert!(post(&first, 2, &wake));
        });
        let b = thread::spawn(move || assert!(post(&second, 9, &wake_too)));
        let taken = take(&queue, 3);
        let ordered: Vec<_> = taken.into_iter().filter(|event| *event != 9).collect();
        assert_eq!(ordered, [1, 2]);
        a.join().unwrap();
        b.join().unwrap();
    });
}

#[test]
fn event_at_closing_is_taken_left_or_refused_and_nothing_else() {
    ::loom::model(|| {
        let queue = Arc::new(EventQueue::new());
        let senders: Vec<_> = [1, 2]
            .into_iter()
            .map(|event| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || u32::from(queue.post(event).is_ok()) * event)
            })
            .collect();
        let mut local = LocalQueue::default();
        queue.take(&mut local);
        let mut sum = 0;
        while let Some(event) = local.events.pop() {
            sum += event;
        }
        let mut left = queue.close();
        while let Some(event) = left.events.pop() {
            sum += event;
        }
        let accepted: u32 = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        assert_eq!(accepted, sum);
        assert!(queue.post(3).is_err());
    });
}

#[test]
fn nudge_is_seen_before_the_next_sleep() {
    ::loom::model(|| {
        let queue = Arc::new(EventQueue::<u32>::new());
        let quit = Arc::new(::loom::sync::atomic::AtomicBool::new(false));
        let (nudges, asks, home) = (Arc::clone(&queue), Arc::clone(&quit), thread::current());
        let other = thread::spawn(move || {
            asks.store(true, ::loom::sync::atomic::Ordering::Release);
            if nudges.nudge() == Posted::WakeIt {
                home.unpark();
            }
        });
        while !quit.load(::loom::sync::atomic::Ordering::Acquire) {
            if queue.prepare_sleep() == Sleep::Now {
                thread::park();
                queue.awake();
            }
        }
        other.join().unwrap();
    });
}

/// Another thread that posts one event of a high priority.
fn posts_urgent(queue: &Arc<EventQueue<u32>>) -> thread::JoinHandle<()> {
    let queue = Arc::clone(queue);
    thread::spawn(move || {
        let mut state = queue.lock();
        let _ = queue.append_with_priority(&mut state, 1, 7);
    })
}

#[test]
fn urgent_event_is_announced_until_it_is_taken() {
    ::loom::model(|| {
        let queue = Arc::new(EventQueue::<u32>::new());
        let sender = posts_urgent(&queue);
        let mut local = LocalQueue::default();
        queue.take(&mut local);
        let early = local.prioritised.pop(true);
        sender.join().unwrap();
        assert_eq!(queue.has_urgent(), early.is_none());
        if early.is_none() {
            queue.take(&mut local);
            assert_eq!(local.prioritised.pop(true), Some(7));
            assert!(!queue.has_urgent());
        }
    });
}

#[test]
fn urgent_event_that_has_moved_away_is_announced_until_the_next_look() {
    ::loom::model(|| {
        let queue = Arc::new(EventQueue::<u32>::new());
        let sender = posts_urgent(&queue);
        let (mut moved, mut urgent) = (Vec::new(), Vec::new());
        queue.lock().extract(&mut |_| true, &mut moved, &mut urgent);
        sender.join().unwrap();
        let mut local = LocalQueue::default();
        assert_eq!(queue.take(&mut local) + urgent.len(), 1);
        assert!(!queue.has_urgent());
    });
}
