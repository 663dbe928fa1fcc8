//! The owner of an object that lives on another thread's loop.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::{Handle, ObjectCell, Receiver, install_or_send, sealed};
use crate::event_loop::{LoopHandle, LoopInner, current};
use crate::home::{Installer, LoopShared, Resident};

/// Owns an object on another loop: `Send`, and wherever it is dropped, the object is dropped at its home.
///
/// Made by [`LoopProxy::insert_with`](crate::LoopProxy::insert_with).
pub struct RemoteOwner<T: 'static> {
    handle: Handle<T>,
    owns: bool,
}

/// Builds an object at its home.
struct Build<T: 'static, F> {
    handle: Handle<T>,
    make: F,
}

/// Marks the object as gone if building it panics.
struct Unbuilt<'a>(&'a Resident);

impl Drop for Unbuilt<'_> {
    fn drop(&mut self) {
        self.0.set_gone();
    }
}

impl<T: 'static, F: FnOnce(&LoopHandle) -> T + Send> Installer for Build<T, F> {
    fn install(self: Box<Self>, home: &LoopInner) {
        let Self { handle, make } = *self;
        let Some(this) = current() else { return };
        let unbuilt = Unbuilt(&handle.resident);
        let value = make(&this.handle());
        std::mem::forget(unbuilt);
        home.install(
            handle.resident.id,
            ObjectCell::with_resident(value, Arc::clone(&handle.resident)),
        );
    }

    fn target(&self) -> u64 {
        self.handle.resident.id
    }
}

impl<T: 'static> RemoteOwner<T> {
    pub(crate) fn build(home: &Arc<LoopShared>, make: impl FnOnce(&LoopHandle) -> T + Send + 'static) -> Self {
        let handle = Handle::new(Resident::pinned(Arc::clone(home)));
        let build = Box::new(Build {
            handle: handle.clone(),
            make,
        });
        install_or_send(&handle.resident, build);
        Self { handle, owns: true }
    }

    /// The address of the object.
    pub fn handle(&self) -> Handle<T> {
        self.handle.clone()
    }

    /// Leaves the object to its loop: it lives until [`Handle::delete`] or the loop's end.
    pub fn leave(mut self) -> Handle<T> {
        self.owns = false;
        self.handle.clone()
    }
}

impl<T: 'static> Drop for RemoteOwner<T> {
    fn drop(&mut self) {
        if self.owns {
            self.handle.delete();
        }
    }
}

impl<T: 'static> sealed::Local<T> for RemoteOwner<T> {
    fn local(&self) -> Option<Rc<ObjectCell<T>>> {
        self.handle.local()
    }
}

impl<T: 'static> Receiver<T> for RemoteOwner<T> {
    fn handle(&self) -> Handle<T> {
        self.handle.clone()
    }
}

impl<T: 'static> fmt::Debug for RemoteOwner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteOwner").field("handle", &self.handle).finish()
    }
}
