//! Events in the order of posting. A plain structure without locks.

use std::collections::VecDeque;
use std::iter;

/// Events in one chunk: 16 KiB, so that a chunk is a few pages and a burst of thousands takes few of them.
const CHUNK: usize = 512;
/// Events in the first chunk of a loop.
const FIRST_CHUNK: usize = 16;
/// Emptied chunks that are kept for the posters.
const SPARE_CHUNKS: usize = 8;

/// Some events in the order of posting.
///
/// A cursor instead of a ring: an event is made in its place and read there, and is not carried through the stack on the way.
#[derive(Debug)]
struct Chunk<E> {
    events: Vec<Option<E>>,
    /// How many were taken; what lies before is nothing any more.
    taken: usize,
}

impl<E> Default for Chunk<E> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<E> Chunk<E> {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            events: Vec::with_capacity(capacity),
            taken: 0,
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.events.len() == self.events.capacity()
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn len(&self) -> usize {
        self.events.len() - self.taken
    }

    #[inline]
    fn push_with(&mut self, make: impl FnOnce() -> E) {
        // `extend` makes room first: then nothing can go wrong any more, and the event is made where it is to lie.
        self.events.extend(iter::once_with(|| Some(make())));
    }

    #[inline]
    fn front_mut(&mut self) -> Option<&mut E> {
        self.events.get_mut(self.taken)?.as_mut()
    }

    /// The newest. One that was taken is never the last: a chunk of which all was taken is cleared.
    #[inline]
    fn back_mut(&mut self) -> Option<&mut E> {
        self.events.last_mut()?.as_mut()
    }

    #[inline]
    fn pop(&mut self) -> Option<E> {
        let event = self.events.get_mut(self.taken)?.take();
        self.advance();
        event
    }

    /// Leaves the first behind.
    #[inline]
    fn advance(&mut self) {
        self.taken += 1;
        if self.taken >= self.events.len() {
            self.events.clear();
            self.taken = 0;
        }
    }

    fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<E>) {
        let capacity = self.events.capacity();
        let chunk = std::mem::replace(self, Self::with_capacity(capacity));
        for event in chunk.events.into_iter().skip(chunk.taken).flatten() {
            if belongs(&event) {
                into.push(event);
            } else {
                self.push_with(|| event);
            }
        }
    }
}

/// Events in the order of posting, in chunks.
#[derive(Debug)]
pub(crate) struct Chunks<E> {
    /// The oldest: it is emptied without a look at the others.
    first: Chunk<E>,
    rest: VecDeque<Chunk<E>>,
    empty: Vec<Chunk<E>>,
}

impl<E> Default for Chunks<E> {
    fn default() -> Self {
        Self {
            first: Chunk::default(),
            rest: VecDeque::new(),
            empty: Vec::new(),
        }
    }
}

impl<E> Chunks<E> {
    #[inline]
    pub(crate) fn push(&mut self, event: E) {
        self.push_with(|| event);
    }

    /// Appends what `make` makes, in its place. `make` does not panic.
    #[inline]
    pub(crate) fn push_with(&mut self, make: impl FnOnce() -> E) {
        if self.last().is_full() {
            self.add_chunk();
        }
        self.last().push_with(make);
    }

    #[inline]
    fn last(&mut self) -> &mut Chunk<E> {
        self.rest.back_mut().unwrap_or(&mut self.first)
    }

    #[cold]
    fn add_chunk(&mut self) {
        // The first chunk of a quiet loop is small: a program with thousands of loops at rest pays for few events each.
        let is_first = self.first.events.capacity() == 0;
        let capacity = if is_first { FIRST_CHUNK } else { CHUNK };
        let chunk = self.empty.pop().unwrap_or_else(|| Chunk::with_capacity(capacity));
        if is_first && self.rest.is_empty() {
            self.first = chunk;
        } else {
            self.rest.push_back(chunk);
        }
    }

    /// The first, without taking it.
    #[inline]
    pub(crate) fn front_mut(&mut self) -> Option<&mut E> {
        if self.first.is_empty() {
            self.go_on();
        }
        self.first.front_mut()
    }

    /// The last, to put more into it.
    #[inline]
    pub(crate) fn back_mut(&mut self) -> Option<&mut E> {
        self.last().back_mut()
    }

    /// Leaves the first behind, which the caller has seen to. Nothing in it may need to be dropped.
    #[inline]
    pub(crate) fn skip_front(&mut self) {
        self.first.advance();
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<E> {
        if self.first.is_empty() {
            self.go_on();
        }
        self.first.pop()
    }

    /// Puts the next chunk with something in it in the place of the first, which is empty.
    #[cold]
    fn go_on(&mut self) {
        while self.first.is_empty()
            && let Some(next) = self.rest.pop_front()
        {
            let emptied = std::mem::replace(&mut self.first, next);
            self.keep(emptied);
        }
    }

    fn keep(&mut self, chunk: Chunk<E>) {
        if self.empty.len() < SPARE_CHUNKS && chunk.events.capacity() >= CHUNK {
            self.empty.push(chunk);
        }
    }

    /// Moves all that waits in `other` behind what waits here.
    pub(super) fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(&mut self.first, &mut other.first);
            std::mem::swap(&mut self.rest, &mut other.rest);
            return;
        }
        if !other.first.is_empty() {
            let chunk = self.empty.pop().unwrap_or_default();
            self.rest.push_back(std::mem::replace(&mut other.first, chunk));
        }
        self.rest.append(&mut other.rest);
    }

    /// Gives emptied chunks to those who post.
    pub(super) fn give_back(&mut self, to: &mut Self) {
        while to.empty.len() < SPARE_CHUNKS
            && let Some(chunk) = self.empty.pop()
        {
            to.empty.push(chunk);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.rest.iter().all(Chunk::is_empty)
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.iter().map(Chunk::len).sum::<usize>()
    }

    /// Takes out what `belongs` accepts, in order; the rest stays in order.
    pub(crate) fn extract(&mut self, belongs: &mut dyn FnMut(&E) -> bool, into: &mut Vec<E>) {
        self.first.extract(belongs, into);
        for chunk in &mut self.rest {
            chunk.extract(belongs, into);
        }
    }
}
