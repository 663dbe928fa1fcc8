//! Emitting at home: each slot is called in order, whatever the slots do to the signal meanwhile.

use std::cell::Cell;
use std::mem::needs_drop;
use std::sync::Arc;

use homebound_cells::DirectRc;

use super::{Core, Entry, OwnHalf, Way};
use crate::args::{ForGood, Given};
use crate::link::Link;
use crate::panic_guard;
use crate::report::{EmitReport, Refusals};
use crate::slot::{CallSlot, Called};
use crate::unhandled;

/// How often one signal may be on the stack of its thread: far more than a program means to, and far less than a stack holds.
pub(crate) const DEEPEST: u32 = 256;

/// The outermost emission of a signal. When it ends, also by unwinding, the list is settled.
struct Outermost<'a, A: Clone + Send + 'static>(OwnHalf<'a, A>);

impl<A: Clone + Send + 'static> Drop for Outermost<'_, A> {
    #[inline]
    fn drop(&mut self) {
        if self.0.core.dirty.get() {
            self.0.settle();
        }
    }
}

/// An emission from inside of another one of the same signal.
struct Nested<'a>(&'a Cell<u32>);

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<A: Clone + Send + 'static> Core<A> {
    /// Whether no emission of it is on the stack: then the next borrow of the list is the first.
    #[inline]
    pub(super) fn is_at_rest(&self) -> bool {
        self.list.try_borrow_mut().is_ok()
    }

    /// One more emission on the stack; `None` if there are too many: it emits itself in a circle.
    fn nest(&self) -> Option<Nested<'_>> {
        // The outermost is not counted.
        let nested = self.nested.get() + 1;
        (nested < DEEPEST).then(|| {
            self.nested.set(nested);
            Nested(&self.nested)
        })
    }
}

impl<A: Clone + Send + 'static> OwnHalf<'_, A> {
    #[inline]
    pub(crate) fn emit(self, args: A) -> EmitReport {
        let Self { control, core } = self;
        if control.version() != core.calm.get()
            && let Err(report) = self.may_emit()
        {
            return report;
        }
        if core.list.try_borrow().is_ok_and(|list| list.is_empty()) {
            return EmitReport::default();
        }
        self.emit_to_list(args)
    }

    /// Takes over what was changed before the emission, by whomever, so that it counts in it. What it comes to if it may not be emitted.
    #[cold]
    fn may_emit(self) -> Result<(), EmitReport> {
        if self.control.is_blocked() {
            self.control.count_suppressed();
            return Err(EmitReport::default());
        }
        if self.control.is_closed() {
            return Err(self.control.gone());
        }
        self.catch_up();
        Ok(())
    }

    #[inline(never)]
    fn emit_to_list(self, args: A) -> EmitReport {
        let core = self.core;
        // Seen here, the count of the borrow below is a constant: reading back what the last emission has just written would take as long as a slot.
        if !core.is_at_rest() {
            return self.emit_nested(&args);
        }
        let _outermost = Outermost(self);
        EmitReport::new(self.call_all_and_give(&core.list.borrow(), args))
    }

    /// Calls all; the last one, if it is to send the arguments somewhere, is given them for good.
    #[inline]
    fn call_all_and_give(self, list: &[Entry<A>], args: A) -> Refusals {
        match list.split_last() {
            Some((end, others)) if needs_drop::<A>() && matches!(end.way, Way::Link(_)) => {
                let mut refusals = self.call_all(others, &args);
                self.give(end, args, &mut refusals);
                refusals
            }
            _ => self.call_all(list, &args),
        }
    }

    fn give(self, entry: &Entry<A>, args: A, refusals: &mut Refusals) {
        if let Way::Link(link) = &entry.way
            && (self.control.version() == self.core.calm.get() || self.is_to_be_called(entry))
            && let Err(payload) = panic_guard::catch_watched(|| {
                if !self.call_link(link, ForGood(args), refusals) {
                    self.mark(entry);
                }
            })
        {
            unhandled::panicked("a slot", payload);
        }
    }

