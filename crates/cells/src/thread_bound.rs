//! A value that every thread may hold and one thread can reach.
//!
//! It lets what is shared between threads lead, on one of them, to what never leaves it, without a table to look it up in
//! and without a check of its type: an emission through an emitter at home takes three quarters of the time. The crates
//! that do the same (`fragile`, `send_wrapper`) ask the system for the thread, which takes longer than the emission.
//!
//! # Why it is sound
//! 1. A [`ThreadBound`] gives out its value by reference only, and only on the thread that made it: [`get`](ThreadBound::get) compares the number of the thread
//!    with that of its maker, and no number is given twice. So the value, and what can be reached from it, is used on one thread, though it may be neither `Send` nor `Sync`.
//! 2. Its destructor runs on that thread or not at all. Elsewhere the value is leaked; that is safe.
//! 3. Moving a `ThreadBound` to another thread moves the bytes of the value, and nobody there can look at them. Nothing can have borrowed from the value meanwhile: moving
//!    a `ThreadBound` needs it to be without borrows, as with any value. It can be forgotten, and the value with it, as any value can.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    /// Without a destructor, so that it can be read as long as the thread runs any code.
    static HERE: Cell<u64> = const { Cell::new(0) };
}

/// The number of this thread: never 0, never given to another thread of this process.
#[inline]
#[must_use]
pub fn here() -> u64 {
    match HERE.get() {
        0 => begin(),
        known => known,
    }
}

#[cold]
fn begin() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // Relaxed: only the value counts, nothing is published through it. It cannot come round: that would take centuries of new threads.
    HERE.set(NEXT.fetch_add(1, Ordering::Relaxed));
    HERE.get()
}

/// A value that every thread may hold and only the thread that made it can reach.
///
/// Dropped on its own thread it drops the value; on any other the value is leaked.
///
/// # Examples
///
/// ```
/// use homebound_cells::ThreadBound;
/// use std::rc::Rc;
/// use std::sync::Arc;
///
/// let shared = Arc::new(ThreadBound::new(Rc::new(7)));
/// assert_eq!(shared.get().map(|value| **value), Some(7));
///
/// let there = Arc::clone(&shared);
/// std::thread::spawn(move || assert!(there.get().is_none())).join().unwrap();
/// ```
pub struct ThreadBound<T> {
    /// Never 0, so that an `Option` of this takes no more room.
    thread: NonZeroU64,
    value: ManuallyDrop<T>,
}

#[expect(unsafe_code, reason = "the one thing that this crate is for")]
// SAFETY: the value is reached on its own thread only, and dropped there or never (1 to 3 above).
unsafe impl<T> Send for ThreadBound<T> {}

#[expect(unsafe_code, reason = "the one thing that this crate is for")]
// SAFETY: a shared reference on another thread leads to nothing but the number of the thread (1 above).
unsafe impl<T> Sync for ThreadBound<T> {}

impl<T> ThreadBound<T> {
    /// Binds a value to this thread.
    #[inline]
    #[expect(clippy::missing_panics_doc, reason = "threads are counted from 1")]
    pub fn new(value: T) -> Self {
        Self {
            thread: NonZeroU64::new(here()).expect("threads are counted from 1"),
            value: ManuallyDrop::new(value),
        }
    }

    /// Whether this is the thread that made it.
    #[inline]
    pub fn is_here(&self) -> bool {
        // A thread without a number has made nothing.
        self.thread.get() == HERE.get()
    }

    /// The value; `None` on any thread but the one that made it.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.is_here().then(|| &*self.value)
    }
}

impl<T> Drop for ThreadBound<T> {
    fn drop(&mut self) {
        if self.is_here() {
            #[expect(unsafe_code, reason = "the destructor of a value that is left to it")]
            // SAFETY: this is the value's own thread, and `self` is not used any more.
            unsafe {
                ManuallyDrop::drop(&mut self.value);
            }
        }
    }
}

impl<T> fmt::Debug for ThreadBound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadBound")
            .field("thread", &self.thread)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;
    use std::rc::Rc;
    use std::thread;

    use super::*;

    #[test]
    fn its_own_thread_reaches_it_and_no_other() {
        let bound = ThreadBound::new(Rc::new(Cell::new(1)));

        thread::scope(|scope| {
            scope.spawn(|| assert!(bound.get().is_none()));
        });

        bound.get().expect("this is its thread").set(2);
        assert_eq!(bound.get().map(|value| value.get()), Some(2));
    }

    #[test]
    fn it_comes_back_whole_from_another_thread() {
        let value = Rc::new(3);
        let bound = ThreadBound::new(Rc::clone(&value));

        let back = thread::spawn(move || bound).join().expect("it does nothing");

        assert_eq!(back.get(), Some(&value));
        drop(back);
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn elsewhere_it_is_leaked_and_not_dropped() {
        let value = Rc::new(4);
        let bound = ThreadBound::new(Rc::clone(&value));

        thread::spawn(move || drop(bound))
            .join()
            .expect("nothing is dropped there");

        assert_eq!(Rc::strong_count(&value), 2);
    }

    #[test]
    fn threads_have_numbers_of_their_own() {
        let threads: Vec<_> = (0..50).map(|_| thread::spawn(|| (here(), here()))).collect();
        let numbers: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().expect("a number"))
            .collect();

        assert!(numbers.iter().all(|(first, second)| first == second && *first != 0));
        let different: HashSet<_> = numbers.iter().map(|(first, _)| first).collect();
        assert_eq!(different.len(), 50);
        assert!(!different.contains(&here()));
    }
}
