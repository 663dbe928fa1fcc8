//! What is next, and who gets it.

use std::rc::Rc;

use super::LoopInner;
use crate::args::Words;
use crate::event::{AnyJob, Body, Event, Jobs, RunFirst};
use crate::event_queue::LocalQueue;
use crate::slot::Receive;

/// What is to be delivered next.
enum Next {
    Words(u64, Words),
    Job(u64, RunFirst),
    Event(Event),
}

/// What comes first of the ordinary events. Read where they lie: nearly all are of two kinds.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "as for `deliver_words`: what a call returns is written in parts and read as a whole"
)]
fn first_of(local: &mut LocalQueue<Event>) -> Option<Next> {
    let event = local.events.front_mut()?;
    let target = event.target;
    match &event.body {
        Body::Words(words) => {
            let next = Next::Words(target, *words);
            local.events.skip_front();
            Some(next)
        }
        // It stays, with what may follow in the same box.
        Body::Run(jobs) => Some(Next::Job(target, jobs.run_first())),
        _ => local.events.pop().map(Next::Event),
    }
}

impl LoopInner {
    /// Delivers the next event: what waited for an object first, then by priority, then in the order of posting. Returns whether there was one.
    #[inline]
    pub(in crate::event_loop) fn deliver_next(self: &Rc<Self>) -> bool {
        if !self.ready.borrow().is_empty()
            && let Some((receiver, event)) = self.next_ready()
        {
            self.deliver_admitted(&*receiver, event);
            return true;
        }
        match self.next_event() {
            None => return false,
            Some(Next::Words(target, words)) => self.deliver_words(target, words),
            Some(Next::Job(target, run)) => run(self, target),
            Some(Next::Event(event)) => self.deliver(event),
        }
        true
    }

    #[cold]
    fn deliver_admitted(self: &Rc<Self>, receiver: &dyn Receive, event: Event) {
        /// Closes the waiting room again if the event has not called the object.
        struct Admitted<'a>(&'a LoopInner, &'a dyn Receive);

        impl Drop for Admitted<'_> {
            fn drop(&mut self) {
                // If it has moved away, its new home sees to it.
                if self.0.table.borrow().contains(self.1.resident()) {
                    self.1.admit(false);
                }
            }
        }

        receiver.admit(true);
        let _admitted = Admitted(self, receiver);
        self.deliver(event);
    }

    #[inline]
    fn next_event(&self) -> Option<Next> {
        if self.shared.queue.has_urgent() {
            self.absorb();
        }
        let mut local = self.local.borrow_mut();
        if local.prioritised.is_empty()
            && let Some(next) = first_of(&mut local)
        {
            return Some(next);
        }
        drop(local);
        self.next_of_any_kind()
    }

    #[inline(never)]
    fn next_of_any_kind(&self) -> Option<Next> {
        let taken_over = self.next_of_local();
        if taken_over.is_some() {
            return taken_over;
        }
        self.gather();
        self.absorb();
        self.next_of_local()
            .or_else(|| self.local.borrow_mut().prioritised.pop(false).map(Next::Event))
    }

    fn next_of_local(&self) -> Option<Next> {
        let known = |target| target == 0 || self.table.borrow().contains(target);
        let mut local = self.local.borrow_mut();
        match local.pop_urgent(known) {
            Some(event) => Some(Next::Event(event)),
            None => Self::first_seldom(&mut local),
        }
    }

    #[cold]
    fn first_seldom(local: &mut LocalQueue<Event>) -> Option<Next> {
        first_of(local)
    }

    #[cold]
    fn next_ready(&self) -> Option<(Rc<dyn Receive>, Event)> {
        loop {
            let object = *self.ready.borrow().front()?;
            match self.find(object) {
                // It runs again, further up the stack: whoever ends that makes it ready again.
                Some(receiver) if receiver.is_running() => receiver.mark_waiting(),
                Some(receiver) => {
                    if let Some(event) = receiver.next_waiting() {
                        return Some((receiver, event));
                    }
                }
                None => {}
            }
            self.ready.borrow_mut().pop_front();
        }
    }

    #[inline]
    pub(crate) fn deliver(self: &Rc<Self>, event: Event) {
        let Event { target, body } = event;
        match body {
            Body::Words(words) => self.deliver_words(target, words),
            body => self.deliver_other(target, body),
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call would write the words one by one and read them as a pair, which a processor cannot forward: a tenth of an event"
    )]
    fn deliver_words(&self, target: u64, words: Words) {
        if let Some(receiver) = self.find(target)
            && !receiver.receive_words(self, words)
        {
            receiver.wait(Event {
                target,
                body: Body::Words(words),
            });
        }
    }

    /// Runs a job with its object, or lets it wait for that.
    #[inline]
    pub(crate) fn run_with(&self, target: u64, job: &mut dyn AnyJob) {
        match self.find(target) {
            None => self.count_undelivered(),
            Some(receiver) if receiver.receive_job(self, job) => {}
            Some(receiver) => {
                let body = job.set_aside();
                receiver.wait(Event { target, body });
            }
        }
    }

    /// Runs a job that has left the queue alone: it had a priority, or waited.
    fn deliver_run(self: &Rc<Self>, target: u64, mut job: Box<dyn Jobs>) {
        if target == 0 {
            job.run_only(None);
            self.recycle(job);
        } else {
            self.deliver_to(target, Body::Run(job));
        }
    }

    fn deliver_other(self: &Rc<Self>, target: u64, body: Body) {
        match body {
            Body::Run(job) => self.deliver_run(target, job),
            Body::Local(key) => {
                let job = self.local_jobs.borrow_mut().remove(&key);
                if let Some(job) = job {
                    job();
                }
            }
            Body::Install(installer) => installer.install(self),
            Body::Uninstall => self.uninstall_in_turn(target),
            Body::Move(to) => self.migrate(target, &to),
            Body::Poll => self.poll_task(target),
            Body::Quit => self.shared.quit(),
            Body::Delete(level) if level != 0 && level < self.depth.get() => self.hold(level, Event { target, body }),
            body => self.deliver_to(target, body),
        }
    }

    /// Ends a slot after what was sent to it: what waits for its object, and what its cell holds until its time.
    fn uninstall_in_turn(&self, target: u64) {
        match self.find(target) {
            Some(slot) if slot.is_busy() => slot.wait(Event {
                target,
                body: Body::Uninstall,
            }),
            Some(slot) if slot.lingers() => {}
            _ => self.uninstall(target),
        }
    }

    #[inline]
    fn deliver_to(self: &Rc<Self>, target: u64, body: Body) {
        let Some(receiver) = self.find(target) else {
            if matches!(body, Body::Run(_)) {
                self.count_undelivered();
            }
            return;
        };
        let refused = match body {
            Body::Awaited(awaited) => {
                let (body, arrival) = *awaited;
                match receiver.receive(self, body) {
                    Ok(()) => {
                        arrival.arrived();
                        return;
                    }
                    Err(body) => Body::Awaited(Box::new((body, arrival))),
                }
            }
            body => match receiver.receive(self, body) {
                Ok(()) => return,
                Err(body) => body,
            },
        };
        receiver.wait(Event { target, body: refused });
    }
}
