//! Which settings hold for a folder.
//!
//! The nearest file above a folder decides: `.homebound.toml`, `homebound.toml`, or a `pyproject.toml` with `[tool.homebound]`. It may
//! extend another. Where there is none, the user's own file holds. The command line counts more than any of them.

mod discover;
mod options;
mod reference;
mod resolve;
mod source;
mod value;

pub(crate) use discover::{Cascade, is_settings_file};
pub(crate) use options::Options;
pub(crate) use reference::{SETTINGS, Setting, setting};
pub(crate) use resolve::Configuration;
