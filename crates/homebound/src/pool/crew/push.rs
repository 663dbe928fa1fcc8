//! How work gets into a pool's queue.

use std::sync::Arc;

use super::{Call, Crew, Queue, Refusal};
use crate::pool::entry::{Many, Runnable};
use crate::sync::MutexGuard;

impl Crew {
    pub(in crate::pool) fn push_closure<F: FnOnce() + Send + 'static>(
        self: &Arc<Self>,
        priority: i32,
        f: F,
    ) -> Result<(), (Refusal, F)> {
        let mut queue = match self.ready_to_push() {
            Ok(queue) => queue,
            Err(refusal) => return Err((refusal, f)),
        };
        let hands_over = queue.hands_over();
        queue.waiting.push_closure(priority, f);
        if hands_over {
            self.show_top(&queue, Some(i64::from(priority)));
            self.give_way(queue);
        } else {
            self.pushed(queue, priority);
        }
        Ok(())
    }

    pub(crate) fn push_task(self: &Arc<Self>, priority: i32, task: Arc<dyn Runnable>) -> Result<(), Refusal> {
        let mut queue = self.ready_to_push()?;
        queue.waiting.push_task(priority, task);
        self.pushed(queue, priority);
        Ok(())
    }

    /// Puts one of a series in. Returns the number of the row in which it stands.
    #[inline]
    pub(in crate::pool) fn push_one_of<S: Many>(
        self: &Arc<Self>,
        priority: i32,
        series: &Arc<S>,
        at: usize,
        work: S::Work,
    ) -> Result<u64, (Refusal, S::Work)> {
        let mut queue = match self.ready_to_push() {
            Ok(queue) => queue,
            Err(refusal) => return Err((refusal, work)),
        };
        let (row, left) = queue.waiting.push_one_of(priority, series, at, work);
        self.pushed(queue, priority);
        drop(left);
        Ok(row)
    }

    /// Puts `f` in only if it will start now; hands it back otherwise.
    pub(in crate::pool) fn push_if_free<F: FnOnce() + Send + 'static>(
        self: &Arc<Self>,
        f: F,
    ) -> Result<(), (Option<Refusal>, F)> {
        let mut queue = match self.ready_to_push() {
            Ok(queue) => queue,
            Err(refusal) => return Err((Some(refusal), f)),
        };
        let busy = queue
            .members
            .iter()
            .filter(|member| member.hand.lock().is_running)
            .count();
        if queue.has_work() || busy >= queue.places() {
            drop(queue);
            return Err((None, f));
        }
        queue.waiting.push_closure(0, f);
        self.pushed(queue, 0);
        Ok(())
    }

    /// The locked queue of a pool that takes work and has, or will have, a thread.
    fn ready_to_push(self: &Arc<Self>) -> Result<MutexGuard<'_, Queue>, Refusal> {
        let queue = self.queue.lock();
        if queue.closed {
            return Err(Refusal::Closed);
        }
        if queue.threads == 0 && queue.places() > 0 {
            return self.start_first(queue);
        }
        Ok(queue)
    }

    #[cold]
    fn start_first<'a>(
        self: &'a Arc<Self>,
        mut queue: MutexGuard<'a, Queue>,
    ) -> Result<MutexGuard<'a, Queue>, Refusal> {
        queue.threads += 1;
        queue.waking = true;
        queue.coming += 1;
        drop(queue);
        let started = self.start_thread();
        let mut queue = self.queue.lock();
        queue.coming -= 1;
        started.map_err(Refusal::NoThread)?;
        if queue.closed { Err(Refusal::Closed) } else { Ok(queue) }
    }

    /// Something of `priority` was put in: lets workers see it, and sees to it that one comes.
    #[inline]
    fn pushed(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>, priority: i32) {
        self.show_top(&queue, Some(i64::from(priority)));
        let call = queue.call_one();
        drop(queue);
        if !matches!(call, Call::Nobody) {
            self.make(call);
        }
    }
}
