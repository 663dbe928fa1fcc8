//! Where a thread finds its own signals by their place, for what other threads hold of them comes home with a number only.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::{Rc, Weak};

use super::Core;

thread_local! {
    /// Never dropped, so that finding a signal is a plain look, also while the thread ends; empty, and without memory, once all signals are gone.
    static SIGNALS: ManuallyDrop<RefCell<Arena>> =
        const { ManuallyDrop::new(RefCell::new(Arena { places: Vec::new(), free: Vec::new() })) };
}

struct Arena {
    places: Vec<(u64, Option<Weak<dyn Any>>)>,
    free: Vec<u32>,
}

/// Gives a signal a place on this thread.
pub(super) fn enter<A: Clone + Send + 'static>(core: Weak<Core<A>>) -> u32 {
    SIGNALS.with(|arena| {
        let mut arena = arena.borrow_mut();
        let entry: (u64, Option<Weak<dyn Any>>) = (0, Some(core));
        if let Some(place) = arena.free.pop() {
            arena.places[place as usize] = entry;
            return place;
        }
        arena.places.push(entry);
        u32::try_from(arena.places.len() - 1).expect("a thread does not have four thousand million signals")
    })
}

/// Says which signal is there: a place is given anew when its signal is gone.
pub(super) fn name(place: u32, signal: u64) {
    SIGNALS.with(|arena| arena.borrow_mut().places[place as usize].0 = signal);
}

/// Lets `act` use the signal at this place, if it is still that one. A number is given once, so this is its home then.
#[inline]
pub(crate) fn with<A: Clone + Send + 'static, R>(
    place: u32,
    signal: u64,
    act: impl FnOnce(&Core<A>) -> R,
) -> Option<R> {
    let core = at(place, signal)?;
    core.downcast_ref().map(act)
}

/// The signal at this place, if it is still that one.
pub(crate) fn find<A: Clone + Send + 'static>(place: u32, signal: u64) -> Option<Rc<Core<A>>> {
    at(place, signal)?.downcast().ok()
}

#[inline]
fn at(place: u32, signal: u64) -> Option<Rc<dyn Any>> {
    SIGNALS.with(|arena| {
        let arena = arena.borrow();
        match arena.places.get(place as usize) {
            Some((at, Some(core))) if *at == signal => core.upgrade(),
            _ => None,
        }
    })
}

pub(super) fn leave(place: u32) {
    let gone = SIGNALS.with(|arena| {
        let mut arena = arena.borrow_mut();
        let gone = std::mem::take(&mut arena.places[place as usize]);
        arena.free.push(place);
        if arena.free.len() == arena.places.len() {
            (arena.places, arena.free) = (Vec::new(), Vec::new());
        }
        gone
    });
    drop(gone);
}
