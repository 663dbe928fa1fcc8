//! Which files are checked, and in which project each of them lies.

mod patterns;
mod read;
mod walk;

pub(crate) use patterns::Patterns;
pub(crate) use read::{Reader, Unreadable, read};
pub(crate) use walk::{Found, Walk};
