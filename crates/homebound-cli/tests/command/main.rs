//! The command as its users know it: what is typed, printed, written and answered.

mod baseline;
mod binding;
mod configuration;
mod editing;
mod files;
mod fixes;
mod formats;
mod manual;
mod project;
mod refusals;
mod rules;
mod sarif;
mod stdin;
mod terminal;
mod watch;
