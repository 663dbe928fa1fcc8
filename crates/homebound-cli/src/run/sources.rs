//! The texts that findings point into.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use homebound_check::{LineColumn, LineIndex, SourceFile, TextRange};

/// All texts of a run, by path.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: HashMap<PathBuf, (SourceFile, OnceCell<LineIndex>)>,
}

/// Where a range begins and ends, both counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: (u32, u32),
    pub(crate) end: (u32, u32),
    /// The code cell of a notebook, from one.
    pub(crate) cell: Option<usize>,
}

impl Sources {
    /// Places in what is checked and in what is shown are the same.
    pub(crate) fn add(&mut self, mut file: SourceFile) {
        file.text = file.shown();
        self.files.insert(file.path.clone(), (file, OnceCell::new()));
    }

    pub(crate) fn file(&self, path: &Path) -> Option<&SourceFile> {
        self.files.get(path).map(|(file, _)| file)
    }

    /// The text of a file; empty for one that could not be read.
    pub(crate) fn text(&self, path: &Path) -> &str {
        self.file(path).map_or("", |file| &file.text)
    }

    /// In a notebook, lines are counted from the beginning of the cell.
    pub(crate) fn span(&self, path: &Path, range: TextRange) -> Span {
        let Some((file, index)) = self.files.get(path) else {
            return Span {
                start: (1, 1),
                end: (1, 1),
                cell: None,
            };
        };
        let index = index.get_or_init(|| LineIndex::new(&file.text));
        let cell = file.cell(range.start);
        let first = cell.map_or(0, |(_, start)| index.line(start));
        let one_based = |at: LineColumn| ((at.line + 1).saturating_sub(first).max(1), at.column + 1);
        Span {
            start: one_based(index.position(range.start, &file.text)),
            end: one_based(index.position(range.end, &file.text)),
            cell: cell.map(|(number, _)| number),
        }
    }

    /// The line that a range begins in, without its end.
    pub(crate) fn line(&self, path: &Path, range: TextRange) -> &str {
        let Some((file, index)) = self.files.get(path) else {
            return "";
        };
        let index = index.get_or_init(|| LineIndex::new(&file.text));
        index
            .line_range(index.line(range.start), &file.text)
            .slice(&file.text)
            .trim_end_matches(['\r', '\n'])
    }
}

impl Extend<SourceFile> for Sources {
    fn extend<T: IntoIterator<Item = SourceFile>>(&mut self, files: T) {
        files.into_iter().for_each(|file| self.add(file));
    }
}
