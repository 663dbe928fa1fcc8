//! What the editor shows of a file that was checked: the file, or each cell of a notebook, with an address of its own.

use std::path::Path;

use gen_lsp_types::{Location, Position, Range};
use homebound_check::{ColumnUnit, LineIndex, SourceKind, TextRange};
use url::Url;

use super::checker::{Judged, Outcome};
use super::documents::{Document, Documents};
use super::position::Places;

/// A stretch of a file's text that is a text in the editor.
pub(super) struct View<'a> {
    pub(super) uri: Url,
    /// Where it begins in the file's text, and where the next one does.
    start: u32,
    next: u32,
    text: &'a str,
    index: LineIndex,
}

impl<'a> View<'a> {
    /// The views of a file, in their order, as they were when it was checked. A notebook that is not open has none: its file is JSON.
    pub(super) fn of(outcome: &'a Outcome, path: &Path, judged: &'a Judged) -> Vec<Self> {
        let open = outcome.documents.texts(path);
        if judged.source.kind != SourceKind::Notebook {
            let uri = open.first().map(|document| document.uri.clone());
            let uri = uri.or_else(|| Url::from_file_path(path).ok());
            let view = uri.map(|uri| Self::new(uri, (0, u32::MAX), &judged.source.text));
            return view.into_iter().collect();
        }
        let starts = judged.source.cell_starts();
        let next = starts.iter().skip(1).copied().chain([u32::MAX]);
        let cells = open.into_iter().zip(starts.iter().copied().zip(next));
        cells
            .map(|(cell, bounds)| Self::new(cell.uri.clone(), bounds, &cell.text))
            .collect()
    }

    fn new(uri: Url, (start, next): (u32, u32), text: &'a str) -> Self {
        let index = LineIndex::new(text);
        Self {
            uri,
            start,
            next,
            text,
            index,
        }
    }

    /// The view that a place lies in.
    pub(super) fn around(outcome: &'a Outcome, path: &Path, place: TextRange) -> Option<Self> {
        let judged = outcome.file(path)?;
        let mut views = Self::of(outcome, path, judged).into_iter();
        views.find(|view| view.holds(place))
    }

    /// The view with an address.
    pub(super) fn at(outcome: &'a Outcome, path: &Path, uri: &Url) -> Option<Self> {
        let judged = outcome.file(path)?;
        Self::of(outcome, path, judged)
            .into_iter()
            .find(|view| view.uri == *uri)
    }

    pub(super) fn holds(&self, place: TextRange) -> bool {
        self.start <= place.start && place.start < self.next
    }

    pub(super) fn range(&self, place: TextRange, unit: ColumnUnit) -> Range {
        let own = |at: u32| {
            at.saturating_sub(self.start)
                .min(u32::try_from(self.text.len()).unwrap_or(u32::MAX))
        };
        self.places(unit)
            .range(TextRange::new(own(place.start), own(place.end)))
    }

    /// A place of the editor as one of the file.
    pub(super) fn offset(&self, position: Position, unit: ColumnUnit) -> u32 {
        self.start + u32::try_from(self.places(unit).offset(position)).unwrap_or(0)
    }

    pub(super) fn location(&self, place: TextRange, unit: ColumnUnit) -> Location {
        Location {
            uri: self.uri.clone(),
            range: self.range(place, unit),
        }
    }

    fn places(&self, unit: ColumnUnit) -> Places<'_> {
        Places {
            text: self.text,
            index: &self.index,
            unit,
        }
    }

    /// The document as it is now, where its text is still the one that was checked; nothing known of one that is not open.
    pub(super) fn now(&self, documents: &'a Documents) -> Now<'a> {
        match documents.get(&self.uri) {
            Some((_, document)) if *document.text == *self.text => Now::Same(document),
            Some(_) => Now::Other,
            None => Now::Closed,
        }
    }
}

/// What became of a text since it was checked.
pub(super) enum Now<'a> {
    Same(&'a Document),
    Other,
    /// It is not open in the editor.
    Closed,
}
