use super::*;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::pool::row::of_kind;

thread_local! {
    static CALLED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

fn note(number: u32) {
    CALLED.with_borrow_mut(|called| called.push(number));
}

fn one(number: u32) -> impl FnOnce() + Send + 'static {
    move || note(number)
}

fn another(number: u32) -> impl FnOnce() + Send + 'static {
    move || note(number)
}

/// Too large to stand beside others.
fn large(number: u32) -> impl FnOnce() + Send + 'static {
    let large = [number; 64];
    move || note(large[63])
}

/// Puts in closures of several types, now the same one for long, now alternating.
fn push(injector: &mut Injector, priority: i32, number: u32) {
    let kind = if number % 100 < 60 { number / 100 } else { number };
    match kind % 3 {
        0 => injector.push_closure(priority, one(number)),
        1 => injector.push_closure(priority, another(number)),
        _ => injector.push_closure(priority, large(number)),
    }
}

fn call_same<F: FnOnce() + Send + 'static>(row: &mut dyn Row, _kind: fn(u32) -> F) {
    if let Some(row) = of_kind::<Same<F>>(row) {
        row.0.drain(..).for_each(|f| f());
    }
}

/// Calls all in a row, whatever its kind.
fn call(mut row: Box<dyn Row>) -> Vec<u32> {
    call_same(&mut *row, one);
    call_same(&mut *row, another);
    if let Some(row) = of_kind::<Mixed>(&mut *row) {
        for entry in row.0.drain(..) {
            if let Entry::Plain(f) = entry {
                f();
            }
        }
    }
    assert_eq!(row.len(), 0);
    CALLED.take()
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
            push(&mut injector, priority, number);
        } else {
            let max = chance(&mut state) as usize % 40 + 1;
            let Some((priority, row)) = injector.take(max) else {
                assert!(model.is_empty());
                continue;
            };
            assert_eq!(Some(priority), model.last_key_value().map(|(priority, _)| *priority));
            let count = row.len();
            assert!((1..=max).contains(&count));
            let taken = call(row);
            if let Some(mut level) = model.last_entry() {
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
    let tasks: Vec<Arc<dyn Runnable>> = (0..3000)
        .map(|number| Arc::new(Husk(number)) as Arc<dyn Runnable>)
        .collect();
    for (number, task) in (0..).zip(&tasks) {
        injector.push_task(number % 3, Arc::clone(task));
    }
    injector.push_closure(0, || {});
    injector.push_closure(0, || {});

    let swept: usize = injector.sweep().iter().map(|row| row.len()).sum();

    assert_eq!((swept, injector.len()), (1500, 1502));
    let mut last = None;
    while injector.top() == Some(2) {
        let (_, mut row) = injector.take(usize::MAX).unwrap();
        for entry in of_kind::<Mixed>(&mut *row).unwrap().0.drain(..) {
            let number = tasks.iter().position(|task| entry.is(&**task));
            assert!(
                last < number && number.is_some_and(|number| number % 6 == 5),
                "{number:?}"
            );
            last = number;
        }
    }
    assert_eq!((last, injector.top()), (Some(2999), Some(1)));
}

/// A task whose work has gone elsewhere if its number is even.
struct Husk(u32);

impl Runnable for Husk {
    fn run(&self) -> bool {
        false
    }
    fn end_waiting(&self, _: crate::outcome::Outcome<()>) -> bool {
        false
    }
    fn stop(&self, _: crate::cancel::CancelReason) -> bool {
        false
    }
    fn is_husk(&self) -> bool {
        self.0.is_multiple_of(2)
    }
}
