//! The steps of a worker: enter, take or steal work, fall asleep, look up, leave. The protocol stands in [`super`].

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Crew, Hand, Husks, Member, NOTHING, Queue, Sleeper, set_all};
use crate::latch::Latch;
use crate::pool::entry::{Entry, Runnable};
use crate::sync::atomic::Ordering;
use crate::sync::{Mutex, MutexGuard};

/// Husks are swept out of the queue when they are more than this and more than half of it.
const HUSKS: usize = 64;
const NEVER: u64 = u64::MAX;
/// A hand that others have taken past this often for each thread belongs to a worker that is in something long.
const STALE: u64 = 4;

/// What a worker found when it looked for work.
#[must_use]
pub(in crate::pool) enum Taken<'a> {
    Entry(Entry),
    /// Nothing, and the lock under which that was seen.
    Nothing(MutexGuard<'a, Queue>),
}

/// Why a sleeper's park returned.
#[must_use]
pub(in crate::pool) enum LookUp<'a> {
    Called,
    SleepOn,
    /// It is out of `idle` and still counted: it leaves under this very lock, or a push in between would take it for awake.
    End(MutexGuard<'a, Queue>),
}

impl Crew {
    pub(in crate::pool) fn enter(&self, hand: Arc<Mutex<Hand>>) {
        self.queue.lock().members.push(Member { hand, took: NEVER });
    }

