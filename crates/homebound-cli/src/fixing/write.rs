//! Files are replaced whole: a reader sees the old one or the new one, and a crash leaves the old one.

use std::io::Write;
use std::path::Path;

use super::Change;
use crate::failure::{Failure, Result};

/// Writes a changed source in the encoding it had, unless somebody else wrote it since it was read.
pub(crate) fn write_back(change: &Change) -> Result<()> {
    let path = &change.after.path;
    let now =
        std::fs::read(path).map_err(|error| Failure::new(format_args!("cannot write {}: {error}", path.display())))?;
    let Some(mark) = now
        .strip_suffix(change.before.text.as_bytes())
        .filter(|mark| mark.is_empty() || *mark == BYTE_ORDER_MARK)
    else {
        return Err(not_the_same(path, &now));
    };
    replace_file(path, &[mark, change.after.text.as_bytes()].concat())
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn not_the_same(path: &Path, now: &[u8]) -> Failure {
    if std::str::from_utf8(now).is_err() {
        let failure = Failure::new(format_args!(
            "{} is not written: its encoding is not UTF-8",
            path.display()
        ));
        return failure.help("save it as UTF-8, or apply the fix by hand: `--diff` shows it");
    }
    Failure::new(format_args!(
        "{} is not written: it was changed while it was checked",
        path.display()
    ))
    .help("run the command again")
}

/// Replaces a file, or makes it. A link stays a link, and permissions stay what they were.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    replace(&target, bytes).map_err(|error| {
        let failure = Failure::new(format_args!("cannot write {}: {error}", path.display()));
        failure.help("the file is as it was before")
    })
}

fn replace(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let before = std::fs::metadata(target).ok();
    if before
        .as_ref()
        .is_some_and(|metadata| metadata.permissions().readonly())
    {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            "the file is read-only",
        ));
    }
    let mut file = tempfile::Builder::new().prefix(".homebound-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    match before {
        Some(before) => file.as_file().set_permissions(before.permissions())?,
        None => as_new(file.as_file())?,
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file is for its owner alone; a new one is for all who may read its neighbours.
#[cfg(unix)]
fn as_new(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn as_new(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
