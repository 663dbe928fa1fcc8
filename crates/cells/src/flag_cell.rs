//! A `RefCell` that may lose its value for good and has flags beside it, all told by one word.
//!
//! Whether the value is borrowed, whether it is there, and whether its user has noted something are asked before each use of it. In one word that is one load and one test; after the
//! use, whether something was noted meanwhile is told by the word that the end of the borrow writes anyway.
//!
//! # Why it is sound
//! 1. `state` says how the value is lent: not at all, to one exclusively ([`EXCLUSIVE`]), or to so many shared; or that it was taken out ([`TAKEN`]), and then it is never lent again.
//!    Only a cell that is not lent is lent exclusively, only one that is not lent exclusively is lent shared, and what would pass the greatest count is refused. So references to the value obey the rules.
//! 2. A borrow gives back in its destructor what it was lent. One that is forgotten leaves the value lent for ever, which is safe.
//! 3. The value is initialised until [`TAKEN`] is set, which is done before it is moved out, when it is not lent; the cell's own destructor, which nothing can be lent at, drops it if it is there.
//! 4. The cell is not `Sync`, for `state` is not: all of this happens on one thread at a time.
//! 5. A borrow holds a reference to the cell and none to the value: it may end while it is handed about.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

/// The bits of the user's flags.
const FLAGS: u32 = 0xFF;
/// The value is gone.
const TAKEN: u32 = 0x100;
/// One shared borrow.
const SHARED: u32 = 0x1_0000;
/// Where borrows are counted.
const LENT: u32 = 0xFFFF_0000;
/// What stands there for an exclusive one.
const EXCLUSIVE: u32 = LENT;
/// The most that are counted.
const MOST_SHARED: u32 = EXCLUSIVE - SHARED;

/// A cell for a value that is borrowed as in a `RefCell`, may be taken out for good, and has eight flags of its user's beside it.
///
/// # Examples
///
/// ```
/// use homebound_cells::{BorrowError, FlagCell};
///
/// let cell = FlagCell::new(String::from("here"));
/// cell.try_borrow_mut()?.push_str(" and now");
/// cell.raise(1);
/// assert_eq!(cell.flags(), 1);
///
/// assert_eq!(cell.take()?, Some(String::from("here and now")));
/// assert_eq!(cell.try_borrow().err(), Some(BorrowError::Taken));
/// # Ok::<(), BorrowError>(())
/// ```
pub struct FlagCell<T> {
    state: Cell<u32>,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// Why a value cannot be had now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BorrowError {
    /// It is borrowed.
    Borrowed,
    /// It was taken out.
    Taken,
}

impl fmt::Display for BorrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Borrowed => "the value is borrowed",
            Self::Taken => "the value was taken out",
        })
    }
}

impl std::error::Error for BorrowError {}

/// A shared borrow of the value in a [`FlagCell`].
pub struct FlagRef<'a, T>(&'a FlagCell<T>);

/// An exclusive borrow of the value in a [`FlagCell`].
pub struct FlagRefMut<'a, T>(&'a FlagCell<T>);

impl<T> FlagCell<T> {
    /// Makes a cell with this value and no flag.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self {
            state: Cell::new(0),
            value: UnsafeCell::new(MaybeUninit::new(value)),
        }
    }

    /// The flags that are raised.
    #[inline]
    pub fn flags(&self) -> u8 {
        (self.state.get() & FLAGS) as u8
    }

    /// Raises flags; the others stay.
    #[inline]
    pub fn raise(&self, flags: u8) {
        self.state.set(self.state.get() | u32::from(flags));
    }

    /// Lowers flags; the others stay.
    #[inline]
    pub fn lower(&self, flags: u8) {
        self.state.set(self.state.get() & !u32::from(flags));
    }

    /// Whether somebody has the value, shared or exclusively.
    #[inline]
    pub fn is_borrowed(&self) -> bool {
        self.state.get() & LENT != 0
    }

    /// Borrows the value; others may do so at the same time.
    ///
    /// # Errors
    /// [`BorrowError`] if it is borrowed exclusively, or 65,534 times, or was taken out.
    #[inline]
    pub fn try_borrow(&self) -> Result<FlagRef<'_, T>, BorrowError> {
        let state = self.state.get();
        if state & TAKEN != 0 {
            return Err(BorrowError::Taken);
        }
        if state & LENT >= MOST_SHARED {
            return Err(BorrowError::Borrowed);
        }
        self.state.set(state + SHARED);
        Ok(FlagRef(self))
    }

    /// Borrows the value alone.
    ///
    /// # Errors
    /// [`BorrowError`] if it is borrowed or was taken out.
    #[inline]
    pub fn try_borrow_mut(&self) -> Result<FlagRefMut<'_, T>, BorrowError> {
        let state = self.state.get();
        if state & (LENT | TAKEN) != 0 {
            return Err(why_not(state));
        }
        self.state.set(state | EXCLUSIVE);
        Ok(FlagRefMut(self))
    }

    /// Takes the value out, for good. `None` if that was done before.
    ///
    /// # Errors
    /// [`BorrowError::Borrowed`] if it is borrowed.
    pub fn take(&self) -> Result<Option<T>, BorrowError> {
        let state = self.state.get();
        if state & TAKEN != 0 {
            return Ok(None);
        }
        if state & LENT != 0 {
            return Err(BorrowError::Borrowed);
        }
        self.state.set(state | TAKEN);
        #[expect(unsafe_code, reason = "the value leaves the cell")]
        // SAFETY: it was there and not lent, and from now on the cell says that it is gone (3).
        let value = unsafe { (*self.value.get()).assume_init_read() };
        Ok(Some(value))
    }
}

