//! Models of a bounded row: putting, taking and ending, with senders that wait.

use ::loom::sync::Arc;
use ::loom::thread;

use super::{Bounded, Overflow};
use crate::delivery::Put;

#[test]
fn waiting_sender_gets_room_and_nothing_is_lost() {
    ::loom::model(|| {
        let row = Arc::new(Bounded::new(1, Overflow::Wait, false));
        let puts = Arc::clone(&row);
        let sender = thread::spawn(move || {
            assert_eq!(puts.put(1, || true), Put::Tell);
            assert_eq!(puts.put(2, || true), Put::Tell);
        });
        let mut taken = Vec::new();
        while taken.len() < 2 {
            match row.take() {
                Some(value) => taken.push(value),
                None => thread::yield_now(),
            }
        }
        assert_eq!(taken, [1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn sender_that_waits_for_more_room_than_one_value_gets_it() {
    ::loom::model(|| {
        let row = Arc::new(Bounded::new(4, Overflow::Wait, false));
        assert_eq!(row.enough, 2);
        for value in 0..4 {
            assert_eq!(row.put(value, || true), Put::Tell);
        }
        let puts = Arc::clone(&row);
        let sender = thread::spawn(move || assert_eq!(puts.put(4, || true), Put::Tell));
        for value in 0..4 {
            assert_eq!(row.take(), Some(value));
        }
        sender.join().unwrap();
        assert_eq!(row.take(), Some(4));
    });
}

#[test]
fn two_waiting_senders_both_get_room() {
    let mut model = ::loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let row = Arc::new(Bounded::new(1, Overflow::Wait, false));
        let senders: Vec<_> = [1, 2]
            .into_iter()
            .map(|value| {
                let row = Arc::clone(&row);
                thread::spawn(move || assert_eq!(row.put(value, || true), Put::Tell))
            })
            .collect();
        let mut sum = 0;
        while sum < 3 {
            match row.take() {
                Some(value) => sum += value,
                None => thread::yield_now(),
            }
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    });
}

#[test]
fn the_end_lets_waiting_senders_go() {
    ::loom::model(|| {
        let row = Arc::new(Bounded::new(1, Overflow::Wait, false));
        assert_eq!(row.put(0, || true), Put::Tell);
        let senders: Vec<_> = [1, 2]
            .into_iter()
            .map(|value| {
                let row = Arc::clone(&row);
                thread::spawn(move || assert_eq!(row.put(value, || true), Put::Ended))
            })
            .collect();
        row.end();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert_eq!(row.take(), None);
    });
}

#[test]
fn batch_is_told_of_once_and_taken_whole() {
    ::loom::model(|| {
        let row = Arc::new(Bounded::new(4, Overflow::Wait, true));
        let tells = Arc::new(::loom::sync::atomic::AtomicUsize::new(0));
        let (puts, told) = (Arc::clone(&row), Arc::clone(&tells));
        let sender = thread::spawn(move || {
            for value in 1..=2 {
                if puts.put(value, || true) == Put::Tell {
                    told.fetch_add(1, ::loom::sync::atomic::Ordering::AcqRel);
                }
            }
        });
        let mut taken = Vec::new();
        let mut heard = 0;
        if tells.load(::loom::sync::atomic::Ordering::Acquire) > 0 {
            heard = 1;
            row.take_all(&mut taken);
        }
        sender.join().unwrap();
        // What is not taken was told of anew.
        if tells.load(::loom::sync::atomic::Ordering::Acquire) > heard {
            row.take_all(&mut taken);
        }
        assert_eq!(taken, [1, 2]);
    });
}
