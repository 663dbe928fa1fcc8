//! Brings what finishes in any order back into the order in which it began.

use std::collections::VecDeque;

/// Results by their number; they come out without gaps.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    /// The number of the first of `waiting`.
    next: u64,
    waiting: VecDeque<Option<T>>,
}

impl<T> InOrder<T> {
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Puts in the result with this number, from 0. Each number is given once.
    pub(crate) fn push(&mut self, number: u64, result: T) {
        let place = usize::try_from(number - self.next).expect("results are numbered without gaps");
        if self.waiting.len() <= place {
            self.waiting.resize_with(place + 1, || None);
        }
        self.waiting[place] = Some(result);
    }

    /// Takes out the next result, unless it is still missing.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let result = self.waiting.front_mut()?.take()?;
        self.waiting.pop_front();
        self.next += 1;
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_out_in_the_order_of_their_numbers() {
        let mut results = InOrder::new();
        let mut out = Vec::new();
        for number in [2, 0, 1, 5, 4, 3, 6] {
            results.push(number, number);
            out.extend(std::iter::from_fn(|| results.pop()));
            out.push(100);
        }

        assert_eq!(out, [100, 0, 100, 1, 2, 100, 100, 100, 3, 4, 5, 100, 6, 100]);
    }
}
