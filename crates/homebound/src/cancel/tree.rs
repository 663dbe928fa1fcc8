//! The tree of cancellation.
//!
//! Who uses it: `cancel` from any thread; the nodes' owners add and remove children and listeners from any thread.
//!
//! # Invariants
//! 1. `stopped` is set, under the node's lock, in the step in which `reason` is; neither is ever taken back.
//! 2. A node that is cancelled has no children and no listeners: `cancel` takes them all in the step that marks it, and nothing is
//!    added afterwards. So a key is good for as long as the node is not cancelled, and finds nothing later: it needs no version.
//! 3. A child holds its parent; a parent knows its children weakly. A child that is dropped removes its own entry.
//! 4. When the listeners of a node run, everything below it is marked.
//!
//! # Protocol
//! cancel: 1 lock a node  2 mark it, take children and listeners  3 unlock  4 from 1 for each child  5 call all listeners
//! child:  1 lock the parent  2 marked? born cancelled  3 else enter the child  4 unlock
//! listen: 1 lock  2 marked? unlock and call at once  3 else enter  4 unlock
//! No child and no listener is missed because both are entered under the lock under which the node is marked: before it, then
//! `cancel` takes it; or after, then the newcomer sees the mark.
//!
//! # Locks
//! One at a time: parents are never locked while a child is, nor the other way round. Nothing that a user wrote runs or is dropped
//! under one. Both `cancel` and `Drop` walk in a loop, so a chain of any depth needs no stack.

use std::fmt;
use std::sync::{Arc, Weak};
use std::task::Waker;

use slab::Slab;

use super::CancelReason;
use super::timekeeper::Deadline;
use crate::panic_guard;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::unhandled;

/// A list that once was long gives its memory back when it is empty.
const KEPT_CAPACITY: usize = 1024;

pub(super) struct Node {
    stopped: AtomicBool,
    inner: Mutex<Inner>,
    parent: Option<Parent>,
}

#[derive(Default)]
struct Inner {
    reason: Option<CancelReason>,
    children: Slab<Weak<Node>>,
    listeners: Slab<Listener>,
    deadline: Option<Deadline>,
}

struct Parent {
    node: Arc<Node>,
    key: usize,
}

/// What is to happen when a node is cancelled.
pub(super) enum Listener {
    Call(Box<dyn FnOnce() + Send>),
    Wake(Waker),
}

/// Where a listener stands in its node's list.
pub(super) struct ListenerKey(usize);

impl Node {
    pub(super) fn root() -> Arc<Self> {
        Arc::new(Self::new(None, None))
    }

    fn new(parent: Option<Parent>, reason: Option<CancelReason>) -> Self {
        Self {
            stopped: AtomicBool::new(reason.is_some()),
            inner: Mutex::new(Inner {
                reason,
                ..Inner::default()
            }),
            parent,
        }
    }

    pub(super) fn child_of(parent: &Arc<Self>) -> Arc<Self> {
        let mut inner = parent.inner.lock();
        if let Some(reason) = inner.reason {
            return Arc::new(Self::new(None, Some(reason)));
        }
        let entry = inner.children.vacant_entry();
        let link = Parent {
            node: Arc::clone(parent),
            key: entry.key(),
        };
        let child = Arc::new(Self::new(Some(link), None));
        entry.insert(Arc::downgrade(&child));
        child
    }

    #[inline]
    pub(super) fn is_cancelled(&self) -> bool {
        // Relaxed: the flag stands for itself; the reason is read under the lock.
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn reason(&self) -> Option<CancelReason> {
        self.inner.lock().reason
    }

    /// Enters a listener. If the node is cancelled it is called now, and there is no key.
    pub(super) fn listen(&self, listener: Listener) -> Option<ListenerKey> {
        let mut inner = self.inner.lock();
        if inner.reason.is_none() {
            return Some(ListenerKey(inner.listeners.insert(listener)));
        }
        drop(inner);
        listener.call();
        None
    }

    pub(super) fn unlisten(&self, ListenerKey(key): ListenerKey) {
        let removed = {
            let mut inner = self.inner.lock();
            let removed = inner.listeners.try_remove(key);
            give_back(&mut inner.listeners);
            removed
        };
        unhandled::drop_caught("what a job held", removed);
    }

    pub(super) fn drop_listeners(&self) {
        let listeners = std::mem::take(&mut self.inner.lock().listeners);
        unhandled::drop_caught("what a job held", listeners);
    }

    /// Ties a deadline to the node: it is dropped when the node is cancelled or dropped.
    pub(super) fn keep(&self, deadline: Deadline) {
        let _unused = {
            let mut inner = self.inner.lock();
            if inner.reason.is_none() {
                inner.deadline.replace(deadline)
            } else {
                Some(deadline)
            }
        };
    }

    fn forget_child(&self, key: usize) {
        let mut inner = self.inner.lock();
        inner.children.try_remove(key);
        give_back(&mut inner.children);
    }
}

fn give_back<V>(list: &mut Slab<V>) {
    if list.is_empty() && list.capacity() > KEPT_CAPACITY {
        *list = Slab::new();
    }
}

/// Cancels a node and all below it.
pub(super) fn cancel(root: &Arc<Node>, reason: CancelReason) {
    let mut listeners = Vec::new();
    let mut deadlines = Vec::new();
    let mut below = Vec::new();
    mark(root, reason, &mut below, &mut listeners, &mut deadlines);
    while let Some(child) = below.pop() {
        if let Some(child) = child.upgrade() {
            mark(&child, reason, &mut below, &mut listeners, &mut deadlines);
        }
    }
    drop(deadlines);
    listeners.into_iter().for_each(Listener::call);
}

fn mark(
    node: &Node,
    reason: CancelReason,
    below: &mut Vec<Weak<Node>>,
    listeners: &mut Vec<Listener>,
    deadlines: &mut Vec<Deadline>,
) {
    let mut inner = node.inner.lock();
    if inner.reason.is_some() {
        return;
    }
    inner.reason = Some(reason);
    node.stopped.store(true, Ordering::Relaxed);
    below.extend(std::mem::take(&mut inner.children).into_iter().map(|(_, child)| child));
    listeners.extend(
        std::mem::take(&mut inner.listeners)
            .into_iter()
            .map(|(_, listener)| listener),
    );
    deadlines.extend(inner.deadline.take());
}

impl Listener {
    fn call(self) {
        let called = panic_guard::catch(None, || match self {
            Self::Call(f) => f(),
            Self::Wake(waker) => waker.wake(),
        });
        if let Err(report) = called {
            unhandled::panicked("a callback of a cancellation", report);
        }
    }
}

impl Drop for Node {
    /// Leaves the parent; goes on with the parent if this was all that held it, in a loop and not by recursion.
    fn drop(&mut self) {
        let mut link = self.parent.take();
        while let Some(Parent { node, key }) = link {
            node.forget_child(key);
            link = Arc::into_inner(node).and_then(|mut parent| parent.parent.take());
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("stopped", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
