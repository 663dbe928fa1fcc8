//! Odd folders, and what a manifest of them has to say.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

/// A folder that goes when the test ends.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// A folder with files whose content is their name.
    pub(crate) fn with(names: &[&str]) -> Self {
        let tree = Self::new();
        for name in names {
            tree.file(name, name);
        }
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    }

    pub(crate) fn raw_file(&self, name: &[u8]) {
        fs::write(self.path().join(OsStr::from_bytes(name)), name).expect("written");
    }

    /// A file that takes longer to read than anybody waits.
    pub(crate) fn huge_file(&self, name: &str) {
        File::create(self.at(name))
            .and_then(|file| file.set_len(1 << 42))
            .expect("a sparse file");
    }

    pub(crate) fn link(&self, name: &str, target: &str) {
        symlink(target, self.at(name)).expect("a link");
    }

    pub(crate) fn pipe(&self, name: &str) {
        mknodat(CWD, self.at(name), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a named pipe");
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

/// The lines of files whose content is their name, as they have to stand in a manifest of `.`.
pub(crate) fn lines(names: &[&str]) -> String {
    let line = |name: &&str| [blake3::hash(name.as_bytes()).to_hex().as_str(), "  ./", name, "\n"].concat();
    names.iter().map(line).collect()
}

/// The verdict of `b3sum --check`, a program that shares no line with ours. Nothing where there is no `b3sum`.
pub(crate) fn b3sum_accepts(folder: &Path, manifest: &Path) -> Option<bool> {
    let program = std::env::var_os("B3SUM").unwrap_or_else(|| "b3sum".into());
    let output = Command::new(program)
        .arg("--check")
        .arg(manifest)
        .current_dir(folder)
        .output()
        .ok()?;
    if !output.status.success() {
        eprintln_lossy(&output.stderr);
    }
    Some(output.status.success())
}

#[expect(
    clippy::print_stderr,
    reason = "the other program's words help to understand a failed test"
)]
fn eprintln_lossy(bytes: &[u8]) {
    eprintln!("b3sum: {}", String::from_utf8_lossy(bytes));
}
