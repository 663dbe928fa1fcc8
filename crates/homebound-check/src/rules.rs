//! One file per rule.

mod blocking;
mod gui;
mod hb001_syntax_error;
mod hb101_ui_from_thread;
mod hb102_blocking_in_ui;
mod hb103_wait_in_ui;
mod hb104_pool_wait_in_ui;
mod hb105_process_events;
mod hb204_terminate;
mod hb401_shadowed_signal;
mod hb402_signal_on_runnable;
mod hb403_shared_runnable_signals;

use crate::context::Context;
use crate::rule::Rule;

type Check = fn(&Context<'_>);

macro_rules! registry {
    ($($module:ident)*) => {
        pub(crate) static ALL: &[&Rule] = &[$(&$module::RULE),*];
        pub(crate) static CHECKS: &[(&Rule, Check)] = &[$((&$module::RULE, $module::check as Check)),*];
    };
}

registry! {
    hb001_syntax_error
    hb101_ui_from_thread
    hb102_blocking_in_ui
    hb103_wait_in_ui
    hb104_pool_wait_in_ui
    hb105_process_events
    hb204_terminate
    hb401_shadowed_signal
    hb402_signal_on_runnable
    hb403_shared_runnable_signals
}
