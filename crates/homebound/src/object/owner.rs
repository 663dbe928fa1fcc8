//! The owner of an object of this thread's loop, and the borrows it lends.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

use homebound_cells::{BorrowError, FlagRef, FlagRefMut};

use super::{DELETED, Handle, ObjectCell, RUNNING, Receiver, Settle, sealed};

/// Owns an object of this loop: when it is dropped, so is the object, here.
///
/// If the object is running at that moment (a slot of its own drops its owner), it ends when the slot has returned. `!Send`, so that the
/// object can be borrowed without a question; [`RemoteOwner`](crate::RemoteOwner) is the owner for other threads.
pub struct Owner<T: 'static> {
    cell: Rc<ObjectCell<T>>,
    owns: bool,
}

impl<T: 'static> Owner<T> {
    pub(crate) fn new(cell: Rc<ObjectCell<T>>) -> Self {
        Self { cell, owns: true }
    }

    pub(crate) fn cell(&self) -> &Rc<ObjectCell<T>> {
        &self.cell
    }

    /// The address of the object, for slots, posts and other threads.
    pub fn handle(&self) -> Handle<T> {
        Handle::new(Arc::clone(self.cell.resident()))
    }

    /// Borrows the object. As long as the borrow lasts, what is sent to it waits.
    ///
    /// # Panics
    /// If the object is mutably borrowed: one of its slots is running, further up this stack. If it was deleted through its handle.
    #[track_caller]
    pub fn borrow(&self) -> ObjectRef<'_, T> {
        match self.cell.value.try_borrow() {
            Ok(value) => ObjectRef {
                value,
                _settle: Settle(&self.cell),
            },
            Err(BorrowError::Borrowed) => panic!("{RUNNING}"),
            Err(BorrowError::Taken) => panic!("{DELETED}"),
        }
    }

    /// Borrows the object mutably, as a frame of an immediate-mode toolkit does. As long as the borrow lasts, what is sent to it waits.
    ///
    /// # Panics
    /// If the object is borrowed: one of its slots is running, further up this stack ([`try_borrow_mut`](Self::try_borrow_mut) asks first). If it was deleted through
    /// its handle.
    #[track_caller]
    pub fn borrow_mut(&self) -> ObjectRefMut<'_, T> {
        match self.try_borrow_mut() {
            Some(value) => value,
            None => panic!("the object is running: one of its slots is on the stack of this thread"),
        }
    }

    /// Borrows the object mutably, or `None` while it is running.
    ///
    /// # Panics
    /// If the object was deleted through its handle.
    #[track_caller]
    pub fn try_borrow_mut(&self) -> Option<ObjectRefMut<'_, T>> {
        match self.cell.value.try_borrow_mut() {
            Ok(value) => Some(ObjectRefMut {
                value,
                _settle: Settle(&self.cell),
            }),
            Err(BorrowError::Borrowed) => None,
            Err(BorrowError::Taken) => panic!("{DELETED}"),
        }
    }

    /// Leaves the object to its loop: it lives until [`Handle::delete`] or the loop's end.
    pub fn leave(mut self) -> Handle<T> {
        self.owns = false;
        self.cell.late().left.set(true);
        self.handle()
    }
}

impl<T: 'static> Drop for Owner<T> {
    fn drop(&mut self) {
        if self.owns {
            self.cell.end();
        }
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Owner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cell.value.try_borrow() {
            Ok(value) => f.debug_tuple("Owner").field(&*value).finish(),
            Err(BorrowError::Borrowed) => f.write_str("Owner(running)"),
            Err(BorrowError::Taken) => f.write_str("Owner(deleted)"),
        }
    }
}

/// A borrow of an object at its home.
pub struct ObjectRef<'a, T: 'static> {
    // Declared before `_settle`: the borrow ends first.
    value: FlagRef<'a, T>,
    _settle: Settle<'a, T>,
}

/// A mutable borrow of an object at its home.
pub struct ObjectRefMut<'a, T: 'static> {
    // Declared before `_settle`: the borrow ends first.
    value: FlagRefMut<'a, T>,
    _settle: Settle<'a, T>,
}

impl<T> Deref for ObjectRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for ObjectRefMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for ObjectRefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for ObjectRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for ObjectRefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: 'static> sealed::Local<T> for Owner<T> {
    fn local(&self) -> Option<Rc<ObjectCell<T>>> {
        Some(Rc::clone(&self.cell))
    }
}

impl<T: 'static> Receiver<T> for Owner<T> {
    fn handle(&self) -> Handle<T> {
        Self::handle(self)
    }
}
