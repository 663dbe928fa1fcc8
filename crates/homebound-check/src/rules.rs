//! One file per rule.

use crate::rule::Rule;

pub(crate) static ALL: &[&Rule] = &[];
