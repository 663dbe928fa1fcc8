//! Finds threading mistakes in `PyQt` and `PySide` code.
//!
//! [`check`] takes all files of a project at once: most mistakes are only visible when the thread in one file and the
//! window in another are seen together. The way from bytes to [`Diagnostics`]:
//!
//! 1. [`SourceFile`] decodes (PEP 263, notebooks);
//! 2. `syntax` parses and lowers to a small tree of its own, so that the parser is named in one place;
//! 3. `model` resolves imports, classes, the types of attributes, calls, and the thread each function runs on;
//! 4. `rules`, one file each, look for one mistake each;
//! 5. [`suppression`] sets aside what a comment excuses.

mod binding;
mod check;
mod context;
mod diagnostic;
mod model;
mod qt;
mod registry;
mod rule;
#[expect(
    clippy::doc_markdown,
    reason = "the rules' pages are written for people who write Python"
)]
mod rules;
mod selection;
mod settings;
mod source;
mod syntax;
mod text;
mod threads;

pub mod fix;
pub mod suppression;

pub use binding::{Api, Binding, BindingError};
pub use check::{Checker, check};
pub use diagnostic::{Diagnostic, Diagnostics, Related};
pub use fix::{Applicability, Edit, Fix};
pub use registry::{rule, rules};
pub use rule::{FixAvailability, Group, Rule};
pub use selection::{RuleSet, Selectors, UnknownSelector, resolve_selection};
pub use settings::{PatternError, PerFileIgnores, Settings};
pub use source::{SourceError, SourceFile, SourceKind};
pub use suppression::Suppression;
pub use text::{ColumnUnit, LineColumn, LineIndex, TextRange};
pub use threads::{MethodThreads, RunsOn, ThreadKind, threads};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
