//! Throttle and debounce with each edge, on a clock that the test moves.

use std::time::Duration;

use homebound::{Delivery, Edges, EventLoop, Signal, TestClock};

const STEP: Duration = Duration::from_millis(10);

/// Emits each number at its time (in steps); returns what arrived, and when.
fn arrivals(delivery: Delivery, emissions: &[u64], until: u64) -> (Vec<(u64, u64)>, u64) {
    let clock = TestClock::new();
    let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
    let signal = Signal::<u64>::new();
    let list = home.insert(Vec::new());
    let now = clock.clock();
    let connection = signal
        .with(delivery)
        .connect(&list, move |list, n| {
            list.push((*n, u64::try_from(now.now().as_millis() / STEP.as_millis()).unwrap()));
        })
        .unwrap();
    for time in 0..=until {
        for (n, _) in emissions.iter().enumerate().filter(|(_, at)| **at == time) {
            signal.emit(n as u64);
        }
        home.drain();
        clock.advance(STEP);
    }
    let list = list.borrow().clone();
    (list, connection.counters().coalesced)
}

fn throttle(edges: Edges) -> Delivery {
    Delivery::Throttle { every: 3 * STEP, edges }
}

fn debounce(edges: Edges) -> Delivery {
    Delivery::Debounce { quiet: 3 * STEP, edges }
}

/// A burst of five, then one alone.
const BURST: [u64; 6] = [0, 1, 2, 3, 4, 20];

#[test]
fn throttle_with_its_leading_edge_delivers_the_first_of_each_time() {
    let (list, coalesced) = arrivals(throttle(Edges::Leading), &BURST, 30);
    assert_eq!(list, [(0, 0), (3, 3), (5, 20)]);
    assert_eq!(coalesced, 3);
}

#[test]
fn first_value_of_a_new_time_arrives_also_if_the_loop_was_busy_at_the_end_of_the_last() {
    for delivery in [throttle(Edges::Leading), debounce(Edges::Leading)] {
        let clock = TestClock::new();
        let home = EventLoop::builder().clock(clock.clock()).build().unwrap();
        let signal = Signal::<u32>::new();
        let list = home.insert(Vec::new());
        signal.with(delivery).connect(&list, |list, n| list.push(*n)).unwrap();
        signal.emit(1);
        home.drain();
        clock.advance(5 * STEP);
        signal.emit(2);
        signal.emit(3);
        home.drain();
        assert_eq!(*list.borrow(), [1, 2], "{delivery:?}");
    }
}

#[test]
fn throttle_with_its_trailing_edge_delivers_the_last_of_each_time() {
    let (list, coalesced) = arrivals(throttle(Edges::Trailing), &BURST, 30);
    // The value of the very moment is the newest of the time that ends.
    assert_eq!(list, [(3, 3), (4, 6), (5, 23)]);
    assert_eq!(coalesced, 3);
}

#[test]
fn throttle_with_both_edges_delivers_the_first_and_the_last() {
    let (list, coalesced) = arrivals(throttle(Edges::Both), &BURST, 30);
    assert_eq!(list[0], (0, 0));
    assert_eq!(list[list.len() - 2..], [(4, 6), (5, 20)]);
    assert_eq!(list.len() as u64 + coalesced, 6);
    assert!(list.windows(2).all(|pair| pair[1].1 - pair[0].1 >= 3));
}

#[test]
fn debounce_with_its_trailing_edge_delivers_the_last_when_it_is_quiet() {
    let (list, coalesced) = arrivals(debounce(Edges::Trailing), &BURST, 30);
    assert_eq!(list, [(4, 7), (5, 23)]);
    assert_eq!(coalesced, 4);
}

#[test]
fn debounce_with_its_leading_edge_delivers_the_first_at_once() {
    let (list, coalesced) = arrivals(debounce(Edges::Leading), &BURST, 30);
    assert_eq!(list, [(0, 0), (5, 20)]);
    assert_eq!(coalesced, 4);
}

#[test]
fn debounce_with_both_edges_delivers_the_first_at_once_and_the_last_when_it_is_quiet() {
    let (list, coalesced) = arrivals(debounce(Edges::Both), &BURST, 30);
    assert_eq!(list, [(0, 0), (4, 7), (5, 20)]);
    assert_eq!(coalesced, 3);
}