#[cold]
fn why_not(state: u32) -> BorrowError {
    if state & TAKEN != 0 {
        BorrowError::Taken
    } else {
        BorrowError::Borrowed
    }
}

impl<T> Drop for FlagCell<T> {
    #[inline]
    fn drop(&mut self) {
        if self.state.get() & TAKEN == 0 {
            #[expect(unsafe_code, reason = "the value is the cell's to drop")]
            // SAFETY: it is there, and nobody has borrowed from a cell that is dropped (3).
            unsafe {
                self.value.get_mut().assume_init_drop();
            }
        }
    }
}

impl<T> Deref for FlagRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        #[expect(unsafe_code, reason = "what a shared borrow is for")]
        // SAFETY: it is lent shared as long as this borrow is there, and so not taken out (1, 3).
        unsafe {
            (*self.0.value.get()).assume_init_ref()
        }
    }
}

impl<T> Drop for FlagRef<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.state.set(self.0.state.get() - SHARED);
    }
}

impl<T> Deref for FlagRefMut<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        #[expect(unsafe_code, reason = "what an exclusive borrow is for")]
        // SAFETY: it is lent to this borrow alone, and so not taken out (1, 3).
        unsafe {
            (*self.0.value.get()).assume_init_ref()
        }
    }
}

impl<T> DerefMut for FlagRefMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        #[expect(unsafe_code, reason = "what an exclusive borrow is for")]
        // SAFETY: it is lent to this borrow alone, which is borrowed exclusively here, and so not taken out (1, 3).
        unsafe {
            (*self.0.value.get()).assume_init_mut()
        }
    }
}

impl<T> Drop for FlagRefMut<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.state.set(self.0.state.get() & !LENT);
    }
}

impl<T: fmt::Debug> fmt::Debug for FlagCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cell = f.debug_struct("FlagCell");
        match self.try_borrow() {
            Ok(value) => cell.field("value", &*value),
            Err(error) => cell.field("value", &format_args!("<{error}>")),
        };
        cell.field("flags", &self.flags()).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for FlagRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for FlagRefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn one_has_it_alone_or_several_share_it() {
        let cell = FlagCell::new(1);
        {
            let mut alone = cell.try_borrow_mut().expect("nobody has it");
            *alone += 1;
            assert_eq!(cell.try_borrow_mut().err(), Some(BorrowError::Borrowed));
            assert_eq!(cell.try_borrow().err(), Some(BorrowError::Borrowed));
        }
        let (first, second) = (cell.try_borrow(), cell.try_borrow());
        assert_eq!(cell.try_borrow_mut().err(), Some(BorrowError::Borrowed));
        drop(first);
        assert!(cell.is_borrowed());
        drop(second);
        assert!(!cell.is_borrowed());
        assert_eq!(cell.try_borrow_mut().map(|value| *value), Ok(2));
    }

    #[test]
    fn flags_stand_apart_from_borrows() {
        let cell = FlagCell::new(());
        cell.raise(0xFF);
        let alone = cell.try_borrow_mut().expect("flags do not lend");
        cell.lower(0x0F);
        drop(alone);
        let shared = cell.try_borrow().expect("flags do not lend");
        cell.raise(1);
        drop(shared);
        assert_eq!((cell.flags(), cell.is_borrowed()), (0xF1, false));
        assert!(cell.take().is_ok());
        assert_eq!(cell.flags(), 0xF1);
    }

    #[test]
    fn what_is_taken_out_is_dropped_by_who_took_it_and_once() {
        let value = Rc::new(());
        let cell = FlagCell::new(Rc::clone(&value));
        let borrowed = cell.try_borrow().expect("nobody has it");
        assert_eq!(cell.take(), Err(BorrowError::Borrowed));
        drop(borrowed);

        let taken = cell.take();
        assert_eq!(cell.take(), Ok(None));
        assert_eq!(cell.try_borrow_mut().err(), Some(BorrowError::Taken));
        assert_eq!(cell.try_borrow().err(), Some(BorrowError::Taken));
        drop(cell);
        assert_eq!(Rc::strong_count(&value), 2);
        drop(taken);
        assert_eq!(Rc::strong_count(&value), 1);

        drop(FlagCell::new(Rc::clone(&value)));
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn a_value_may_end_the_borrow_of_it_while_that_is_handed_about() {
        fn end(borrow: FlagRefMut<'_, i32>, cell: &FlagCell<i32>) -> Result<Option<i32>, BorrowError> {
            drop(borrow);
            cell.take()
        }
        let cell = FlagCell::new(3);
        let borrow = cell.try_borrow_mut().expect("nobody has it");
        assert_eq!(end(borrow, &cell), Ok(Some(3)));
    }

    #[test]
    fn borrows_that_are_forgotten_are_counted_to_the_end_and_no_further() {
        let cell = FlagCell::new(());
        let counted = std::iter::from_fn(|| cell.try_borrow().ok().map(std::mem::forget));
        let most = usize::try_from(MOST_SHARED / SHARED).expect("it is small");
        assert_eq!(counted.take(2 * most).count(), most);
        assert!(cell.is_borrowed());
        assert_eq!(cell.try_borrow_mut().err(), Some(BorrowError::Borrowed));
    }
}
