//! Paths and places as they are printed.

use std::path::Path;

use homebound_check::{Diagnostic, TextRange};
use serde::Serialize;

use super::Report;
use crate::run::Span;

/// A path as people want to see it: from the present folder, if it lies below.
pub(crate) fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// A row and a column, both from one.
#[derive(Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) column: u32,
    pub(crate) row: u32,
}

impl From<(u32, u32)> for Point {
    fn from((row, column): (u32, u32)) -> Self {
        Self { column, row }
    }
}

/// The same, with the cell of a notebook.
pub(crate) fn shown_cell(path: &Path, here: &Path, span: Span) -> String {
    let shown = shown(path, here);
    span.cell
        .map_or_else(|| shown.clone(), |cell| format!("{shown}:cell {cell}"))
}

impl Report<'_> {
    pub(crate) fn shown(&self, finding: &Diagnostic) -> String {
        shown_cell(&finding.path, self.here, self.span(finding))
    }

    pub(crate) fn span(&self, finding: &Diagnostic) -> Span {
        self.sources.span(&finding.path, finding.range)
    }

    pub(crate) fn span_of(&self, path: &Path, range: TextRange) -> Span {
        self.sources.span(path, range)
    }

    /// `path:line:column`.
    pub(crate) fn at(&self, finding: &Diagnostic) -> String {
        let (line, column) = self.span(finding).start;
        format!("{}:{line}:{column}", self.shown(finding))
    }
}
