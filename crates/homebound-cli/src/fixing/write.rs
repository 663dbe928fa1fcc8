//! Files are replaced whole: a reader sees the old one or the new one, and a crash leaves the old one.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use homebound_check::SourceFile;

use super::Change;
use crate::failure::{Failure, Result};

/// Writes changed sources in the encodings that they had, unless somebody else wrote them since they were read. Of files that
/// belong `together`, all are written or none. One that cannot be written keeps no others from it.
pub(crate) fn write_back(changes: &[Change], together: &[BTreeSet<PathBuf>]) -> Vec<Failure> {
    let ready: Vec<(&Change, Result<Vec<u8>>)> = changes.iter().map(|change| (change, prepare(change))).collect();
    let stuck = |path: &Path| {
        ready
            .iter()
            .any(|(change, bytes)| change.after.path == path && bytes.is_err())
    };
    let mut failures = Vec::new();
    for (change, bytes) in &ready {
        let path = &change.after.path;
        let partner = together
            .iter()
            .filter(|group| group.contains(path))
            .flatten()
            .find(|other| *other != path && stuck(other));
        let written = match (bytes, partner) {
            (Err(failure), _) => Err(failure.clone()),
            (Ok(_), Some(partner)) => Err(Failure::new(format_args!(
                "{} is not written: its fix changes {} as well, which cannot be written",
                path.display(),
                partner.display()
            ))),
            (Ok(bytes), None) => replace_file(path, bytes),
        };
        failures.extend(written.err());
    }
    failures
}

/// What is to be written, where it can be.
fn prepare(change: &Change) -> Result<Vec<u8>> {
    let path = &change.after.path;
    let failed = |why: &dyn std::fmt::Display| Failure::new(format_args!("cannot write {}: {why}", path.display()));
    let now = std::fs::read(path).map_err(|error| failed(&error))?;
    let before = change.before.encode().map_err(|error| failed(&error))?;
    if now != before {
        return Err(not_the_same(change, now));
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(failed(&"the file is read-only").help("the file is as it was before"));
    }
    change.after.encode().map_err(|error| failed(&error))
}

fn not_the_same(change: &Change, now: Vec<u8>) -> Failure {
    let path = change.before.path.display();
    let same_text = SourceFile::new(&change.before.path, now).is_ok_and(|now| now.text == change.before.text);
    if same_text {
        let failure = Failure::new(format_args!(
            "{path} is not written: its encoding has two ways to write its text"
        ));
        return failure.help("save it as UTF-8, or apply the fix by hand: `--diff` shows it");
    }
    Failure::new(format_args!(
        "{path} is not written: it was changed while it was checked"
    ))
    .help("run the command again")
}

/// Writes a report. What is no file (a terminal, a pipe, a device) is written into, never replaced.
pub(crate) fn write_report(path: &Path, bytes: &[u8]) -> Result<()> {
    let kind = std::fs::metadata(path).map(|metadata| metadata.file_type());
    let ours = |path: &Path| !path.starts_with("/dev") && !path.starts_with("/proc");
    if kind.as_ref().map_or(ours(path), |kind| kind.is_file() && ours(path)) {
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::new(format_args!("cannot make the folder {}: {error}", folder.display())))?;
        }
        return replace_file(path, bytes);
    }
    let mut stream = std::fs::OpenOptions::new();
    let written = stream
        .write(true)
        .open(path)
        .and_then(|mut stream| stream.write_all(bytes));
    written.map_err(|error| Failure::new(format_args!("cannot write {}: {error}", path.display())))
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
    let file = tempfile::Builder::new().prefix(".homebound-").tempfile_in(folder);
    // The name of the temporary file tells nobody anything.
    let mut file = file.map_err(|error| std::io::Error::from(error.kind()))?;
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
