#![expect(clippy::cast_possible_truncation, reason = "small numbers")]

mod model;

use super::*;
use model::{Numbers, check};

const TICK: u64 = 1 << TICK_BITS;

/// Takes the next due timer, however often the wheel asks for patience.
fn pop(wheel: &mut TimerWheel<u64>, now: u64) -> Option<(TimerKey, u64, u64)> {
    loop {
        match wheel.pop_due(now, u64::MAX) {
            Popped::Due { key, due, payload } => return Some((key, due, payload)),
            Popped::Later => return None,
            Popped::Unfinished => {
                assert!(
                    wheel.next_due().is_some_and(|next| next <= now),
                    "unfinished work is to be done at once"
                );
            }
        }
    }
}

fn payloads(wheel: &mut TimerWheel<u64>, now: u64) -> Vec<u64> {
    std::iter::from_fn(|| pop(wheel, now))
        .map(|(_, _, payload)| payload)
        .collect()
}

#[test]
fn fires_on_the_nanosecond_never_before() {
    for due in [
        0,
        1,
        TICK - 1,
        TICK,
        TICK + 1,
        1_000_000,
        5_000_000,
        1 << 40,
        (1 << 60) + 1,
        u64::MAX,
    ] {
        let mut wheel = TimerWheel::new();
        wheel.insert(due, 7);
        assert_eq!(wheel.next_due(), Some(due));
        if due > 0 {
            assert_eq!(wheel.pop_due(due - 1, u64::MAX), Popped::Later, "{due}");
        }
        assert_eq!(payloads(&mut wheel, due), [7], "{due}");
    }
}

#[test]
fn each_slot_of_each_level_is_reached() {
    for level in 0..LEVELS as u32 {
        for slot in 1..SLOTS as u64 {
            let Some(tick) = slot
                .checked_mul(1 << (DIGIT_BITS * level))
                .filter(|tick| tick >> 52 == 0)
            else {
                continue;
            };
            assert_eq!(level_and_slot(tick, 0), (level, slot as u32));
            let mut wheel = TimerWheel::new();
            wheel.insert((tick << TICK_BITS) + 9, 1);
            check(&wheel);
            assert_eq!(wheel.first_slot(), Some((list_number(level, slot as u32), tick)));
            assert_eq!(wheel.pop_due((tick << TICK_BITS) + 8, u64::MAX), Popped::Later);
            check(&wheel);
            assert_eq!(payloads(&mut wheel, (tick << TICK_BITS) + 9), [1]);
        }
    }
}

#[test]
fn equal_due_times_fire_in_the_order_of_starting() {
    let mut wheel = TimerWheel::new();
    let keys: Vec<_> = (0..100).map(|payload| wheel.insert(1_000_000, payload)).collect();
    assert!(wheel.reschedule(keys[3], 1_000_000), "a restart is a start");

    let mut order: Vec<_> = (0..100).filter(|payload| *payload != 3).collect();
    order.push(3);
    assert_eq!(payloads(&mut wheel, 1_000_000), order);
}

#[test]
fn a_due_time_in_the_past_comes_before_a_later_one() {
    let mut wheel = TimerWheel::new();
    wheel.insert(2_000_000, 2);
    wheel.insert(2_000_001, 3);
    assert!(matches!(
        wheel.pop_due(5_000_000, u64::MAX),
        Popped::Due { payload: 2, .. }
    ));

    wheel.insert(1_000_000, 1);
    wheel.insert(0, 0);
    wheel.insert(5_000_000, 4);

    assert_eq!(payloads(&mut wheel, 5_000_000), [0, 1, 3, 4]);
}

#[test]
fn a_stopped_timer_never_fires_also_when_it_was_due() {
    let mut wheel = TimerWheel::new();
    let keys: Vec<_> = (0..10).map(|payload| wheel.insert(payload, payload)).collect();
    assert!(matches!(wheel.pop_due(100, u64::MAX), Popped::Due { payload: 0, .. }));
    assert_eq!(wheel.remove(keys[5]), Some(5));

    assert_eq!(payloads(&mut wheel, 100), [1, 2, 3, 4, 6, 7, 8, 9]);
}

#[test]
fn a_stale_key_never_hits_a_later_timer() {
    let mut wheel = TimerWheel::new();
    let old = wheel.insert(5, 1);
    wheel.remove(old);
    let new = wheel.insert(5, 2);
    assert_eq!(new.index, old.index, "the entry is used again");

    assert_eq!(wheel.remove(old), None);
    assert!(!wheel.reschedule(old, 9));
    assert_eq!(wheel.due(new), Some(5));
}

#[test]
fn an_entry_whose_versions_are_used_up_is_given_up() {
    let mut wheel = TimerWheel::new();
    let first = wheel.insert(5, 1);
    wheel.entries[first.index as usize].version = u32::MAX;
    let last = TimerKey {
        index: first.index,
        version: u32::MAX,
    };
    assert_eq!(wheel.remove(last), Some(1));

    let next = wheel.insert(5, 2);

    assert_ne!(next.index, last.index);
    assert_eq!(
        (wheel.remove(last), wheel.due(last), wheel.remove(first)),
        (None, None, None)
    );
}

