//! A counted box whose pointer leads to the value itself.
//!
//! An [`Rc`] points at its counts, and the value lies behind them where its alignment lets it: through an `Rc<dyn Trait>` each call asks the vtable for the alignment
//! first, five instructions that a slot of a few nanoseconds feels. [`Rc::into_raw`] has done that sum once and for all.
//!
//! # Why it is sound
//! 1. `value` comes from [`Rc::into_raw`], and that `Rc`'s count is this box's own until its end: so the value is there, and reached by shared reference only.
//! 2. Each clone adds a count, each drop gives one back, by the functions that the library has for such pointers.
//! 3. It is neither `Send` nor `Sync`, as an `Rc` is: the marker sees to that.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;
use std::rc::Rc;

/// A counted box of one thread, quicker to call through than an `Rc<dyn Trait>`.
///
/// # Examples
///
/// ```
/// use homebound_cells::DirectRc;
/// use std::rc::Rc;
///
/// let greet: DirectRc<dyn Fn(&str) -> String> = DirectRc::from(Rc::new(|name: &str| format!("hello, {name}")) as Rc<dyn Fn(&str) -> String>);
/// let other = greet.clone();
/// assert_eq!(other("world"), "hello, world");
/// ```
pub struct DirectRc<T: ?Sized> {
    value: NonNull<T>,
    _counted: PhantomData<Rc<T>>,
}

impl<T: ?Sized> From<Rc<T>> for DirectRc<T> {
    #[inline]
    fn from(counted: Rc<T>) -> Self {
        let value = Rc::into_raw(counted).cast_mut();
        Self {
            #[expect(unsafe_code, reason = "the library does not say so in the type")]
            // SAFETY: a value's address is never null.
            value: unsafe { NonNull::new_unchecked(value) },
            _counted: PhantomData,
        }
    }
}

impl<T: ?Sized> From<DirectRc<T>> for Rc<T> {
    #[inline]
    fn from(direct: DirectRc<T>) -> Self {
        let value = direct.value.as_ptr();
        mem::forget(direct);
        #[expect(unsafe_code, reason = "the way back")]
        // SAFETY: it is from `Rc::into_raw`, and the count that went with it is handed on (1).
        unsafe {
            Self::from_raw(value)
        }
    }
}

impl<T: ?Sized> Deref for DirectRc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        #[expect(unsafe_code, reason = "the one thing that this type is for")]
        // SAFETY: it is there as long as this count of it, and nobody has it mutably (1).
        unsafe {
            self.value.as_ref()
        }
    }
}

impl<T: ?Sized> Clone for DirectRc<T> {
    #[inline]
    fn clone(&self) -> Self {
        #[expect(unsafe_code, reason = "another count of the same value")]
        // SAFETY: it is from `Rc::into_raw`, and its count is above zero as long as `self` is there (1, 2).
        unsafe {
            Rc::increment_strong_count(self.value.as_ptr());
        }
        Self {
            value: self.value,
            _counted: PhantomData,
        }
    }
}

impl<T: ?Sized> Drop for DirectRc<T> {
    #[inline]
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "the count goes back")]
        // SAFETY: it is from `Rc::into_raw`, and `self` is not used any more (1, 2).
        unsafe {
            drop(Rc::from_raw(self.value.as_ptr()));
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for DirectRc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    trait Count {
        fn count(&self) -> u64;
    }

    /// Aligned more than the counts before it.
    #[repr(align(64))]
    struct Wide(Cell<u64>);

    impl Count for Wide {
        fn count(&self) -> u64 {
            self.0.set(self.0.get() + 1);
            self.0.get()
        }
    }

    impl Drop for Wide {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }

    thread_local! {
        static DROPPED: Cell<u32> = const { Cell::new(0) };
    }

    #[test]
    fn it_calls_the_value_and_drops_it_with_the_last_count() {
        let counted: Rc<dyn Count> = Rc::new(Wide(Cell::new(0)));
        let first = DirectRc::from(Rc::clone(&counted));
        let second = first.clone();
        assert_eq!((counted.count(), first.count(), second.count()), (1, 2, 3));
        assert_eq!(Rc::strong_count(&counted), 3);

        drop(first);
        drop(counted);
        assert_eq!(DROPPED.get(), 0);
        let back: Rc<dyn Count> = second.into();
        assert_eq!((back.count(), Rc::strong_count(&back)), (4, 1));
        drop(back);
        assert_eq!(DROPPED.get(), 1);
    }

    #[test]
    fn a_value_without_size_is_there_too() {
        let empty: Rc<dyn Fn() -> u8> = Rc::new(|| 7);
        assert_eq!(DirectRc::from(empty)(), 7);
    }

    #[test]
    fn an_option_of_it_takes_no_more_room() {
        assert_eq!(
            size_of::<Option<DirectRc<dyn Count>>>(),
            size_of::<DirectRc<dyn Count>>()
        );
    }
}
