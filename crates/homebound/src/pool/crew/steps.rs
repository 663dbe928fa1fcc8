//! The steps of a worker: enter, take or steal work, fall asleep, look up, leave. The protocol stands in [`super`].

use std::sync::Arc;

use super::{Cpu, Crew, Hand, Husks, Member, NOTHING, Queue, Sleeper, set_all};
use crate::latch::Latch;
use crate::pool::row::{Row, Runner};
use crate::pool::worker::{Handful, LITTLE};
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
    /// It has this much more in hand, to be run like this.
    Row(Runner, usize),
    /// Next to nothing, which it left for a moment; until it looks again no other is called.
    Little,
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

    /// Takes work for the owner of `hand`: a handful from the queue, or from another's hand. Into a hand that is not empty comes only
    /// what is more urgent than all in it.
    pub(in crate::pool) fn take(
        self: &Arc<Self>,
        hand: &Mutex<Hand>,
        handful: Handful,
        husks: &mut Husks,
        was_called: &mut bool,
    ) -> Taken<'_> {
        let mut queue = self.queue.lock();
        if std::mem::take(was_called) {
            queue.waking = false;
            queue.searching = false;
        }
        husks.settle(&mut queue);
        if queue.awake() > queue.places() && !queue.closed {
            return Taken::Nothing(queue);
        }
        if handful.gathers && queue.may_gather(hand) {
            queue.waking = true;
            *was_called = true;
            return Taken::Little;
        }
        queue.takes += 1;
        let taken = Self::steal_stale(&mut queue, hand)
            .or_else(|| self.take_waiting(&mut queue, hand, handful))
            .or_else(|| Self::steal(&queue, hand));
        let Some((runner, count)) = taken else {
            return Taken::Nothing(queue);
        };
        let call = queue.call_for_rest(hand);
        drop(queue);
        husks.free();
        self.make(call);
        Taken::Row(runner, count)
    }

    fn take_waiting(&self, queue: &mut Queue, hand: &Mutex<Hand>, handful: Handful) -> Option<(Runner, usize)> {
        let top = i64::from(queue.waiting.top()?);
        let mut own = hand.lock();
        if top <= own.priority() {
            return None;
        }
        let fair = queue.waiting.len() / queue.threads.max(1);
        let (_, row) = queue.waiting.take(fair.clamp(handful.trifle, handful.most))?;
        let (runner, count) = (row.runner(), row.len());
        own.rows.push((top, row));
        let keeps = own.rows.len() > 1 || count > 1;
        drop(own);
        if keeps {
            queue.note_take(hand);
        } else if queue.waiting.is_empty() {
            queue.looked_on = Cpu::current();
        }
        self.show_top(queue, None);
        Some((runner, count))
    }

    /// Takes from a hand whose owner has been in something long: what waits there is older than what waits in the queue.
    fn steal_stale(queue: &mut Queue, hand: &Mutex<Hand>) -> Option<(Runner, usize)> {
        let stale = queue.takes.saturating_sub(STALE.saturating_mul(queue.threads as u64));
        let is_stale = |member: &&mut Member| member.took < stale && !std::ptr::eq(&raw const *member.hand, hand);
        let top = queue.waiting.top().map_or(NOTHING, i64::from);
        for member in queue.members.iter_mut().filter(is_stale) {
            if let Some(stolen) = Self::steal_from(&member.hand, hand, top) {
                return Some(stolen);
            }
            if member.hand.lock().rows.is_empty() {
                member.took = NEVER;
            }
        }
        None
    }

    fn steal(queue: &Queue, hand: &Mutex<Hand>) -> Option<(Runner, usize)> {
        let others = queue
            .members
            .iter()
            .filter(|member| !std::ptr::eq(&raw const *member.hand, hand));
        others
            .into_iter()
            .find_map(|other| Self::steal_from(&other.hand, hand, NOTHING))
    }

    /// Takes the older half of what is next in another's hand, if its priority is at least `least` and above all in this one.
    fn steal_from(other: &Mutex<Hand>, hand: &Mutex<Hand>, least: i64) -> Option<(Runner, usize)> {
        // Only its owner puts into a hand, so what is in this one does not become more meanwhile.
        let above = hand.lock().priority();
        let stolen = other.lock().give(above, least)?;
        let found = (stolen.1.runner(), stolen.1.len());
        hand.lock().rows.push(stolen);
        Some(found)
    }

    /// Lets a worker that has found nothing look again in a moment: until then no other is called. Gives the lock back if another is about to look.
    pub(in crate::pool) fn search<'a>(
        mut queue: MutexGuard<'a, Queue>,
        hand: &Mutex<Hand>,
        was_called: &mut bool,
    ) -> Option<MutexGuard<'a, Queue>> {
        if queue.waking || queue.awake() > queue.places() {
            return Some(queue);
        }
        hand.lock().end();
        queue.waking = true;
        queue.searching = true;
        queue.looked_on = Cpu::current();
        *was_called = true;
        Self::unlock(queue);
        None
    }

    /// Enters `idle`.
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
        Self::unlock_after(queue, || husks.free());
    }

    /// After a park: whether a sleeper was called, may sleep on, or is to end.
    pub(in crate::pool) fn look_up(&self, id: u64, is_expired: bool) -> LookUp<'_> {
        let mut queue = self.queue.lock();
        let Some(position) = queue.idle.iter().position(|sleeper| sleeper.id == id) else {
            return LookUp::Called;
        };
        if !queue.closed && (!is_expired || queue.coming > 0) {
            return LookUp::SleepOn;
        }
        queue.idle.remove(position);
        LookUp::End(queue)
    }

    /// Takes a worker off the list.
    pub(in crate::pool) fn leave(mut queue: MutexGuard<'_, Queue>, hand: &Arc<Mutex<Hand>>, husks: &mut Husks) {
        queue.threads -= 1;
        queue.members.retain(|member| !Arc::ptr_eq(&member.hand, hand));
        Self::unlock_after(queue, || husks.free());
    }

    /// Gives the lock back and tells who waits for what is true by now.
    #[inline]
    pub(super) fn unlock(queue: MutexGuard<'_, Queue>) {
        Self::unlock_after(queue, || ());
    }

    /// As [`unlock`](Self::unlock); `last` is done under no lock, and before anybody is told.
    #[inline]
    fn unlock_after(queue: MutexGuard<'_, Queue>, last: impl FnOnce()) {
        if queue.has_waiters() {
            return Self::unlock_and_tell(queue, last);
        }
        drop(queue);
        last();
    }

    #[cold]
    fn unlock_and_tell(mut queue: MutexGuard<'_, Queue>, last: impl FnOnce()) {
        let latches = Self::whom_to_tell(&mut queue);
        drop(queue);
        last();
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

    /// A task that stands in the queue has gone elsewhere; `take` takes it out if it is the newest of a row of kind `R`.
    pub(in crate::pool) fn forget<R: Row, X>(&self, priority: i32, take: impl FnOnce(&mut R) -> Option<X>) {
        let mut queue = self.queue.lock();
        let Some(removed) = queue.waiting.take_out(priority, None, take) else {
            return self.leave_husk(queue);
        };
        self.taken_out(queue);
        drop(removed);
    }

    /// Lets `take` take something that has not begun out of a row of kind `R`: row number `row` of its priority, or a row in a hand.
    #[inline]
    pub(in crate::pool) fn take_out<R: Row, X>(
        &self,
        priority: i32,
        row: u64,
        mut take: impl FnMut(&mut R) -> Option<X>,
    ) -> Option<X> {
        let mut queue = self.queue.lock();
        let taken = queue.waiting.take_out(priority, Some(row), &mut take);
        if taken.is_some() {
            self.taken_out(queue);
            return taken;
        }
        let (taken, emptied) = queue
            .members
            .iter()
            .find_map(|member| member.hand.lock().take_out(&mut take))?;
        drop(queue);
        drop(emptied);
        Some(taken)
    }

    #[inline]
    fn taken_out(&self, queue: MutexGuard<'_, Queue>) {
        self.show_top(&queue, None);
        Self::unlock(queue);
    }

    /// Counts a husk that stays where it is, and sweeps when there are many.
    #[cold]
    fn leave_husk(&self, mut queue: MutexGuard<'_, Queue>) {
        let husks = self.husks.fetch_add(1, Ordering::Relaxed) + 1;
        if husks <= HUSKS || husks <= queue.waiting.len() / 2 {
            return;
        }
        let swept = queue.waiting.sweep();
        self.found_husks(swept.iter().map(|row| row.len()).sum());
        self.show_top(&queue, None);
        Self::unlock(queue);
        drop(swept);
    }

    pub(in crate::pool) fn found_husks(&self, count: usize) {
        // A husk may be found before the thread that made it has counted it.
        let less = |husks: usize| Some(husks.saturating_sub(count));
        let _ = self.husks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

impl Queue {
    fn has_waiters(&self) -> bool {
        !self.done.is_empty() || !self.ended.is_empty()
    }

    /// Whether there is next to nothing, and nobody about to look for it, so that the owner of `hand` may let it gather.
    fn may_gather(&self, hand: &Mutex<Hand>) -> bool {
        !self.waking && !self.closed && self.waiting.len() < LITTLE && hand.lock().rows.is_empty()
    }

    /// Notes that the owner of `hand` has just taken more than it begins at once.
    fn note_take(&mut self, hand: &Mutex<Hand>) {
        let now = self.takes;
        let is_own = |member: &&mut Member| std::ptr::eq(&raw const *member.hand, hand);
        if let Some(member) = self.members.iter_mut().find(is_own) {
            member.took = now;
        }
    }
}
