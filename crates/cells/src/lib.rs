//! The cells of Homebound's hot paths.
//!
//! All of Homebound's unsafe code is in this crate, a file for each cell, which begins with why it is sound. What is here takes from an emission what it costs
//! to ask the library's cells one by one; nothing in it knows of signals or threads' loops.

mod direct_rc;
mod flag_cell;
mod thread_bound;

pub use direct_rc::DirectRc;
pub use flag_cell::{BorrowError, FlagCell, FlagRef, FlagRefMut};
pub use thread_bound::{ThreadBound, here};
