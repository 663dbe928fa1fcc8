//! Events that overtake others. A plain structure without locks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// Events with a priority other than zero, by descending priority, in order within one.
#[derive(Debug)]
pub(crate) struct Prioritised<E>(BTreeMap<Reverse<i32>, VecDeque<E>>);

impl<E> Default for Prioritised<E> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<E> Prioritised<E> {
    pub(crate) fn push(&mut self, priority: i32, event: E) {
        self.0.entry(Reverse(priority)).or_default().push_back(event);
    }

    /// The next event above (or, at the end, below) the ordinary ones.
    pub(crate) fn pop(&mut self, above: bool) -> Option<E> {
        let mut first = self.0.first_entry()?;
        if (first.key().0 > 0) != above {
            return None;
        }
        let event = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        event
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn append(&mut self, other: &mut Self) {
        while let Some((Reverse(priority), events)) = other.0.pop_first() {
            self.0.entry(Reverse(priority)).or_default().extend(events);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    pub(crate) fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<(i32, E)>) {
        for (Reverse(priority), events) in &mut self.0 {
            for _ in 0..events.len() {
                let Some(event) = events.pop_front() else { break };
                if belongs(&event) {
                    into.push((*priority, event));
                } else {
                    events.push_back(event);
                }
            }
        }
        self.0.retain(|_, events| !events.is_empty());
    }
}
