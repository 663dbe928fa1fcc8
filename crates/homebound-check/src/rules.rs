//! One file per rule.

mod blocking;
mod forwarding;
mod gui;
mod hb001_syntax_error;
mod hb002_unused_suppression;
mod hb101_ui_from_thread;
mod hb102_blocking_in_ui;
mod hb103_wait_in_ui;
mod hb104_pool_wait_in_ui;
mod hb105_process_events;
mod hb201_thread_not_stopped;
mod hb202_thread_not_kept;
mod hb203_worker_not_kept;
mod hb204_terminate;
mod hb205_missing_delete_later;
mod hb206_use_after_delete_later;
mod hb301_move_to_thread_misuse;
mod hb302_qthread_subclass_slot;
mod hb303_direct_call_on_worker;
mod hb304_qobject_wrong_thread;
mod hb305_connect_before_move;
mod hb401_shadowed_signal;
mod hb402_signal_on_runnable;
mod hb403_shared_runnable_signals;
mod hb404_callable_slot_thread;
mod hb405_callable_on_started;
mod hb406_direct_connection;
mod hb407_blocking_queued_same_thread;
mod hb408_single_shot_off_thread;
mod hb501_lock_no_guard;
mod hb502_trylock_ignored;
mod hb503_long_under_lock;
mod hb504_lock_order;
mod hb601_no_cancellation;
mod hb602_busy_wait;
mod hb603_polling_sleep;
mod hb604_unbounded_threads;
mod lifetime;
mod locks;
mod loops;
mod mend;
mod stops;
mod way_out;

use crate::context::Context;
use crate::rule::Rule;

pub(crate) use hb002_unused_suppression::RULE as UNUSED_SUPPRESSION;

type Check = fn(&Context<'_>);

macro_rules! registry {
    ($($module:ident)*) => {
        pub(crate) static ALL: &[&Rule] = &[$(&$module::RULE),*];
        pub(crate) static CHECKS: &[(&Rule, Check)] = &[$((&$module::RULE, $module::check as Check)),*];
    };
}

registry! {
    hb001_syntax_error
    hb002_unused_suppression
    hb101_ui_from_thread
    hb102_blocking_in_ui
    hb103_wait_in_ui
    hb104_pool_wait_in_ui
    hb105_process_events
    hb201_thread_not_stopped
    hb202_thread_not_kept
    hb203_worker_not_kept
    hb204_terminate
    hb205_missing_delete_later
    hb206_use_after_delete_later
    hb301_move_to_thread_misuse
    hb302_qthread_subclass_slot
    hb303_direct_call_on_worker
    hb304_qobject_wrong_thread
    hb305_connect_before_move
    hb401_shadowed_signal
    hb402_signal_on_runnable
    hb403_shared_runnable_signals
    hb404_callable_slot_thread
    hb405_callable_on_started
    hb406_direct_connection
    hb407_blocking_queued_same_thread
    hb408_single_shot_off_thread
    hb501_lock_no_guard
    hb502_trylock_ignored
    hb503_long_under_lock
    hb504_lock_order
    hb601_no_cancellation
    hb602_busy_wait
    hb603_polling_sleep
    hb604_unbounded_threads
}
