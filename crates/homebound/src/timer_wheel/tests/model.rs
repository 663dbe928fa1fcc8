//! The wheel beside a sorted list, through thousands of random steps.

#![expect(clippy::cast_possible_truncation, reason = "random numbers below a small limit")]

use std::collections::BTreeMap;

use super::super::*;
use super::{TICK, payloads, pop};

/// Numbers that look random and are the same each time.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What the wheel has to be: a list sorted by due time and order of starting.
#[derive(Default)]
struct Model {
    timers: BTreeMap<(u64, u64), u64>,
    starts: u64,
}

impl Model {
    fn start(&mut self, due: u64, payload: u64) -> (u64, u64) {
        let place = (due, self.starts);
        self.starts += 1;
        self.timers.insert(place, payload);
        place
    }

    fn pop_due(&mut self, now: u64) -> Option<(u64, u64)> {
        let (&(due, order), _) = self.timers.first_key_value().filter(|((due, _), _)| *due <= now)?;
        self.timers.remove(&(due, order)).map(|payload| (due, payload))
    }

    fn next_due(&self) -> Option<u64> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }
}

/// Looks at every invariant of the module's header.
pub(super) fn check(wheel: &TimerWheel<u64>) {
    let mut running = 0;
    for list in 0..LEVELS * SLOTS {
        let (level, slot) = (list / SLOTS, list % SLOTS);
        let mut index = wheel.heads[list];
        let is_occupied = wheel.occupied[level] >> slot & 1 == 1;
        assert_eq!(is_occupied, index != NIL, "a bit for each occupied slot");
        let mut previous = NIL;
        while let Some(entry) = wheel.entries.get(index as usize) {
            assert_eq!((entry.previous, entry.list as usize), (previous, list));
            let tick = entry.due >> TICK_BITS;
            if wheel.moving != Some(entry.list) {
                assert!(tick > wheel.elapsed, "only what is ahead lies in the wheel");
                let (level, slot) = level_and_slot(tick, wheel.elapsed);
                assert_eq!(list_number(level, slot) as usize, list, "each in its slot");
            }
            assert!(entry.payload.is_some());
            assert!(
                !wheel.known || wheel.next.is_some_and(|next| next <= entry.due),
                "next is not late"
            );
            running += 1;
            (previous, index) = (index, entry.next);
        }
    }
    for level in 0..LEVELS {
        assert_eq!(
            wheel.occupied_levels >> level & 1 == 1,
            wheel.occupied[level] != 0,
            "a bit for each level in use"
        );
    }
    let current: Vec<_> = wheel
        .ready
        .iter()
        .filter(|Reverse(ready)| ready.is_current(&wheel.entries))
        .collect();
    assert_eq!(wheel.ready.len(), current.len() + wheel.stale);
    assert!(
        wheel.stale <= STALE.max(current.len() + 1),
        "stopped timers do not pile up"
    );
    for Reverse(ready) in &current {
        assert!(
            ready.due >> TICK_BITS <= wheel.elapsed,
            "only what time has reached is ready"
        );
        assert!(
            !wheel.known || wheel.next.is_some_and(|next| next <= ready.due),
            "next is not late"
        );
    }
    assert_eq!(wheel.len(), running + current.len());
}

struct Play {
    numbers: Numbers,
    wheel: TimerWheel<u64>,
    model: Model,
    /// Running timers, and where the model has them.
    running: Vec<(TimerKey, (u64, u64))>,
    gone: Vec<TimerKey>,
    now: u64,
    /// The longest usual delay and step of time, in bits.
    bits: u64,
}

impl Play {
    fn new(seed: u64, bits: u64) -> Self {
        let numbers = Numbers(seed);
        let (wheel, model) = (TimerWheel::new(), Model::default());
        Self {
            numbers,
            wheel,
            model,
            running: Vec::new(),
            gone: Vec::new(),
            now: 0,
            bits,
        }
    }

