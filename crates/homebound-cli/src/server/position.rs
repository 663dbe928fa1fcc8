//! Places in bytes and places as editors count: lines and UTF-16 units.

use gen_lsp_types::{Position, Range};
use homebound_check::{LineColumn, LineIndex, TextRange};

pub(super) fn offset(position: Position, index: &LineIndex, text: &str) -> usize {
    let at = LineColumn {
        line: position.line,
        column: position.character,
    };
    (index.offset_utf16(at, text) as usize).min(text.len())
}

pub(super) fn position(offset: u32, index: &LineIndex, text: &str) -> Position {
    let LineColumn { line, column } = index.position_utf16(offset, text);
    Position {
        line,
        character: column,
    }
}

pub(super) fn range(range: TextRange, index: &LineIndex, text: &str) -> Range {
    Range {
        start: position(range.start, index, text),
        end: position(range.end, index, text),
    }
}

/// Whether a range of bytes and one of the editor share a place; a cursor at either end counts.
pub(super) fn touches(range: TextRange, wanted: &Range, index: &LineIndex, text: &str) -> bool {
    let (start, end) = (offset(wanted.start, index, text), offset(wanted.end, index, text));
    range.start as usize <= end && start <= range.end as usize
}
