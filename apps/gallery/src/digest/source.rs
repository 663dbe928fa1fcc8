//! Where the files to be read come from: a walk, or manifests to be checked.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use blake3::Hash;

use super::manifest::{self, Lines};
use super::trouble::{Reason, Trouble};
use super::walk::{FileId, Found, Walk};

/// A file to be read, or what there is to say instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    File(Item),
    Trouble(Trouble),
}

/// A file to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) path: PathBuf,
    /// Its length when it was found.
    pub(crate) bytes: u64,
    /// The sum that a manifest says it has.
    pub(crate) expected: Option<Hash>,
}

/// An iterator over [`Entry`].
#[derive(Debug)]
pub(crate) enum Source {
    Walk(Walk),
    Manifests(Manifests),
}

impl Source {
    /// All files below these paths, without those with these ids, and without links if they are not to be followed.
    pub(crate) fn paths(paths: &[PathBuf], left_out: Vec<FileId>, follows: bool) -> Self {
        Self::Walk(Walk::new(paths.iter().cloned()).without(left_out).following(follows))
    }

    /// All files of these manifests; `-` is standard input.
    pub(crate) fn manifests(paths: &[PathBuf]) -> Self {
        Self::Manifests(Manifests {
            waiting: paths.iter().rev().cloned().collect(),
            open: None,
        })
    }
}

impl Iterator for Source {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        match self {
            Self::Walk(walk) => walk.next().map(entry_of),
            Self::Manifests(manifests) => manifests.next(),
        }
    }
}

fn entry_of(found: Found) -> Entry {
    match found {
        Found::Trouble(trouble) => Entry::Trouble(trouble),
        Found::File { path, .. } if manifest::name(&path).is_none() => Entry::Trouble(Trouble {
            path,
            reason: Reason::NameNotText,
        }),
        Found::File { path, bytes } => Entry::File(Item {
            path,
            bytes,
            expected: None,
        }),
    }
}

/// The files of manifests, one after the other.
pub(crate) struct Manifests {
    /// The last is next.
    waiting: Vec<PathBuf>,
    open: Option<(PathBuf, Lines<Box<dyn BufRead + Send>>)>,
}

impl std::fmt::Debug for Manifests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manifests")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl Manifests {
    fn next(&mut self) -> Option<Entry> {
        loop {
            let Some((path, lines)) = &mut self.open else {
                let path = self.waiting.pop()?;
                match open(&path) {
                    Ok(reader) => self.open = Some((path, Lines::new(reader))),
                    Err(error) => return Some(trouble(path, &error)),
                }
                continue;
            };
            match lines.next() {
                None => self.open = None,
                Some(Ok(Ok(line))) => {
                    let bytes = fs::metadata(&line.path).map_or(0, |metadata| metadata.len());
                    return Some(Entry::File(Item {
                        path: line.path,
                        bytes,
                        expected: Some(line.sum),
                    }));
                }
                Some(Ok(Err(what))) => {
                    let reason = Reason::Line {
                        number: lines.number(),
                        what,
                    };
                    return Some(Entry::Trouble(Trouble {
                        path: path.clone(),
                        reason,
                    }));
                }
                Some(Err(error)) => {
                    let trouble = trouble(path.clone(), &error);
                    self.open = None;
                    return Some(trouble);
                }
            }
        }
    }
}

fn trouble(path: PathBuf, error: &io::Error) -> Entry {
    Entry::Trouble(Trouble {
        path,
        reason: Reason::system(error),
    })
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_read_one_after_the_other_and_what_is_wrong_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let sum = blake3::hash(b"");
        fs::write(at("file"), "12345").expect("written");
        let file = at("file").display().to_string();
        fs::write(
            at("1"),
            format!("{}  {file}\nnonsense\n{}  /none\n", sum.to_hex(), sum.to_hex()),
        )
        .expect("written");
        fs::write(at("3"), format!("{}  {file}", sum.to_hex())).expect("written");

        let entries: Vec<_> = Source::manifests(&[at("1"), at("2"), folder.path().into(), at("3")]).collect();

        let item = |path: &str, bytes| {
            Entry::File(Item {
                path: path.into(),
                bytes,
                expected: Some(sum),
            })
        };
        let words = |path: PathBuf, words: &str| {
            Entry::Trouble(Trouble {
                path,
                reason: Reason::System(words.into()),
            })
        };
        assert_eq!(entries[0], item(&file, 5));
        assert!(matches!(
            &entries[1],
            Entry::Trouble(Trouble {
                reason: Reason::Line { number: 2, .. },
                ..
            })
        ));
        assert_eq!(entries[2], item("/none", 0));
        assert_eq!(entries[3], words(at("2"), "No such file or directory"));
        assert_eq!(entries[4], words(folder.path().into(), "Is a directory"));
        assert_eq!(entries[5..], [item(&file, 5)]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_that_is_no_text_is_told_instead_of_read() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(OsStr::from_bytes(b"a\xffb"));
        fs::write(&path, "").expect("written");

        let entries: Vec<_> = Source::paths(&[folder.path().into()], Vec::new(), true).collect();

        assert_eq!(
            entries,
            [Entry::Trouble(Trouble {
                path,
                reason: Reason::NameNotText
            })]
        );
    }
}