    fn some_due(&mut self) -> u64 {
        let bits = self.numbers.below(self.bits) + 1;
        let delay = self.numbers.below(1 << bits);
        match self.numbers.below(40) {
            0 => u64::MAX - self.numbers.below(3),
            1 => self.now.saturating_sub(delay),
            2 => self.now,
            3 => (self.now >> TICK_BITS << TICK_BITS).saturating_add(self.numbers.below(3) * TICK),
            4 => self.numbers.next(),
            _ => self.now.saturating_add(delay),
        }
    }

    fn step(&mut self) {
        match self.numbers.below(10) {
            0..=3 => {
                let due = self.some_due();
                let payload = self.numbers.next();
                let key = self.wheel.insert(due, payload);
                let place = self.model.start(due, payload);
                self.running.push((key, place));
            }
            4 | 5 if !self.running.is_empty() => {
                let which = self.numbers.below(self.running.len() as u64) as usize;
                let (key, place) = self.running.swap_remove(which);
                assert_eq!(self.wheel.due(key), Some(place.0));
                assert_eq!(self.wheel.remove(key), self.model.timers.remove(&place));
                self.gone.push(key);
            }
            6 | 7 if !self.running.is_empty() => {
                let which = self.numbers.below(self.running.len() as u64) as usize;
                let due = self.some_due();
                let (key, place) = &mut self.running[which];
                let payload = self.model.timers.remove(place).expect("the model has it");
                *place = self.model.start(due, payload);
                assert!(self.wheel.reschedule(*key, due));
            }
            8 if !self.gone.is_empty() => {
                let which = self.numbers.below(self.gone.len() as u64) as usize;
                let key = self.gone[which];
                assert_eq!((self.wheel.remove(key), self.wheel.due(key)), (None, None));
                assert!(!self.wheel.reschedule(key, 0));
            }
            _ => self.pass_time(),
        }
    }

    fn pass_time(&mut self) {
        let bits = self.numbers.below(self.bits) + 1;
        let on_the_dot = self.wheel.next_due().filter(|_| self.numbers.below(2) == 0);
        let step = self.numbers.below(1 << bits);
        self.now = on_the_dot
            .filter(|due| due >> 62 == 0)
            .unwrap_or(self.now)
            .max(self.now.saturating_add(step / 4));
        if self.numbers.below(8) == 0 {
            self.now -= self.now.min(step);
        }
        let mut slice = self.numbers.below(20);
        while slice > 0 {
            slice -= 1;
            let fired = pop(&mut self.wheel, self.now);
            assert_eq!(
                fired.map(|(_, due, payload)| (due, payload)),
                self.model.pop_due(self.now)
            );
            let Some((key, _, _)) = fired else { break };
            self.running.retain(|(running, _)| *running != key);
            self.gone.push(key);
        }
        assert_eq!(self.wheel.len(), self.model.timers.len());
        match (self.wheel.next_due(), self.model.next_due()) {
            (Some(wheel), Some(model)) => assert!(wheel <= model, "never late"),
            (wheel, model) => assert_eq!(wheel, model),
        }
    }
}

#[test]
fn behaves_as_a_sorted_list_does() {
    for (seed, bits) in [
        (0x9E37_79B9, 14),
        (2, 20),
        (3, 26),
        (4, 32),
        (5, 40),
        (6, 50),
        (7, 61),
        (8, 17),
    ] {
        let mut play = Play::new(seed, bits);
        for _ in 0..60_000 {
            play.step();
        }
        let order: Vec<_> = std::mem::take(&mut play.model.timers).into_values().collect();
        assert_eq!(payloads(&mut play.wheel, u64::MAX), order, "the rest comes in order");
        assert_eq!((play.wheel.len(), play.wheel.next_due()), (0, None));
    }
}

#[test]
fn keeps_its_invariants_at_each_step() {
    for (seed, bits) in [(11, 15), (12, 22), (13, 34), (14, 60)] {
        let mut play = Play::new(seed, bits);
        for _ in 0..3_000 {
            play.step();
            check(&play.wheel);
        }
    }
}
