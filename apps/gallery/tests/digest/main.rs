//! Runs the built program as a stranger would, on folders with whatever can be in a folder.

#![cfg(target_os = "linux")]

mod cancel;
mod check;
mod fingerprint;
mod output;
mod program;
mod terminal;
mod tree;
