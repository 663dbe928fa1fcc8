//! From text to a small tree of our own: the only place that names the parser.

mod lower;
mod nesting;
mod parse;
pub(crate) mod tree;

pub(crate) use parse::{deep_stack, parse};
pub(crate) use tree::Tree;
