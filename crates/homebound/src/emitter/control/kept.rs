//! What a thread keeps of the signals that it emits away from their homes: the last list of links of each, so that the next emission takes
//! no lock and counts no reference.
//!
//! Who uses it: each thread its own; nobody reaches another's. So what is kept here stays until this thread comes by again, or ends, and must be nothing
//! that a disconnection has to give back at once: see [`super::away`].
//!
//! # Invariants
//! 1. An entry is used only with the version that it was made of.
//! 2. There are at most [`MOST`] entries; where room is needed, those that can never be used again go first.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// Signals that a thread keeps lists of: more than one thread emits at the same time as a rule.
const MOST: usize = 128;
/// Places that a thread begins with.
const FIRST: usize = 4;

/// A list, of whatever type its signal's arguments are.
pub(super) trait Keepable: Any {
    /// Whether no emission will ever use it again.
    fn is_stale(&self) -> bool;
}

struct Entry {
    signal: u64,
    version: u64,
    list: Rc<dyn Keepable>,
}

/// The lists that one thread keeps. A signal's place follows from its number, which nobody else has.
pub(super) struct Store(RefCell<Vec<Option<Entry>>>);

thread_local! {
    static OWN: Store = const { Store::new() };
}

/// What this thread keeps. `None` while the thread ends.
#[inline]
pub(super) fn of_this_thread<R>(act: impl FnOnce(&Store) -> R) -> Option<R> {
    OWN.try_with(act).ok()
}

impl Store {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// The list of this version, if it is kept.
    #[inline]
    pub(super) fn find<K: Keepable>(&self, signal: u64, version: u64) -> Option<Rc<K>> {
        let entries = self.0.borrow();
        let entry = entries.get(place(signal, entries.len()))?.as_ref()?;
        if entry.signal != signal || entry.version != version {
            return None;
        }
        let list: Rc<dyn Any> = Rc::<dyn Keepable>::clone(&entry.list);
        list.downcast().ok()
    }

    /// Keeps a list in place of an older one.
    pub(super) fn keep(&self, signal: u64, version: u64, list: Rc<dyn Keepable>) {
        let mut gone = Vec::new();
        {
            let mut entries = self.0.borrow_mut();
            if !has_room(&entries, signal) {
                gone = make_room(&mut entries, signal);
            }
            let at = place(signal, entries.len());
            let entry = Entry { signal, version, list };
            gone.push(entries[at].replace(entry));
        }
        drop(gone);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.borrow().iter().flatten().count()
    }
}

/// Numbers rise one by one, so their last digits differ most.
#[inline]
fn place(signal: u64, places: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the places are a power of two, and few")]
    let digits = signal as usize;
    digits & places.wrapping_sub(1)
}

fn has_room(entries: &[Option<Entry>], signal: u64) -> bool {
    match entries.get(place(signal, entries.len())) {
        Some(Some(entry)) => entry.signal == signal,
        Some(None) => true,
        None => false,
    }
}

/// Drops what can never be used again, and doubles the places until the signal has one. Returns what had to go.
fn make_room(entries: &mut Vec<Option<Entry>>, signal: u64) -> Vec<Option<Entry>> {
    let mut gone: Vec<_> = entries
        .iter_mut()
        .map(|place| place.take_if(|entry| entry.list.is_stale()))
        .collect();
    while !has_room(entries, signal) && entries.len() < MOST {
        let places = (entries.len() * 2).max(FIRST);
        let before = std::mem::take(entries);
        entries.resize_with(places, || None);
        for entry in before.into_iter().flatten() {
            let at = place(entry.signal, places);
            gone.push(entries[at].replace(entry));
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct List(u64, Cell<bool>);

    impl Keepable for List {
        fn is_stale(&self) -> bool {
            self.1.get()
        }
    }

    fn list(n: u64) -> Rc<List> {
        Rc::new(List(n, Cell::new(false)))
    }

    #[test]
    fn list_is_found_by_its_signal_and_version_alone() {
        let store = Store::new();
        assert!(store.find::<List>(5, 1).is_none());

        store.keep(5, 1, list(51));
        store.keep(6, 1, list(61));
        assert_eq!(store.find::<List>(5, 1).map(|list| list.0), Some(51));
        assert!(store.find::<List>(5, 2).is_none(), "another version");
        assert!(store.find::<List>(9, 1).is_none(), "another signal of the same place");

        store.keep(5, 2, list(52));
        assert_eq!(store.find::<List>(5, 2).map(|list| list.0), Some(52));
        assert_eq!(store.len(), 2);
    }

    #[test]
    fn signals_that_would_share_a_place_both_have_one() {
        let store = Store::new();
        for signal in (0..64).step_by(8) {
            store.keep(signal, 1, list(signal));
        }
        for signal in (0..64).step_by(8) {
            assert_eq!(store.find::<List>(signal, 1).map(|list| list.0), Some(signal));
        }
    }

    #[test]
    fn ten_thousand_signals_leave_a_bounded_number_of_lists() {
        let store = Store::new();
        for signal in 0..10_000 {
            store.keep(signal, 1, list(signal));
        }
        assert!(store.len() <= MOST);
        assert!(store.find::<List>(9_999, 1).is_some());
    }

    #[test]
    fn stale_lists_make_room_first() {
        let store = Store::new();
        let lists: Vec<_> = (0..100)
            .map(|n| {
                let list = list(n);
                store.keep(4 * n, 1, Rc::clone(&list) as Rc<dyn Keepable>);
                list.1.set(true);
                list
            })
            .collect();
        assert!(store.len() <= FIRST, "{} are kept", store.len());
        assert_eq!(
            lists.iter().filter(|list| Rc::strong_count(list) > 1).count(),
            store.len()
        );
    }
}
