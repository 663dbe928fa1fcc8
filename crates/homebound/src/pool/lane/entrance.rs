//! A task's way into its lane.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::admission::{Core, Ticket};
use crate::outcome::RejectReason;
use crate::pool::entry::Runnable;
use crate::sync::unique;

/// A task on its way into its lane.
pub(crate) struct Entrance {
    gate: Box<dyn Gate>,
    number: u64,
    superseded: Option<Arc<AtomicBool>>,
}

/// What is to be done with a task that came to a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(in crate::pool) enum Admitted {
    In,
    Refused(RejectReason),
}

/// A lane as its tasks see it.
trait Gate: Send {
    fn admit(
        self: Box<Self>,
        number: u64,
        task: Arc<dyn Runnable>,
        priority: i32,
        flag: Option<Arc<AtomicBool>>,
    ) -> Admitted;
    fn end_hook(&self, number: u64) -> Box<dyn FnOnce() + Send>;
}

struct KeyedGate<K> {
    core: Arc<Core<K>>,
    key: Option<K>,
}

impl<K: Hash + Eq + Clone + Send + 'static> Gate for KeyedGate<K> {
    fn admit(
        self: Box<Self>,
        number: u64,
        task: Arc<dyn Runnable>,
        priority: i32,
        flag: Option<Arc<AtomicBool>>,
    ) -> Admitted {
        self.core.admit(
            number,
            Ticket {
                task,
                priority,
                key: self.key,
            },
            flag,
        )
    }

    fn end_hook(&self, number: u64) -> Box<dyn FnOnce() + Send> {
        let core = Arc::clone(&self.core);
        Box::new(move || core.ended(number))
    }
}

impl Entrance {
    /// The next task's, into the lane of `core`.
    pub(super) fn of<K: Hash + Eq + Clone + Send + 'static>(core: &Arc<Core<K>>, key: Option<K>) -> Self {
        let superseded = key.is_some().then(Arc::default);
        let core = Arc::clone(core);
        Self {
            gate: Box::new(KeyedGate { core, key }),
            number: unique::next(),
            superseded,
        }
    }

    pub(in crate::pool) fn end_hook(&self) -> Box<dyn FnOnce() + Send> {
        self.gate.end_hook(self.number)
    }

    pub(in crate::pool) fn superseded(&self) -> Option<Arc<AtomicBool>> {
        self.superseded.clone()
    }

    pub(in crate::pool) fn admit(self, task: Arc<dyn Runnable>, priority: i32) -> Admitted {
        self.gate.admit(self.number, task, priority, self.superseded)
    }
}
