//! What the fixes of several rules share: they move code between functions, classes and files.
//!
//! A fix that changes what a program means is worse than none. So each question here is answered with "yes" only when the
//! whole project has been asked, and each doubt ends in no fix.

mod arguments;
mod callable;
mod constructor;
mod layout;
mod method;
mod names;
mod place;
mod slot;
mod values;

pub(super) use callable::is_explained;
pub(super) use constructor::through_constructor;
pub(super) use layout::{after_line, base_call, has_long_texts, line_of, next_line, with_end};
pub(super) use method::as_method;
pub(super) use names::first_free;
pub(super) use slot::{carried, decorator};
pub(super) use values::{is_changed, is_set_before};
