//! The owner of an object that lives on another thread's loop.

use std::fmt;
use std::marker::PhantomData;
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
    unbuilt: Unbuilt,
    make: F,
    _object: PhantomData<fn() -> T>,
}

/// Marks the object as gone if it is never built: building it panics, or its loop ends before.
struct Unbuilt(Option<Arc<Resident>>);

impl Drop for Unbuilt {
    fn drop(&mut self) {
        if let Some(resident) = &self.0 {
            resident.set_gone();
        }
    }
}

impl<T: 'static, F: FnOnce(&LoopHandle) -> T + Send> Installer for Build<T, F> {
    fn install(self: Box<Self>, home: &LoopInner) {
        let Self { mut unbuilt, make, .. } = *self;
        let Some(this) = current().filter(|this| !this.is_closed()) else {
            return;
        };
        let value = make(&this.handle());
        // What makes it may have ended the loop.
        if !home.is_closed()
            && let Some(resident) = unbuilt.0.take()
        {
            home.install(resident.id, ObjectCell::with_resident(value, resident));
        }
    }

    fn target(&self) -> u64 {
        self.unbuilt.0.as_ref().map_or(0, |resident| resident.id)
    }
}

impl<T: 'static> RemoteOwner<T> {
    pub(crate) fn build(home: &Arc<LoopShared>, make: impl FnOnce(&LoopHandle) -> T + Send + 'static) -> Self {
        let handle = Handle::new(Resident::pinned(Arc::clone(home)));
        let build = Box::new(Build {
            unbuilt: Unbuilt(Some(Arc::clone(&handle.resident))),
            make,
            _object: PhantomData,
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
