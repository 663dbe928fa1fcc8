//! The kinds of slot: a closure with an object of this loop, with an object that can move, with nothing but its own state, or with an object that lives elsewhere.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use super::{CallSlot, Called, SharedObject, SharedSlot};
use crate::event::Event;
use crate::event_loop::LoopInner;
use crate::home::Resident;
use crate::object::ObjectCell;
use crate::slot::Receive;
use crate::sync::Mutex;

/// A closure that gets an object pinned to this loop.
pub(crate) struct ObjectSlot<T: 'static, A: ?Sized, F> {
    cell: Rc<ObjectCell<T>>,
    slot: F,
    _args: PhantomData<fn(&A)>,
}

impl<T: 'static, A, F: Fn(&mut T, &A) + 'static> ObjectSlot<T, A, F> {
    pub(crate) fn new(cell: Rc<ObjectCell<T>>, slot: F) -> Self {
        Self {
            cell,
            slot,
            _args: PhantomData,
        }
    }
}

impl<T: 'static, A: 'static, F: Fn(&mut T, &A) + 'static> CallSlot<A> for ObjectSlot<T, A, F> {
    #[inline]
    fn call(&self, args: &A) -> Called {
        self.cell.with(|object| (self.slot)(object, args)).into()
    }

    fn is_busy(&self) -> bool {
        self.cell.is_running()
    }

    fn wait(&self, event: Event) {
        // Makes its address, and with it the room to wait in.
        self.cell.resident();
        Receive::wait(&*self.cell, event);
    }

    fn resident(&self) -> u64 {
        Receive::resident(&*self.cell)
    }

    fn address(&self) -> Option<Arc<Resident>> {
        Some(Arc::clone(self.cell.resident()))
    }
}

/// A closure with nothing but its own state, which is its object.
pub(crate) struct BareSlot<A, F: FnMut(&A) + 'static> {
    cell: Rc<ObjectCell<F>>,
    _args: PhantomData<fn(&A)>,
}

impl<A: 'static, F: FnMut(&A) + 'static> BareSlot<A, F> {
    pub(crate) fn new(slot: F) -> Self {
        Self {
            cell: ObjectCell::new(slot),
            _args: PhantomData,
        }
    }
}

impl<A, F: FnMut(&A) + 'static> Drop for BareSlot<A, F> {
    fn drop(&mut self) {
        self.cell.end();
    }
}

impl<A: 'static, F: FnMut(&A) + 'static> CallSlot<A> for BareSlot<A, F> {
    #[inline]
    fn call(&self, args: &A) -> Called {
        self.cell.with(|slot| slot(args)).into()
    }

    fn is_busy(&self) -> bool {
        self.cell.is_running()
    }

    fn wait(&self, event: Event) {
        self.cell.resident();
        Receive::wait(&*self.cell, event);
    }

    fn resident(&self) -> u64 {
        Receive::resident(&*self.cell)
    }

    fn address(&self) -> Option<Arc<Resident>> {
        Some(Arc::clone(self.cell.resident()))
    }
}

/// A slot as it crosses threads.
pub(crate) trait CrossSlot<A>: Send + Sync {
    fn call(&self, args: &A) -> Called;
    /// Its object, if it has to be waited for.
    fn object(&self) -> Option<&dyn SharedObject>;
    fn resident(&self) -> u64;
}

/// A slot that can cross threads, at one of its homes.
pub(crate) struct AtHome<A>(pub(crate) SharedSlot<A>);

impl<A: 'static> CallSlot<A> for AtHome<A> {
    fn call(&self, args: &A) -> Called {
        self.0.call(args)
    }

    fn is_busy(&self) -> bool {
        self.0.object().is_some_and(SharedObject::is_busy)
    }

    fn wait(&self, event: Event) {
        if let Some(object) = self.0.object() {
            object.wait(event);
        }
    }

    fn resident(&self) -> u64 {
        self.0.resident()
    }

    fn depart(&self) -> Option<SharedSlot<A>> {
        Some(Arc::clone(&self.0))
    }
}

/// A closure that gets an object that can move.
struct MovableSlot<T: 'static, A, F> {
    object: Arc<dyn SharedObject>,
    /// Locked by the object's home only, and never twice, for the object is not re-entered.
    slot: Mutex<F>,
    _types: PhantomData<fn(&mut T, &A)>,
}

impl<T: 'static, A: 'static, F: Fn(&mut T, &A) + Send> CrossSlot<A> for MovableSlot<T, A, F> {
    fn call(&self, args: &A) -> Called {
        self.object
            .with_any(&mut |object| {
                if let (Some(object), Some(slot)) = (object.downcast_mut::<T>(), self.slot.try_lock()) {
                    slot(object, args);
                }
            })
            .into()
    }

    fn object(&self) -> Option<&dyn SharedObject> {
        Some(&*self.object)
    }

    fn resident(&self) -> u64 {
        self.object.number()
    }
}

/// A closure for an object that lives elsewhere (in Python's heap, in a toolkit's tree): called at once at its home, also while it is running.
pub(crate) struct HomeSlot<F> {
    pub(crate) object: u64,
    pub(crate) slot: F,
}

impl<A, F: Fn(&A) + Send + Sync> CrossSlot<A> for HomeSlot<F> {
    fn call(&self, args: &A) -> Called {
        (self.slot)(args);
        Called::Done
    }

    fn object(&self) -> Option<&dyn SharedObject> {
        None
    }

    fn resident(&self) -> u64 {
        self.object
    }
}

/// Binds a closure to the object with this number, at its home; `None` if it is gone.
pub(crate) fn bind<T, A, F>(home: &LoopInner, object: u64, slot: F) -> Option<Rc<dyn CallSlot<A>>>
where
    T: 'static,
    A: 'static,
    F: Fn(&mut T, &A) + Send + 'static,
{
    let receiver = home.find(object)?;
    if let Some(object) = receiver.shared_object() {
        let slot = MovableSlot::<T, A, F> {
            object,
            slot: Mutex::new(slot),
            _types: PhantomData,
        };
        return Some(Rc::new(AtHome(Arc::new(slot) as SharedSlot<A>)));
    }
    let cell = receiver.into_any().downcast::<ObjectCell<T>>().ok()?;
    Some(Rc::new(ObjectSlot::new(cell, slot)))
}
