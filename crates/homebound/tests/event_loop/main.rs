//! The loop: turns, quitting, hosting, futures, closing.

#[path = "../support/threads.rs"]
mod support;

mod closing;
mod futures;
mod hosting;
mod posting;
mod running;
mod turns;

use std::time::Duration;

const NOW: Option<Duration> = Some(Duration::ZERO);
