//! Models of a paced cell: the last value is never forgotten between a put and the end of a burst.

use std::time::Duration;

use ::loom::sync::Arc;
use ::loom::sync::atomic::{AtomicUsize, Ordering};
use ::loom::thread;

use super::{Paced, Rule, Taken};
use crate::delivery::{Edges, Put};

const RULE: Rule = Rule::Throttle {
    every: Duration::ZERO,
    edges: Edges::Both,
};

/// What the home does when it is told.
fn bring_up(cell: &Paced<u32>, seen: &mut Vec<u32>) {
    loop {
        match cell.take(Duration::ZERO) {
            Taken::Value(value) => seen.push(value),
            Taken::Until(_) => unreachable!("no time has to pass"),
            Taken::Done => return,
        }
    }
}

#[test]
fn last_value_arrives_and_each_is_delivered_or_counted() {
    let mut model = ::loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let cell = Arc::new(Paced::new(RULE));
        let tells = Arc::new(AtomicUsize::new(0));
        let (puts, told) = (Arc::clone(&cell), Arc::clone(&tells));
        let sender = thread::spawn(move || {
            for value in 1..=3 {
                if puts.put(value, || Duration::ZERO) == Put::Tell {
                    told.fetch_add(1, Ordering::AcqRel);
                }
            }
        });
        let mut seen = Vec::new();
        let mut heard = 0;
        for _ in 0..2 {
            if tells.load(Ordering::Acquire) > heard {
                heard += 1;
                bring_up(&cell, &mut seen);
            }
        }
        sender.join().unwrap();
        while tells.load(Ordering::Acquire) > heard {
            heard += 1;
            bring_up(&cell, &mut seen);
        }
        assert_eq!(seen.last(), Some(&3));
        assert!(seen.is_sorted());
        assert_eq!(seen.len() as u64 + cell.coalesced(), 3);
        assert!(!cell.is_told());
    });
}

#[test]
fn ended_cell_keeps_nothing() {
    ::loom::model(|| {
        let cell = Arc::new(Paced::new(RULE));
        let puts = Arc::clone(&cell);
        let sender = thread::spawn(move || puts.put(1, || Duration::ZERO));
        cell.end();
        let put = sender.join().unwrap();
        assert!(matches!(put, Put::Tell | Put::Ended));
        assert!(matches!(cell.take(Duration::ZERO), Taken::Done));
    });
}
