//! One suite that every adapter of Homebound has to pass.
//!
//! An adapter's tests implement [`Host`] for its toolkit, without a window on a screen, and name it in [`conformance_tests!`]. Each case is a claim
//! about the seam between a toolkit's loop and Homebound's: wake-ups, timers, bounded turns, the end.
//!
//! No case waits for a time to pass in order to be right: what has to happen is waited for, up to [`LIMIT`]. Only
//! [`cases::a_host_at_rest_stays_at_rest`], which claims that nothing happens, looks on for a while.

pub mod cases;
mod log;

use std::time::Duration;

use homebound::EventLoop;

/// The longest that any case waits for what has to happen: far beyond what it takes, even on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A toolkit's loop with a hosted one inside, as an adapter's tests supply it.
pub trait Host {
    /// Opens the host on this thread as a program of its toolkit would, without a window on a screen.
    fn open() -> Self;

    /// The hosted loop.
    fn home(&self) -> &EventLoop;

    /// Runs the host's own loop on this thread until `done`, or for `limit` at most. Returns whether it was done.
    ///
    /// `in_frame` is called once in each frame (or whatever the toolkit calls the time when it runs the program's code), after
    /// the hosted loop was dispatched. The host runs frames when it was woken, and for reasons of its own, and sleeps otherwise.
    fn run(&mut self, limit: Duration, in_frame: &mut dyn FnMut(&EventLoop) -> Frame) -> bool;

    /// How many frames have been run.
    fn frames(&self) -> u64;

    /// How many times the toolkit was asked for a frame by whatever primitive the adapter uses.
    fn wakes(&self) -> u64;

    /// Whether the toolkit was asked to end the program.
    fn was_asked_to_close(&self) -> bool;
}

/// What a case wants of the host after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Run on.
    Again,
    /// What was waited for has happened.
    Done,
}

impl Frame {
    /// [`Done`](Self::Done) if it is.
    pub fn done_if(done: bool) -> Self {
        if done { Self::Done } else { Self::Again }
    }
}

/// Makes a test of each case of the suite for one host.
#[macro_export]
macro_rules! conformance_tests {
    ($host:ty) => {
        $crate::conformance_tests!($host:
            what_was_posted_before_the_first_frame_arrives,
            a_post_from_another_thread_wakes_a_host_at_rest,
            a_post_from_a_frame_leads_to_another_frame,
            a_post_from_a_slot_arrives,
            a_burst_costs_few_wakes_and_keeps_its_order,
            each_senders_order_is_kept,
            a_timer_comes_while_nothing_else_happens,
            a_timer_started_in_a_frame_comes,
            a_timer_that_is_brought_forward_in_a_frame_comes_early,
            idle_work_is_done_without_a_reason_to_wake,
            a_future_is_polled_when_another_thread_wakes_it,
            a_flood_does_not_stop_the_frames,
            a_nested_run_lets_others_go_on,
            a_slot_that_panics_does_not_end_the_host,
            a_host_at_rest_stays_at_rest,
            a_quit_from_another_thread_closes_the_host,
            a_closed_host_hands_posts_back,
        );
    };
    ($host:ty: $($case:ident),* $(,)?) => {
        $(
            #[test]
            fn $case() {
                $crate::cases::$case::<$host>();
            }
        )*
    };
}
