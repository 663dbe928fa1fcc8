use super::*;

use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static CALLED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

fn entry(number: u32) -> Entry {
    Entry::Plain(Box::new(Some(move || {
        CALLED.with_borrow_mut(|called| called.push(number));
    })))
}

fn call(entry: Entry) -> u32 {
    if let Entry::Plain(mut plain) = entry {
        plain.call();
    }
    CALLED.with_borrow_mut(|called| called.pop().unwrap())
}

/// A few bits of chance that are the same in every run.
fn chance(state: &mut u64) -> u32 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    u32::try_from(*state >> 33).unwrap()
}

#[test]
fn order_is_that_of_a_tree_of_queues() {
    let priorities = [
        0,
        0,
        0,
        1,
        -1,
        7,
        63,
        64,
        999,
        1023,
        1024,
        -1024,
        -1025,
        i32::MAX,
        i32::MIN,
    ];
    let mut model: BTreeMap<i32, VecDeque<u32>> = BTreeMap::new();
    let mut injector = Injector::new();
    let mut state = 1;
    for number in 0..200_000 {
        if chance(&mut state) % 100 < 55 {
            let priority = priorities[chance(&mut state) as usize % priorities.len()];
            model.entry(priority).or_default().push_back(number);
            injector.push(priority, entry(number));
        } else {
            let max = chance(&mut state) as usize % 40;
            let mut taken = Vec::new();
            let top = injector.take(max, |entry| taken.push(call(entry)));
            assert_eq!(top, model.last_key_value().map(|(priority, _)| *priority));
            if let Some(mut level) = model.last_entry() {
                let count = max.min(level.get().len());
                let expected: Vec<u32> = level.get_mut().drain(..count).collect();
                assert_eq!(taken, expected);
                if level.get().is_empty() {
                    level.remove();
                }
            }
        }
        assert_eq!(injector.len(), model.values().map(VecDeque::len).sum::<usize>());
    }
}

#[test]
fn sweeping_keeps_the_order_of_what_stays() {
    let mut injector = Injector::new();
    for number in 0..3000 {
        injector.push(i32::try_from(number % 3).unwrap(), entry(number));
    }
    let counter = std::cell::Cell::new(0);

    let swept = injector.sweep(|_| {
        counter.set(counter.get() + 1);
        counter.get() % 2 == 0
    });

    assert_eq!((swept.len(), injector.len()), (1500, 1500));
    let mut last = None;
    injector.take(usize::MAX, |entry| {
        let number = call(entry);
        assert!(last < Some(number) && number % 3 == 2);
        last = Some(number);
    });
    assert_eq!(injector.top(), Some(1));
}
