//! Models of changes that other threads make while the home emits: the first emission after them knows of them.
//!
//! All threads of a model have one number, for they take turns on one thread; so the others call what is meant for other threads.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::loom::thread;

use super::Control;
use crate::delivery::Delivery;
use crate::event::Event;
use crate::link::{Link, Takes, Target};
use crate::signal::{Core, OwnHalf};
use crate::slot::{CallSlot, Called};
use crate::sync::unique;

/// A slot that counts its calls.
struct Counts(Rc<Cell<usize>>);

impl CallSlot<()> for Counts {
    fn call(&self, _args: &()) -> Called {
        self.0.set(self.0.get() + 1);
        Called::Done
    }

    fn is_busy(&self) -> bool {
        false
    }

    fn wait(&self, _event: Event) {}

    fn resident(&self) -> u64 {
        0
    }
}

/// A signal that no other thread has had to do with.
fn signal() -> Arc<Control<()>> {
    Control::new(Some(Core::default()), None)
}

fn at_home(signal: &Arc<Control<()>>) -> OwnHalf<'_, ()> {
    signal.own_half().expect("this is its home, and it has not ended")
}

/// A link to a slot for whatever thread emits.
fn counting(calls: &Arc<AtomicUsize>) -> Arc<Link<()>> {
    let calls = Arc::clone(calls);
    let slot = Box::new(move |(): &()| {
        calls.fetch_add(1, Ordering::Relaxed);
    });
    Link::new(
        unique::next(),
        Delivery::Direct,
        false,
        Takes::One,
        Target::Anywhere(slot),
    )
}

#[test]
fn loom_disconnection_elsewhere_counts_when_it_has_returned() {
    ::loom::model(|| {
        let signal = signal();
        let calls = Rc::new(Cell::new(0));
        let connection = at_home(&signal).connect_here(Counts(Rc::clone(&calls)));
        let (there, id) = (Arc::clone(&signal), connection.id);
        let other = thread::spawn(move || assert!(there.remove_away(id)));

        at_home(&signal).emit(());
        other.join().unwrap();

        let before = calls.get();
        at_home(&signal).emit(());
        assert_eq!(calls.get(), before, "it was called after its end");
        assert_eq!(at_home(&signal).connections(), 0);
    });
}

#[test]
fn loom_connection_made_elsewhere_counts_when_it_has_returned() {
    ::loom::model(|| {
        let signal = signal();
        let calls = Arc::new(AtomicUsize::new(0));
        let (there, link) = (Arc::clone(&signal), counting(&calls));
        let other = thread::spawn(move || assert!(there.add_away(&link).is_ok()));

        at_home(&signal).emit(());
        other.join().unwrap();

        let before = calls.load(Ordering::Relaxed);
        at_home(&signal).emit(());
        assert_eq!(calls.load(Ordering::Relaxed), before + 1, "it was not called once");
    });
}

#[test]
fn loom_changes_of_two_threads_are_all_taken_over() {
    ::loom::model(|| {
        let signal = signal();
        let calls = Rc::new(Cell::new(0));
        let connection = at_home(&signal).connect_here(Counts(Rc::clone(&calls)));
        let made = Arc::new(AtomicUsize::new(0));
        let (there, id) = (Arc::clone(&signal), connection.id);
        let ends = thread::spawn(move || assert!(there.remove_away(id)));
        let (there, link) = (Arc::clone(&signal), counting(&made));
        let connects = thread::spawn(move || assert!(there.add_away(&link).is_ok()));

        at_home(&signal).emit(());
        ends.join().unwrap();
        connects.join().unwrap();

        let before = (calls.get(), made.load(Ordering::Relaxed));
        at_home(&signal).emit(());
        assert_eq!((calls.get(), made.load(Ordering::Relaxed)), (before.0, before.1 + 1));
    });
}