    /// Emits from inside of another emission of this signal, and also to what its slots have added.
    #[cold]
    fn emit_nested(self, args: &A) -> EmitReport {
        let core = self.core;
        let Some(_nested) = core.nest() else {
            return EmitReport::too_deep();
        };
        // What is added from now on is for later emissions.
        let newer = core.rare(|rare| rare.added.len()).unwrap_or(0);
        let mut refusals = Refusals::default();
        self.call_one_by_one(&core.list.borrow(), args, &mut refusals);
        self.call_added(newer, args, &mut refusals);
        EmitReport::new(refusals)
    }

    #[inline]
    fn call_all(self, list: &[Entry<A>], args: &A) -> Refusals {
        let mut refusals = Refusals::default();
        let mut rest = list.iter();
        // The iterator lives outside: after a panic the emission goes on with the next slot.
        while let Err(payload) = panic_guard::catch_watched(|| {
            let control = &**self.control;
            for entry in rest.by_ref() {
                if control.version() != self.core.calm.get() && !self.is_to_be_called(entry) {
                    continue;
                }
                self.call(entry, args, &mut refusals);
            }
        }) {
            unhandled::panicked("a slot", payload);
        }
        refusals
    }

    /// Takes over what other threads have changed. Returns whether the entry is still connected.
    #[cold]
    fn is_to_be_called(self, entry: &Entry<A>) -> bool {
        self.catch_up();
        entry.id.get() != 0
    }

    /// As [`call_all`](Self::call_all), where it need not be fast: used twice, that would no longer be laid out in the place where it has to be.
    fn call_one_by_one(self, list: &[Entry<A>], args: &A, refusals: &mut Refusals) {
        for entry in list {
            if self.is_to_be_called(entry)
                && let Err(payload) = panic_guard::catch(None, || self.call(entry, args, refusals))
            {
                unhandled::panicked("a slot", payload);
            }
        }
    }

    fn call_added(self, newer: usize, args: &A, refusals: &mut Refusals) {
        for at in 0..newer {
            let added = self.core.rare(|rare| {
                let entry = rare.added.get(at)?;
                Some((entry.id.get(), entry.way.clone()))
            });
            let Some((id, way)) = added.flatten() else { return };
            if id == 0 {
                continue;
            }
            match panic_guard::catch(None, || self.call_way(id, &way, args, refusals)) {
                Ok(true) => {}
                Ok(false) => self.remove(id),
                Err(payload) => unhandled::panicked("a slot", payload),
            }
        }
    }

    #[inline]
    fn call(self, entry: &Entry<A>, args: &A, refusals: &mut Refusals) {
        match &entry.way {
            Way::Here(slot) => {
                let called = slot.call(args);
                if called != Called::Done {
                    self.after(entry, called, args);
                }
            }
            Way::Link(_) => self.call_link_of(entry, args, refusals),
        }
    }

    /// Sees to a slot that could not be called just now.
    #[cold]
    #[inline(never)]
    fn after(self, entry: &Entry<A>, called: Called, args: &A) {
        if let Way::Here(slot) = &entry.way
            && !self.not_done(entry.id.get(), slot, called, args)
        {
            self.mark(entry);
        }
    }

    #[inline(never)]
    fn call_link_of(self, entry: &Entry<A>, args: &A, refusals: &mut Refusals) {
        if let Way::Link(link) = &entry.way
            && !self.call_link(link, args, refusals)
        {
            self.mark(entry);
        }
    }

    /// Calls one entry. Returns whether it is still connected.
    fn call_way(self, id: u64, way: &Way<A>, args: &A, refusals: &mut Refusals) -> bool {
        match way {
            Way::Here(slot) => match slot.call(args) {
                Called::Done => true,
                called => self.not_done(id, slot, called, args),
            },
            Way::Link(link) => self.call_link(link, args, refusals),
        }
    }

    /// Returns whether it is still connected.
    fn not_done(self, id: u64, slot: &DirectRc<dyn CallSlot<A>>, called: Called, args: &A) -> bool {
        if called == Called::Busy {
            self.defer(id, slot, args);
        } else {
            self.control.end(id);
        }
        called == Called::Busy
    }

    /// Returns whether the link is still connected.
    fn call_link(self, link: &Arc<Link<A>>, args: impl Given<A>, refusals: &mut Refusals) -> bool {
        let connected = link.deliver(args, refusals);
        if !connected {
            drop(self.control.forget(link.id));
        }
        connected
    }
}
