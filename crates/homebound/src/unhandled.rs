//! What nobody claimed.

use crate::outcome::{Outcome, PanicReport};

pub(crate) fn panicked(report: PanicReport) {
    tracing::error!(target: "homebound", event = "unhandled", %report);
    drop(report);
}

pub(crate) fn outcome(outcome: Outcome<()>) {
    tracing::error!(target: "homebound", event = "unhandled", ?outcome);
    drop(outcome);
}
