//! Boxes on their way back to those who post. A plain structure without locks.

use std::any::Any;

/// Emptied boxes that are kept for the posters: what a few turns use.
const SPARE_BOXES: usize = 4096;
/// How many of them may keep more memory than for one value.
const LARGE_BOXES: usize = 64;
/// How many of them a poster looks at for one that fits.
const LOOKED_AT: usize = 4;

/// A box that can be emptied and filled again.
pub(crate) trait Carrier: Any + Send {
    /// Gives up memory that an empty box need not have.
    fn shrink(&mut self) {}
}

/// A box for which there is no use. It is empty, and dropped under no lock.
pub(crate) type Unused = Option<Box<dyn Any>>;

/// Emptied boxes, on their way back to those who post.
#[derive(Default)]
pub(crate) struct Spare(Vec<Box<dyn Carrier>>);

impl Spare {
    /// Keeps an emptied box.
    #[inline]
    pub(crate) fn keep(&mut self, mut carrier: Box<dyn Carrier>) {
        if self.0.len() >= LARGE_BOXES {
            carrier.shrink();
        }
        if self.0.len() < SPARE_BOXES {
            self.0.push(carrier);
        }
    }

    /// Moves as many as there is room for, and returns the rest.
    pub(super) fn give_back(&mut self, to: &mut Self) -> Vec<Box<dyn Carrier>> {
        if to.0.is_empty() {
            std::mem::swap(&mut self.0, &mut to.0);
            return Vec::new();
        }
        let room = SPARE_BOXES.saturating_sub(to.0.len()).min(self.0.len());
        to.0.extend(self.0.drain(self.0.len() - room..));
        std::mem::take(&mut self.0)
    }

    /// An emptied box of this type, or else one that does not fit.
    #[inline]
    pub(crate) fn take<C: Carrier>(&mut self) -> Result<Box<C>, Unused> {
        let fits = |carrier: &dyn Carrier| (carrier as &dyn Any).is::<C>();
        let back = self.0.iter().rev().take(LOOKED_AT).position(|carrier| fits(&**carrier));
        let carrier = match back {
            Some(back) => Some(self.0.swap_remove(self.0.len() - 1 - back)),
            None => self.0.pop(),
        };
        let any: Box<dyn Any> = carrier.ok_or(None)?;
        any.downcast().map_err(Some)
    }
}
