//! The slots and objects of a loop, by their numbers. A plain structure: what is taken out is dropped by the caller, under no borrow.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::slot::Receive;

/// The one that was found last is looked at first: what is sent to a loop comes in runs to the same receiver.
///
/// `latest` is in `all` as well, so letting it go never drops a receiver.
#[derive(Default)]
pub(super) struct Table {
    all: FxHashMap<u64, Rc<dyn Receive>>,
    latest: Option<(u64, Rc<dyn Receive>)>,
}

impl Table {
    #[inline]
    pub(super) fn find(&mut self, number: u64) -> Option<Rc<dyn Receive>> {
        match &self.latest {
            Some((latest, receiver)) if *latest == number => Some(Rc::clone(receiver)),
            _ => self.find_another(number),
        }
    }

    fn find_another(&mut self, number: u64) -> Option<Rc<dyn Receive>> {
        let receiver = self.all.get(&number)?;
        self.latest = Some((number, Rc::clone(receiver)));
        Some(Rc::clone(receiver))
    }

    pub(super) fn get(&self, number: u64) -> Option<&Rc<dyn Receive>> {
        self.all.get(&number)
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        self.all.contains_key(&number)
    }

    /// Returns what was there under this number.
    #[must_use]
    pub(super) fn insert(&mut self, number: u64, receiver: Rc<dyn Receive>) -> Option<Rc<dyn Receive>> {
        self.forget(number);
        self.all.insert(number, receiver)
    }

    #[must_use]
    pub(super) fn remove(&mut self, number: u64) -> Option<Rc<dyn Receive>> {
        self.forget(number);
        self.all.remove(&number)
    }

    /// Takes out all.
    #[must_use]
    pub(super) fn take(&mut self) -> Vec<Rc<dyn Receive>> {
        self.latest = None;
        self.all.drain().map(|(_, receiver)| receiver).collect()
    }

    fn forget(&mut self, number: u64) {
        self.latest.take_if(|(latest, _)| *latest == number);
    }
}
