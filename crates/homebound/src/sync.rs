//! The primitives of synchronisation, named in this one file.
//!
//! Everything else in the crate takes its locks, condition variables, atomics and thread parking from here, so that the models
//! under loom run the real code. The locks are newtypes: nothing in Homebound panics while it holds one, so there is no
//! poison to hand on.

#![cfg_attr(loom, expect(clippy::disallowed_types, reason = "the one file that may name them"))]

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

#[cfg(not(loom))]
use crate::blocking;

#[cfg(not(loom))]
pub(crate) use std::sync::OnceLock;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic;
#[cfg(not(loom))]
pub(crate) use std::thread::{Thread, current as current_thread, yield_now};

#[cfg(loom)]
pub(crate) use loom::sync::atomic;
#[cfg(loom)]
pub(crate) use loom::thread::{Thread, current as current_thread, yield_now};

#[cfg(not(loom))]
use parking_lot as imp;

#[cfg(loom)]
use loom::sync as imp;

/// A lock without poison.
pub(crate) struct Mutex<T>(imp::Mutex<T>);

/// Holds a [`Mutex`] until it is dropped.
pub(crate) struct MutexGuard<'a, T>(Option<imp::MutexGuard<'a, T>>);

/// Where a thread waits for a change under a [`Mutex`].
pub(crate) struct Condvar(imp::Condvar);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    #[cfg(not(loom))]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock()))
    }

    #[cfg(loom)]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock().unwrap_or_else(|poison| poison.into_inner())))
    }

    #[cfg(not(loom))]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().map(|guard| MutexGuard(Some(guard)))
    }

    #[cfg(loom)]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok().map(|guard| MutexGuard(Some(guard)))
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex(..)")
    }
}

/// A value that is made once. What has made it is seen by whoever gets it, and a model must know that: std's is not known to loom.
#[cfg(loom)]
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    making: imp::Mutex<()>,
    is_made: atomic::AtomicBool,
}

#[cfg(loom)]
impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self {
            value: std::sync::OnceLock::new(),
            making: imp::Mutex::new(()),
            is_made: atomic::AtomicBool::new(false),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.is_made.load(atomic::Ordering::Acquire) {
            self.value.get()
        } else {
            None
        }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let _making = self.making.lock();
        let value = self.value.get_or_init(make);
        self.is_made.store(true, atomic::Ordering::Release);
        value
    }
}

#[cfg(loom)]
impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        cell.get_or_init(|| value);
        cell
    }
}

const HELD: &str = "a guard is without its lock only inside Condvar's own methods";

#[cfg(not(loom))]
impl<T> MutexGuard<'_, T> {
    /// Unlocks; who has waited longest has the lock then, if anybody waits. Dear where several wait all the time.
    pub(crate) fn unlock_fair(self) {
        if let Some(guard) = self.0 {
            imp::MutexGuard::unlock_fair(guard);
        }
    }
}

#[cfg(loom)]
impl<T> MutexGuard<'_, T> {
    pub(crate) fn unlock_fair(self) {
        drop(self);
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect(HELD)
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(HELD)
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(imp::Condvar::new())
    }

    /// Waits for a notification. May wake without one.
    #[cfg(not(loom))]
    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.0.wait(guard.0.as_mut().expect(HELD));
    }

    /// Waits for a notification. May wake without one.
    #[cfg(loom)]
    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.0.take().expect(HELD);
        guard.0 = Some(self.0.wait(held).unwrap_or_else(|poison| poison.into_inner()));
    }

    /// Waits for a notification, at most for `timeout`. May wake without one: the caller looks at its condition and its deadline.
    #[cfg(not(loom))]
    pub(crate) fn wait_timeout<T>(&self, guard: &mut MutexGuard<'_, T>, timeout: Duration) {
        self.0.wait_for(guard.0.as_mut().expect(HELD), timeout);
    }

    /// Waits for a notification; in a model time does not pass.
    #[cfg(loom)]
    pub(crate) fn wait_timeout<T>(&self, guard: &mut MutexGuard<'_, T>, _timeout: Duration) {
        self.wait(guard);
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar")
    }
}

/// Parks this thread until it is unparked or `timeout` is over. May return without either.
#[cfg(not(loom))]
pub(crate) fn park(timeout: Option<Duration>) {
    blocking::wait(|| match timeout {
        Some(timeout) => std::thread::park_timeout(timeout),
        None => std::thread::park(),
    });
}

/// Parks this thread until it is unparked; in a model time does not pass.
#[cfg(loom)]
pub(crate) fn park(_timeout: Option<Duration>) {
    loom::thread::park();
}

/// A value that is made when it is first needed, by whichever thread needs it.
#[cfg(not(loom))]
pub(crate) struct OnceBox<T>(std::sync::OnceLock<Box<T>>);

#[cfg(not(loom))]
impl<T> OnceBox<T> {
    pub(crate) fn new() -> Self {
        Self(std::sync::OnceLock::new())
    }

    /// The value, if it was made, as far as this thread can know.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.get().map(|value| &**value)
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(|| Box::new(make()))
    }
}

/// A value that is made when it is first needed, by whichever thread needs it; a model decides who knows of it when.
#[cfg(loom)]
pub(crate) struct OnceBox<T> {
    made: atomic::AtomicBool,
    making: Mutex<()>,
    /// The models' threads take turns on one, so nobody ever waits in here.
    value: std::sync::OnceLock<Box<T>>,
}

#[cfg(loom)]
impl<T> OnceBox<T> {
    pub(crate) fn new() -> Self {
        Self {
            made: atomic::AtomicBool::new(false),
            making: Mutex::new(()),
            value: std::sync::OnceLock::new(),
        }
    }

    /// The value, if it was made, as far as this thread can know.
    pub(crate) fn get(&self) -> Option<&T> {
        let made = self.made.load(atomic::Ordering::Acquire);
        if made {
            self.value.get().map(|value| &**value)
        } else {
            None
        }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if !self.made.load(atomic::Ordering::Acquire) {
            let _making = self.making.lock();
            self.value.get_or_init(|| Box::new(make()));
            self.made.store(true, atomic::Ordering::Release);
        }
        self.get().expect("it was made, and this thread knows")
    }
}

impl<T> fmt::Debug for OnceBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnceBox(..)")
    }
}

/// Numbers that are never given twice in a process. Zero is never given.
pub(crate) mod unique {
    // Always the real atomic: loom's cannot live in a static, and a counter needs no model.
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU64, Ordering};

    static NEXT: AtomicU64 = AtomicU64::new(1);

    /// Numbers that a thread takes at once, to give them out by itself.
    const STOCK: u64 = 256;

    thread_local! {
        /// The next number of this thread's stock, and the end of it.
        static OWN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }

    /// The next number. Numbers given later are greater.
    pub(crate) fn next() -> u64 {
        // Relaxed: only the value counts, nothing is published through it.
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// A number greater than `last` and than what this gave on this thread before, without an atomic operation as a rule. What [`next`]
    /// has given meanwhile may be greater.
    #[inline]
    pub(crate) fn next_here(last: u64) -> u64 {
        let (next, end) = OWN.get();
        if next < end && next > last {
            OWN.set((next + 1, end));
            return next;
        }
        restock()
    }

    #[cold]
    fn restock() -> u64 {
        let first = NEXT.fetch_add(STOCK, Ordering::Relaxed);
        OWN.set((first + 1, first + STOCK));
        first
    }
}