#[test]
fn next_due_is_exact_on_all_levels() {
    let mut numbers = Numbers(77);
    for bits in 1..62 {
        let mut wheel = TimerWheel::new();
        let dues: Vec<_> = (0..LOOKED_AT).map(|_| numbers.below(1 << bits)).collect();
        for due in &dues {
            wheel.insert(*due, 0);
        }
        assert_eq!(wheel.next_due(), dues.iter().min().copied());
        wheel.known = false;
        assert_eq!(
            wheel.next_due(),
            dues.iter().min().copied(),
            "also when it is found anew"
        );
    }
}

#[test]
fn a_millisecond_timer_wakes_once_each_time() {
    let mut wheel = TimerWheel::new();
    wheel.insert(1_000_000, 0);
    let mut wakes = 0;
    for period in 1..=5_000 {
        loop {
            let now = wheel.next_due().expect("it repeats");
            wakes += 1;
            if let Some((_, due, _)) = pop(&mut wheel, now) {
                assert_eq!((due, now), (period * 1_000_000, due));
                break;
            }
        }
        wheel.insert((period + 1) * 1_000_000, 0);
    }
    assert_eq!(wakes, 5_000);
}

#[test]
fn a_crowded_slot_wakes_early_but_at_most_once_a_level() {
    let mut wheel = TimerWheel::new();
    let due = 0x1234_5678_9ABC_DEF0;
    for payload in 0..200 {
        wheel.insert(due, payload);
    }
    wheel.known = false;
    let mut wakes = 0;
    while wheel.len() > 0 {
        let now = wheel.next_due().expect("they run");
        assert!(now <= due);
        wakes += 1;
        while pop(&mut wheel, now).is_some() {}
    }
    assert!(wakes <= LEVELS + 1, "{wakes}");
}

#[test]
fn the_next_due_time_follows_starts_restarts_and_stops() {
    let mut wheel = TimerWheel::new();
    assert_eq!(wheel.next_due(), None);
    let late = wheel.insert(9_000_000, 1);
    let early = wheel.insert(3_000_000, 2);
    assert_eq!(wheel.next_due(), Some(3_000_000));
    assert!(wheel.reschedule(early, 10_000_000));
    assert_eq!(wheel.next_due(), Some(9_000_000));
    wheel.remove(late);
    assert_eq!(wheel.next_due(), Some(10_000_000));
    wheel.remove(early);
    assert_eq!(wheel.next_due(), None);
}

#[test]
fn a_million_due_timers_are_taken_in_parts() {
    let mut wheel = TimerWheel::new();
    let count: u64 = 1_000_000;
    let keys: Vec<_> = (0..count)
        .map(|payload| wheel.insert(3_600_000_000_000, payload))
        .collect();
    let now = 3_600_000_000_000;
    let (mut unfinished, mut next, mut stopped) = (0, 0, 0);
    loop {
        match wheel.pop_due(now, u64::MAX) {
            Popped::Due { payload, .. } => {
                assert_eq!(payload, next, "in order, without the stopped one");
                next += if payload % 1_000 == 0 && payload + 1 < count {
                    2
                } else {
                    1
                };
                if next == payload + 2 {
                    assert!(wheel.remove(keys[payload as usize + 1]).is_some());
                    stopped += 1;
                }
            }
            Popped::Unfinished => {
                unfinished += 1;
                wheel.insert(now + 1_000_000, 0);
            }
            Popped::Later => break,
        }
    }
    assert_eq!((next, stopped), (count, 1_000));
    assert!(unfinished >= 60, "no call moves them all at once: {unfinished}");
    assert_eq!(wheel.len(), unfinished);
}

#[test]
fn stopping_what_is_due_does_not_pile_up() {
    let mut wheel = TimerWheel::new();
    let mut key = wheel.insert(0, 0);
    for _ in 0..100_000 {
        assert!(wheel.reschedule(key, 0));
        wheel.remove(key);
        key = wheel.insert(0, 0);
    }
    assert!(wheel.ready.len() <= 2 * STALE, "{}", wheel.ready.len());
    assert_eq!(wheel.entries.len(), 1, "vacated entries are used again");
}

#[test]
fn time_that_runs_backwards_stands_still() {
    let mut wheel = TimerWheel::new();
    wheel.insert(50_000_000, 1);
    assert_eq!(wheel.pop_due(40_000_000, u64::MAX), Popped::Later);
    wheel.insert(20_000_000, 2);
    wheel.known = false;
    assert_eq!(wheel.pop_due(10_000_000, u64::MAX), Popped::Later, "never early");
    check(&wheel);
    assert_eq!(wheel.pop_due(19_999_999, u64::MAX), Popped::Later);
    assert_eq!(payloads(&mut wheel, 20_000_000), [2]);
    assert_eq!(payloads(&mut wheel, 60_000_000), [1]);
}