    /// Takes work for the owner of `hand`: from the queue, at most `max`, or from another's hand. Returns the first of it.
    pub(in crate::pool) fn take(
        self: &Arc<Self>,
        hand: &Mutex<Hand>,
        max: usize,
        husks: &mut Husks,
        was_called: &mut bool,
    ) -> Taken<'_> {
        let mut queue = self.queue.lock();
        if std::mem::take(was_called) {
            queue.waking = false;
        }
        husks.settle(&mut queue);
        if queue.awake() > queue.places() && !queue.closed {
            return Taken::Nothing(queue);
        }
        queue.takes += 1;
        let first = Self::steal_stale(&mut queue, hand)
            .or_else(|| self.take_waiting(&mut queue, hand, max))
            .or_else(|| Self::steal(&queue, hand));
        let Some(first) = first else {
            return Taken::Nothing(queue);
        };
        let call = queue.call_for_rest();
        drop(queue);
        husks.free();
        self.make(call);
        Taken::Entry(first)
    }

    fn take_waiting(&self, queue: &mut Queue, hand: &Mutex<Hand>, max: usize) -> Option<Entry> {
        let fair = (queue.waiting.len() / queue.threads.max(1)).clamp(1, max);
        let mut own = hand.lock();
        // A hand that is not empty is left alone: what was just taken is more urgent.
        let count = if own.entries.is_empty() { fair } else { 1 };
        let mut first = None;
        let priority = queue.waiting.take(count, |entry| match &mut first {
            None => first = Some(entry),
            Some(_) => own.entries.push_back(entry),
        })?;
        if count > 1 {
            own.priority = i64::from(priority);
            let now = queue.takes;
            if let Some(member) = queue
                .members
                .iter_mut()
                .find(|member| std::ptr::eq(&raw const *member.hand, hand))
            {
                member.took = now;
            }
        }
        own.begin(first.as_ref());
        drop(own);
        self.show_top(queue, None);
        first
    }

    /// Takes from a hand whose owner has been in something long: what waits there is older than what waits in the queue.
    fn steal_stale(queue: &mut Queue, hand: &Mutex<Hand>) -> Option<Entry> {
        let stale = queue.takes.saturating_sub(STALE.saturating_mul(queue.threads as u64));
        let top = queue.waiting.top().map_or(NOTHING, i64::from);
        let is_stale = |member: &&mut Member| member.took < stale && !std::ptr::eq(&raw const *member.hand, hand);
        for member in queue.members.iter_mut().filter(is_stale) {
            if let Some(entry) = Self::steal_from(&member.hand, hand, top) {
                return Some(entry);
            }
            member.took = NEVER;
        }
        None
    }

    fn steal(queue: &Queue, hand: &Mutex<Hand>) -> Option<Entry> {
        let others = queue
            .members
            .iter()
            .filter(|member| !std::ptr::eq(&raw const *member.hand, hand));
        others
            .into_iter()
            .find_map(|other| Self::steal_from(&other.hand, hand, NOTHING))
    }

    /// Takes the older half of another's hand, if its priority is at least `least`.
    fn steal_from(other: &Mutex<Hand>, hand: &Mutex<Hand>, least: i64) -> Option<Entry> {
        // Only its owner puts into a hand, so an empty one stays empty meanwhile.
        let is_empty = hand.lock().entries.is_empty();
        let (mut stolen, priority) = {
            let mut other = other.lock();
            if other.entries.is_empty() || other.priority < least {
                return None;
            }
            // One that has work of its own came for something urgent: it takes no more than it begins.
            let half = if is_empty { other.entries.len().div_ceil(2) } else { 1 };
            (other.entries.drain(..half).collect::<VecDeque<_>>(), other.priority)
        };
        let mut own = hand.lock();
        let first = stolen.pop_front();
        own.begin(first.as_ref());
        if is_empty {
            own.entries.append(&mut stolen);
            own.priority = priority;
        }
        first
    }

    /// Enters `idle`. Returns whom to tell that everything is done.
    pub(in crate::pool) fn fall_asleep(
        mut queue: MutexGuard<'_, Queue>,
        hand: &Mutex<Hand>,
        id: u64,
        husks: &mut Husks,
    ) {
        hand.lock().end();
        queue.idle.push(Sleeper {
            id,
            thread: crate::sync::current_thread(),
        });
        let latches = Self::whom_to_tell(&mut queue);
        drop(queue);
        husks.free();
        set_all(&latches);
    }

    /// After a park: whether a sleeper was called, may sleep on, or is to end.
    pub(in crate::pool) fn look_up(&self, id: u64, is_expired: bool) -> LookUp<'_> {
        let mut queue = self.queue.lock();
        let Some(position) = queue.idle.iter().position(|sleeper| sleeper.id == id) else {
            return LookUp::Called;
        };
        if !is_expired && !queue.closed {
            return LookUp::SleepOn;
        }
        queue.idle.remove(position);
        LookUp::End(queue)
    }

    /// Takes a worker off the list.
    pub(in crate::pool) fn leave(mut queue: MutexGuard<'_, Queue>, hand: &Arc<Mutex<Hand>>, husks: &mut Husks) {
        queue.threads -= 1;
        queue.members.retain(|member| !Arc::ptr_eq(&member.hand, hand));
        let latches = Self::whom_to_tell(&mut queue);
        drop(queue);
        husks.free();
        set_all(&latches);
    }

    pub(super) fn whom_to_tell(queue: &mut Queue) -> Vec<Arc<Latch>> {
        let mut latches = Vec::new();
        if queue.is_done() {
            latches.append(&mut queue.done);
        }
        if queue.threads == 0 {
            latches.append(&mut queue.ended);
        }
        latches
    }

    // ---- husks

    /// `task`, which stands in the queue, has gone elsewhere.
    pub(crate) fn forget(&self, priority: i32, task: &Arc<dyn Runnable>) {
        let mut queue = self.queue.lock();
        let removed = queue.waiting.take_newest_if(priority, task);
        let mut swept = Vec::new();
        if removed.is_none() {
            let husks = self.husks.fetch_add(1, Ordering::Relaxed) + 1;
            if husks > HUSKS && husks > queue.waiting.len() / 2 {
                swept = queue.waiting.sweep(|entry| match entry {
                    Entry::Plain(_) => true,
                    Entry::Task(task) => !task.is_husk(),
                });
                self.found_husks(swept.len());
            }
        }
        self.show_top(&queue, None);
        let latches = Self::whom_to_tell(&mut queue);
        drop(queue);
        set_all(&latches);
        drop((removed, swept));
    }

    pub(in crate::pool) fn found_husks(&self, count: usize) {
        // A husk may be found before the thread that made it has counted it.
        let less = |husks: usize| Some(husks.saturating_sub(count));
        let _ = self.husks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}
