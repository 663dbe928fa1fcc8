//! Files that are read in one task: one big file, or many small ones, so that a task is worth its hand-over.

use std::path::Path;

use blake3::Hash;

use super::hash::{HashError, hash_file};
use super::manifest;
use super::source::{Entry, Item};
use super::trouble::{Reason, Trouble};

/// A chunk is full with this many bytes. Reading them takes some milliseconds, a hundred times the hand-over of a task.
const FULL_BYTES: u64 = 4 << 20;
/// A chunk is full with this many entries: opening so many files takes as long as reading those bytes.
pub(crate) const FULL_ENTRIES: usize = 256;

/// The entries of one task, in their order.
pub(crate) type Chunk = Vec<Entry>;

/// How many bytes a chunk was found to have.
pub(crate) fn bytes_of(chunk: &[Entry]) -> u64 {
    chunk
        .iter()
        .map(|entry| if let Entry::File(item) = entry { item.bytes } else { 0 })
        .sum()
}

/// Takes one chunk. An empty one means that there are no more entries.
///
/// # Errors
///
/// That of `check`, which is asked before each entry.
pub(crate) fn take<E>(
    source: &mut impl Iterator<Item = Entry>,
    mut check: impl FnMut() -> Result<(), E>,
) -> Result<Chunk, E> {
    let mut chunk = Vec::new();
    let mut bytes = 0;
    while chunk.len() < FULL_ENTRIES && bytes < FULL_BYTES {
        check()?;
        let Some(entry) = source.next() else { break };
        bytes += bytes_of(std::slice::from_ref(&entry));
        chunk.push(entry);
    }
    Ok(chunk)
}

/// What came of a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// The lines of the manifest, or the verdicts.
    pub(crate) lines: String,
    /// What could not be read, in order.
    pub(crate) troubles: Vec<Trouble>,
    /// Files and bytes that were read.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files of a manifest that could not be read.
    pub(crate) unread: u64,
    /// Files whose sum is not that of their manifest.
    pub(crate) mismatched: u64,
}

/// What the reading of a chunk tells on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    File(&'a Path),
    Bytes { done: u64, total: u64 },
}

/// Reads the files of a chunk one after the other.
///
/// With `quiet` only what is wrong is worth a verdict.
///
/// # Errors
///
/// That of `on_step`, which is told of each file and each block of a file and so can stop the reading.
pub(crate) fn read<E>(
    chunk: Chunk,
    quiet: bool,
    mut on_step: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<Report, E> {
    let mut total = bytes_of(&chunk);
    let mut report = Report::default();
    let mut block = Vec::new();
    let mut before = 0;
    for entry in chunk {
        let item = match entry {
            Entry::File(item) => item,
            Entry::Trouble(trouble) => {
                report.troubles.push(trouble);
                continue;
            }
        };
        on_step(Step::File(&item.path))?;
        let result = hash_file(&item.path, &mut block, |done, of| {
            // What was found may have grown or shrunk since.
            let total = total - item.bytes.min(total) + of;
            on_step(Step::Bytes {
                done: before + done,
                total: total.max(before + done),
            })
        });
        let result = match result {
            Ok(read) => Ok(read),
            Err(HashError::Trouble(reason)) => Err(reason),
            Err(HashError::Stopped(error)) => return Err(error),
        };
        let read = result.as_ref().map_or(0, |(_, bytes)| *bytes);
        total = total - item.bytes.min(total) + read;
        before += read;
        report.add(item, result, quiet);
    }
    on_step(Step::Bytes {
        done: before,
        total: before,
    })?;
    Ok(report)
}

impl Report {
    fn add(&mut self, item: Item, result: Result<(Hash, u64), Reason>, quiet: bool) {
        let Item { path, expected, .. } = item;
        // Entries with other names do not get this far.
        let name = manifest::name(&path).unwrap_or_default();
        if let Ok((_, bytes)) = result {
            self.files += 1;
            self.bytes += bytes;
        }
        match (result, expected) {
            (Ok((sum, _)), None) => manifest::push_line(&sum, name, &mut self.lines),
            (Err(reason), None) => self.troubles.push(Trouble { path, reason }),
            (Ok((sum, _)), Some(expected)) if sum == expected => {
                if !quiet {
                    manifest::push_verdict(name, "OK", &mut self.lines);
                }
            }
            (Ok(_), Some(_)) => {
                self.mismatched += 1;
                manifest::push_verdict(name, "FAILED", &mut self.lines);
            }
            (Err(reason), Some(_)) => {
                self.unread += 1;
                // Nobody has seen it there today.
                let reason = if reason == Reason::Vanished {
                    Reason::missing()
                } else {
                    reason
                };
                manifest::push_verdict(name, &format!("FAILED ({reason})"), &mut self.lines);
            }
        }
    }
}

#[cfg(test)]
mod tests;
