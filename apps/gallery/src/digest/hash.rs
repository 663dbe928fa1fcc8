//! The sum of one file, read in blocks.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use blake3::{Hash, Hasher};

use super::trouble::Reason;

/// How much is read and hashed between two looks at the cancellation: a fraction of a millisecond from memory, and on a slow disk
/// still well below a tenth of a second. Small enough to stay in the processor's cache.
pub(crate) const BLOCK: usize = 256 * 1024;

/// Why there is no sum.
#[derive(Debug)]
pub(crate) enum HashError<E> {
    Trouble(Reason),
    /// The caller wanted no more.
    Stopped(E),
}

/// Reads a regular file and returns its sum and its length.
///
/// `on_block` hears after each block how many bytes were read, and of how many; it stops the reading with an error.
pub(crate) fn hash_file<E>(
    path: &Path,
    block: &mut Vec<u8>,
    mut on_block: impl FnMut(u64, u64) -> Result<(), E>,
) -> Result<(Hash, u64), HashError<E>> {
    let (mut file, expected) = open_regular(path).map_err(HashError::Trouble)?;
    block.resize(BLOCK, 0);
    let mut hasher = Hasher::new();
    let mut done = 0;
    on_block(0, expected).map_err(HashError::Stopped)?;
    loop {
        let read = match file.read(block) {
            Ok(0) => return Ok((hasher.finalize(), done)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(HashError::Trouble(reason(&error))),
        };
        hasher.update(&block[..read]);
        done += read as u64;
        on_block(done, expected.max(done)).map_err(HashError::Stopped)?;
    }
}

/// Opens a file that can be read to its end, and returns its present length.
///
/// What it is was known before, but may have been replaced since: so the opening does not wait for the other end of a pipe, and what
/// has been opened is looked at again.
fn open_regular(path: &Path) -> Result<(File, u64), Reason> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    let file = options.open(path).map_err(|error| reason(&error))?;
    let metadata = file.metadata().map_err(|error| reason(&error))?;
    match unreadable_kind(metadata.file_type()) {
        Some(reason) => Err(reason),
        None => Ok((file, metadata.len())),
    }
}

/// Says why a file of this kind is not read, if it is not.
pub(crate) fn unreadable_kind(kind: FileType) -> Option<Reason> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some(Reason::IsFolder);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kinds = [
            (kind.is_fifo(), "named pipe"),
            (kind.is_socket(), "socket"),
            (kind.is_char_device(), "character device"),
            (kind.is_block_device(), "block device"),
        ];
        if let Some((_, kind)) = kinds.into_iter().find(|(is_it, _)| *is_it) {
            return Some(Reason::Special(kind));
        }
    }
    Some(Reason::Special("special file"))
}

fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::NotFound => Reason::Vanished,
        _ => Reason::system(error),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn sum(path: &Path) -> Result<(Hash, u64), HashError<Infallible>> {
        hash_file(path, &mut Vec::new(), |_, _| Ok(()))
    }

    #[test]
    fn files_of_each_size_around_a_block_have_their_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
            std::fs::write(&path, &bytes).expect("written");
            let (hash, length) = sum(&path).expect("a sum");
            assert_eq!((hash, length), (blake3::hash(&bytes), size as u64));
        }
    }

    #[test]
    fn stops_at_the_block_where_it_is_told_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("huge");
        File::create(&path).expect("made").set_len(1 << 40).expect("sparse");
        let mut blocks = 0;

        let result = hash_file(&path, &mut Vec::new(), |done, total| {
            assert_eq!((done, total), (blocks * BLOCK as u64, 1 << 40));
            blocks += 1;
            if blocks == 4 { Err("enough") } else { Ok(()) }
        });

        assert!(matches!(result, Err(HashError::Stopped("enough"))));
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_regular_file_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let reason = |path: &Path| match sum(path) {
            Err(HashError::Trouble(reason)) => reason,
            other => panic!("{other:?}"),
        };

        assert_eq!(reason(folder.path()), Reason::IsFolder);
        assert_eq!(reason(&folder.path().join("none")), Reason::Vanished);
        assert_eq!(reason(Path::new("/dev/zero")), Reason::Special("character device"));
        let fifo = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        assert_eq!(
            reason(&fifo),
            Reason::Special("named pipe"),
            "and it does not wait for a writer"
        );
    }
}
