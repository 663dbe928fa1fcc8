//! What a window has to survive: a panic in a task, a flood of signals.

use std::error::Error;

use homebound::{Clock, ConnectError, Delivery, Emitter, Failure, Owner, ThreadPool};
use indicatif::HumanCount;

use super::model::{Flood, Model};

/// Signals of one flood.
pub(crate) const SIGNALS: u64 = 1_000_000;
/// The threads that send them, each as fast as it can.
const SENDERS: u64 = 2;
/// Signals between two looks at whether the flood is cancelled.
const AT_ONCE: u64 = 1_000;

/// Begins a task that panics. Nothing but a message comes of it.
pub(crate) fn panic_in_a_task(model: &Owner<Model>) -> Result<(), Box<dyn Error>> {
    ThreadPool::global()
        .task(|_cx| -> Result<(), Failure> { panic!("somebody pressed the button for it") })
        .name("panic on purpose")
        .on_outcome(model, |model: &mut Model, outcome| model.task_ended(&outcome))
        .spawn()?
        .detach();
    Ok(())
}

/// The signal of the floods.
pub(crate) fn flood_to(model: &Owner<Model>, clock: &Clock) -> Result<Emitter<u64>, ConnectError> {
    let (flood, clock) = (Emitter::new(), clock.clone());
    flood
        .with(Delivery::Queued)
        .connect(model, move |model: &mut Model, _number| {
            model.flood_signal_arrived(&clock);
        })?;
    Ok(flood)
}

/// Begins a flood, unless there is one. Each signal is an event of its own in the window's queue.
pub(crate) fn flood(model: &Owner<Model>, signal: &Emitter<u64>, clock: &Clock) -> Result<(), Box<dyn Error>> {
    {
        let mut model = model.borrow_mut();
        if model.flood.is_some() {
            return Ok(());
        }
        model.say(format!(
            "{SENDERS} threads send {} signals as fast as they can.",
            HumanCount(SIGNALS)
        ));
        model.flood = Some(Flood {
            began: clock.now(),
            arrived: 0,
            total: SIGNALS,
            longest_frame: std::time::Duration::ZERO,
        });
    }
    for _ in 0..SENDERS {
        let signal = signal.clone();
        ThreadPool::global()
            .task(move |cx| {
                for _ in 0..SIGNALS / SENDERS / AT_ONCE {
                    cx.check()?;
                    (0..AT_ONCE).for_each(|number| drop(signal.emit(number)));
                }
                Ok(())
            })
            .name("flood")
            .on_outcome(model, |model: &mut Model, outcome| model.task_ended(&outcome))
            .spawn()?
            .detach();
    }
    Ok(())
}
