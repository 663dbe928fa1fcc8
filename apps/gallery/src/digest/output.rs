//! Where a manifest goes: a file that is written whole or not at all, or whatever else stands at the given path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::walk::FileId;

/// Where the lines go.
pub(crate) enum Sink {
    File(WholeFile),
    Stream(Box<dyn Write + Send>),
}

impl Sink {
    /// Writes this text, all of it.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::File(file) => file.write_all(text.as_bytes()),
            Self::Stream(stream) => stream.write_all(text.as_bytes()).and_then(|()| stream.flush()),
        }
    }

    /// Ends it: only now a file appears.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::File(file) => file.commit(),
            Self::Stream(mut stream) => stream.flush(),
        }
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::File(_)) {
            "Sink::File"
        } else {
            "Sink::Stream"
        })
    }
}

/// A file that appears under its name only when it is complete.
///
/// It is written beside its place under another name; [`commit`](Self::commit) puts it there in one step. Dropped before that, it
/// leaves no trace, and what was there before stays.
#[derive(Debug)]
pub(crate) struct WholeFile {
    writer: BufWriter<Target>,
    place: PathBuf,
}

#[derive(Debug)]
enum Target {
    /// Becomes the file.
    Beside(NamedTempFile),
    /// A device or a pipe: there is nothing to replace, what is written is gone.
    Through(File),
}

impl WholeFile {
    /// Begins a file at `place`.
    ///
    /// # Errors
    ///
    /// The folder is missing or cannot be written to, or `place` is a folder.
    pub(crate) fn create(place: &Path) -> io::Result<Self> {
        // A link stays a link: what it leads to is replaced.
        let place = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
        let present = fs::metadata(&place).ok();
        let target = match &present {
            Some(present) if present.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "Is a directory"));
            }
            Some(present) if !present.is_file() => Target::Through(OpenOptions::new().write(true).open(&place)?),
            _ => Target::Beside(beside(&place, present)?),
        };
        Ok(Self {
            writer: BufWriter::new(target),
            place,
        })
    }

    /// The file being written and the one that it will replace.
    pub(crate) fn ids(&self) -> Vec<FileId> {
        let Target::Beside(file) = self.writer.get_ref() else {
            return Vec::new();
        };
        let paths = [file.path(), &self.place];
        paths
            .into_iter()
            .filter_map(|path| Some(FileId::of(path, &fs::metadata(path).ok()?)))
            .collect()
    }

    /// The path to remove if the program has to end without dropping this.
    pub(crate) fn unfinished_path(&self) -> Option<PathBuf> {
        match self.writer.get_ref() {
            Target::Beside(file) => Some(file.path().to_owned()),
            Target::Through(_) => None,
        }
    }

    /// Puts the complete file in its place, safely on the disk.
    ///
    /// # Errors
    ///
    /// Not all could be written. What was in the place before is still there.
    pub(crate) fn commit(self) -> io::Result<()> {
        match self.writer.into_inner().map_err(io::IntoInnerError::into_error)? {
            Target::Beside(file) => {
                file.as_file().sync_all()?;
                file.persist(&self.place).map_err(|error| error.error)?;
                sync_folder(&self.place);
                Ok(())
            }
            Target::Through(mut file) => file.flush(),
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file) => file.write(bytes),
            Self::Through(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file) => file.flush(),
            Self::Through(file) => file.flush(),
        }
    }
}

fn folder_of(place: &Path) -> &Path {
    place
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A new file in the same folder, for only there can it be moved in one step.
fn beside(place: &Path, present: Option<fs::Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".digest-").suffix(".part");
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        // As if the file had been opened in its place: what the user's mask leaves of this.
        builder.permissions(fs::Permissions::from_mode(0o666))
    };
    let file = builder.tempfile_in(folder_of(place))?;
    if let Some(present) = present {
        file.as_file().set_permissions(present.permissions())?;
    }
    Ok(file)
}

/// Makes the new name last through a loss of power. Not every file system can, and the file itself is safe already.
fn sync_folder(place: &Path) {
    if let Ok(folder) = File::open(folder_of(place)) {
        folder.sync_all().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_file_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("sums");
        fs::write(&place, "old").expect("written");
        let mut file = WholeFile::create(&place).expect("created");
        file.write_all(b"new").expect("written");
        file.flush().expect("flushed");
        assert_eq!(fs::read(&place).expect("read"), b"old");

        file.commit().expect("committed");

        assert_eq!(fs::read(&place).expect("read"), b"new");
        assert_eq!(names(folder.path()), ["sums"]);
    }

    #[test]
    fn what_is_dropped_leaves_no_trace() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = WholeFile::create(&folder.path().join("sums")).expect("created");
        file.write_all(&vec![7; 100_000]).expect("written");
        assert_eq!(names(folder.path()).len(), 1);

        drop(file);

        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    #[cfg(unix)]
    fn a_new_file_has_the_usual_permissions_and_a_replaced_one_keeps_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .expect("there")
                .permissions()
                .mode()
                & 0o777
        };
        fs::write(folder.path().join("usual"), "").expect("written");
        fs::write(folder.path().join("old"), "").expect("written");
        fs::set_permissions(folder.path().join("old"), fs::Permissions::from_mode(0o640)).expect("set");

        for name in ["new", "old"] {
            WholeFile::create(&folder.path().join(name))
                .and_then(WholeFile::commit)
                .expect("committed");
        }

        assert_eq!((mode("new"), mode("old")), (mode("usual"), 0o640));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("far")).expect("a folder");
        fs::write(folder.path().join("far/sums"), "old").expect("written");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("far/sums", &link).expect("a link");

        let mut file = WholeFile::create(&link).expect("created");
        file.write_all(b"new").expect("written");
        file.commit().expect("committed");

        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(folder.path().join("far/sums")).expect("read"), b"new");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_device_is_written_to_and_stays_a_device() {
        let mut null = WholeFile::create(Path::new("/dev/null")).expect("opened");
        null.write_all(b"x").expect("written");
        null.commit().expect("nothing to do");
        assert!(!fs::metadata("/dev/null").expect("there").is_file());

        let mut full = WholeFile::create(Path::new("/dev/full")).expect("opened");
        full.write_all(b"x").expect("still in memory");
        let error = full.commit().expect_err("there is no room");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_place_that_cannot_be_is_an_error_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let kind = |place: &Path| WholeFile::create(place).expect_err("no place").kind();

        assert_eq!(kind(folder.path()), io::ErrorKind::IsADirectory);
        assert_eq!(kind(&folder.path().join("none/sums")), io::ErrorKind::NotFound);
    }
}
