//! Fingerprints the files below folders with BLAKE3, and verifies such fingerprints.
//!
//! Nothing in here knows who shows what it does: a terminal, a window, or nobody.

pub(crate) mod chunk;
pub(crate) mod hash;
pub(crate) mod in_order;
pub(crate) mod manifest;
pub(crate) mod output;
pub(crate) mod plan;
pub(crate) mod rate;
pub(crate) mod session;
pub(crate) mod source;
pub(crate) mod trouble;
pub(crate) mod view;
pub(crate) mod walk;
