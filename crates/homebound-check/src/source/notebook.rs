//! A notebook: its code, and the way back into its JSON.
//!
//! The code of all cells is one text. Each cell knows where it begins there, each masked line what it was; both move along with edits.
//! Writing puts the code of those cells that changed into the JSON, and leaves every other byte as it is.

use super::magic::{Mask, mask};
use crate::fix::Edit;
use crate::text::TextRange;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

#[derive(Clone, Debug)]
pub(super) struct Notebook {
    json: Box<str>,
    cells: Vec<Cell>,
    masks: Vec<Mask>,
}

/// A code cell.
#[derive(Clone, Debug)]
struct Cell {
    /// Where its code begins in the text.
    start: u32,
    /// Whether the text has a line end behind its code that the cell has not.
    ended: bool,
    /// Where its code stands in the JSON.
    source: Range<usize>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    cells: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    cell_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Whole(String),
    Lines(Vec<String>),
}

impl Notebook {
    /// The code cells, joined, and what is needed to write them again.
    pub(super) fn read(json: String) -> Result<(String, Self), String> {
        let (mut text, mut cells, mut masks) = (String::new(), Vec::new(), Vec::new());
        for source in sources(&json)? {
            let code = code(&json[source.clone()])?;
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            mask(&code, &mut text, &mut masks);
            let ended = !code.ends_with('\n');
            if ended {
                text.push('\n');
            }
            cells.push(Cell { start, ended, source });
        }
        let json = json.into_boxed_str();
        Ok((text, Self { json, cells, masks }))
    }

    /// The cell at a byte, from one, and where it begins.
    pub(super) fn cell(&self, offset: u32) -> Option<(usize, u32)> {
        let number = self.cells.partition_point(|cell| cell.start <= offset);
        Some((number, self.cells.get(number.checked_sub(1)?)?.start))
    }

    pub(super) fn starts(&self) -> impl Iterator<Item = u32> {
        self.cells.iter().map(|cell| cell.start)
    }

    pub(super) fn takes(&self, range: TextRange, text: &str) -> bool {
        let line = text[..range.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let end = text[range.end as usize..]
            .find('\n')
            .map_or(text.len(), |at| range.end as usize + at);
        // An insertion before a line leaves it alone; everything else in it does not.
        let spared = range.is_empty() && line == range.start as usize;
        let masked = |mask: &Mask| (line..end).contains(&(mask.at as usize));
        let one = self.cell(range.start).map(|(number, _)| number)
            == self
                .cell(range.end.saturating_sub(1).max(range.start))
                .map(|(number, _)| number);
        one && (spared || !self.masks.iter().any(masked))
    }

    pub(super) fn edited(&self, edits: &[&Edit]) -> Self {
        let mut after = self.clone();
        after
            .cells
            .iter_mut()
            .for_each(|cell| cell.start = moved(cell.start, edits, false));
        after
            .masks
            .iter_mut()
            .for_each(|mask| mask.at = moved(mask.at, edits, true));
        after
    }

    /// The text with what the masks hide.
    pub(super) fn unmasked(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for mask in &self.masks {
            let range = mask.at as usize..mask.at as usize + mask.original.len();
            if out.get(range.clone()).is_some() {
                out.replace_range(range, &mask.original);
            }
        }
        out
    }

    /// The code of each cell.
    pub(super) fn cells(&self, text: &str) -> Vec<String> {
        let text = self.unmasked(text);
        let starts = self.cells.iter().map(|cell| cell.start as usize);
        let ends = starts.clone().skip(1).chain([text.len()]);
        let codes = starts
            .zip(ends)
            .map(|(start, end)| text.get(start..end).unwrap_or_default());
        codes
            .zip(&self.cells)
            .map(|(code, cell)| {
                code.strip_suffix('\n')
                    .filter(|_| cell.ended)
                    .unwrap_or(code)
                    .to_owned()
            })
            .collect()
    }

    /// The JSON with the code of this text.
    pub(super) fn write(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(self.json.len());
        let mut at = 0;
        for (cell, after) in self.cells.iter().zip(self.cells(text)) {
            let raw = &self.json[cell.source.clone()];
            out.push_str(&self.json[at..cell.source.start]);
            if code(raw)? == after {
                out.push_str(raw);
            } else {
                out.push_str(&written(raw, &after)?);
            }
            at = cell.source.end;
        }
        out.push_str(&self.json[at..]);
        Ok(out)
    }
}

/// Where a place is after edits; of an insertion at the very place, `behind` says whether the place comes after it.
fn moved(place: u32, edits: &[&Edit], behind: bool) -> u32 {
    let mut at = i64::from(place);
    for edit in edits {
        let before = edit.range.end < place || (edit.range.end == place && (behind || !edit.range.is_empty()));
        if before {
            at += i64::try_from(edit.replacement.len()).unwrap_or(0) - i64::from(edit.range.len());
        }
    }
    u32::try_from(at).unwrap_or(0)
}

/// Where the code of the code cells stands in the JSON.
fn sources(json: &str) -> Result<Vec<Range<usize>>, String> {
    let document: Document<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let cells = document.cells.ok_or("it has no list of cells")?;
    let code = cells.iter().filter(|part| part.cell_type.as_deref() == Some("code"));
    let place = |raw: &RawValue| {
        let start = raw.get().as_ptr() as usize - json.as_ptr() as usize;
        start..start + raw.get().len()
    };
    Ok(code.filter_map(|part| part.source).map(place).collect())
}

fn code(raw: &str) -> Result<String, String> {
    match serde_json::from_str(raw) {
        Ok(Code::Whole(text)) => Ok(text),
        Ok(Code::Lines(lines)) => Ok(lines.concat()),
        Err(_) => Err("the source of a cell is neither a text nor a list of texts".to_owned()),
    }
}

/// A cell's code as JSON, in the manner of what stood there; lines that it had already keep their bytes.
fn written(raw: &str, code: &str) -> Result<String, String> {
    let quoted = |text: &str| serde_json::to_string(text).map_err(|error| error.to_string());
    if !raw.starts_with('[') {
        return quoted(code);
    }
    let before: Vec<&RawValue> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    let place = |value: &RawValue| value.get().as_ptr() as usize - raw.as_ptr() as usize;
    let (Some(first), Some(last)) = (before.first(), before.last()) else {
        return quoted(code).map(|text| format!("[{text}]"));
    };
    let head = &raw[..place(first)];
    let tail = &raw[place(last) + last.get().len()..];
    let between = format!(",{}", &head[1..]);
    let lines = code.split_inclusive('\n').map(|line| {
        let same = |old: &&&RawValue| serde_json::from_str::<String>(old.get()).is_ok_and(|old| old == line);
        before
            .iter()
            .find(same)
            .map_or_else(|| quoted(line), |old| Ok(old.get().to_owned()))
    });
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    Ok(format!("{head}{}{tail}", lines.join(&between)))
}
