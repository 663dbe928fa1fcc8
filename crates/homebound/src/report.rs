//! What an emission tells its caller.

use std::fmt;

use crate::unhandled::{self, Unhandled};

/// Why an emission did not reach one of its receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The receiver's loop is closed. The connection has ended.
    #[error("the receiver's loop is closed")]
    LoopClosed,
    /// A direct connection, and this is not the receiver's home thread.
    #[error("a direct connection was used away from its receiver's home thread")]
    AwayFromHome,
    /// The emission would wait for a slot on its own thread, or on one that waits for this thread in turn, for ever. In the second case the slot is called nevertheless,
    /// when its thread comes to it.
    #[error("a blocking emission would wait for its own thread")]
    WouldBlockItself,
    /// A bounded connection is full, and this is the receiver's own thread, or one that the receiver's thread waits for: waiting for room would never end. The value is not sent.
    #[error("a bounded connection is full, and waiting for room here would block the thread that has to make it")]
    Full,
    /// The slot of a blocking connection panicked, or its object was gone.
    #[error("the slot of a blocking emission panicked or was gone")]
    Lost,
    /// Signals emit each other at once in a circle; it was cut here, before the thread's stack ended.
    #[error("signals emit each other at once in a circle")]
    TooDeep,
    /// The signal behind this emitter is gone.
    #[error("the signal is gone")]
    SignalGone,
}

/// What an emission tells its caller: which receivers it could not reach.
///
/// It need not be looked at. If it holds refusals and is dropped unread, [`on_unhandled`](crate::on_unhandled) hears of them.
#[derive(Default)]
pub struct EmitReport(Refusals);

/// The refusals of one emission; nothing is allocated while there are none.
#[derive(Default)]
#[expect(
    clippy::box_collection,
    reason = "a report is one word, for it is returned by each emission"
)]
pub(crate) struct Refusals(Option<Box<Vec<Refused>>>);

impl Refusals {
    #[cold]
    pub(crate) fn push(&mut self, refused: Refused) {
        self.0.get_or_insert_default().push(refused);
    }

    pub(crate) fn extend(&mut self, report: EmitReport) {
        for refused in report.into_refused() {
            self.push(refused);
        }
    }
}

impl EmitReport {
    #[cold]
    pub(crate) fn too_deep() -> Self {
        let mut refusals = Refusals::default();
        refusals.push(Refused::TooDeep);
        Self(refusals)
    }

    #[inline]
    pub(crate) fn new(refusals: Refusals) -> Self {
        Self(refusals)
    }

    /// Whether every receiver was reached.
    pub fn is_complete(&self) -> bool {
        self.0.0.is_none()
    }

    /// The refusals, in the order of connecting. Then nobody else hears of them.
    pub fn into_refused(mut self) -> Vec<Refused> {
        self.0.0.take().map(|refused| *refused).unwrap_or_default()
    }
}

impl Drop for EmitReport {
    #[inline]
    fn drop(&mut self) {
        if self.0.0.is_some() {
            report_unread(&self.0);
        }
    }
}

#[cold]
fn report_unread(refusals: &Refusals) {
    let reasons = refusals
        .0
        .iter()
        .flat_map(|refused| refused.iter())
        .map(ToString::to_string)
        .collect();
    unhandled::report(&Unhandled::EmitRefused { reasons });
}

impl fmt::Debug for EmitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: &[Refused] = self.0.0.as_deref().map_or(&[], Vec::as_slice);
        f.debug_struct("EmitReport").field("refused", &refused).finish()
    }
}
