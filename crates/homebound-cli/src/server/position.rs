//! Places in bytes and places as the editor counts: lines, and columns in the unit that was agreed on.

use gen_lsp_types::{Position, Range};
use homebound_check::{ColumnUnit, LineColumn, LineIndex, TextRange};

/// A text in which places are looked up.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) text: &'a str,
    pub(super) index: &'a LineIndex,
    pub(super) unit: ColumnUnit,
}

impl Places<'_> {
    pub(super) fn offset(self, position: Position) -> usize {
        let at = LineColumn {
            line: position.line,
            column: position.character,
        };
        (self.index.offset_in(self.unit, at, self.text) as usize).min(self.text.len())
    }

    pub(super) fn range(self, range: TextRange) -> Range {
        Range {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }

    fn position(self, offset: u32) -> Position {
        let LineColumn { line, column } = self.index.position_in(self.unit, offset, self.text);
        Position {
            line,
            character: column,
        }
    }
}
