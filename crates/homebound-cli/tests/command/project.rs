//! A project on the disk, and the command run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A window that its thread writes to, in two files.
pub(crate) const WORKER: &str = "\
from PySide6.QtCore import QThread


class Worker(QThread):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def run(self):
        self.work()

    def work(self):
        self.window.label.setText(\"done\")
";

pub(crate) const WINDOW: &str = "\
from PySide6.QtWidgets import QLabel, QMainWindow

from worker import Worker


class Window(QMainWindow):
    def __init__(self):
        super().__init__()
        self.label = QLabel()
        self.worker = Worker(self)
";

/// One finding of HB204 in line 10, and nothing else.
pub(crate) const TERMINATE: &str = "\
from PyQt6.QtCore import QThread


class Owner:
    def __init__(self):
        self.thread = QThread()

    def stop(self):
        self.thread.quit()
        self.thread.terminate()
";

/// Nothing to complain of.
pub(crate) const CLEAN: &str = "print(1)\n";

pub(crate) struct Project {
    folder: TempDir,
    home: TempDir,
}

/// What the command printed and answered.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: TempDir::new().unwrap(),
            home: TempDir::new().unwrap(),
        };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project with a marker of its root.
    pub(crate) fn rooted(files: &[(&str, &str)]) -> Self {
        let project = Self::new(files);
        if !project.path().join("setup.cfg").exists() {
            project.write("setup.cfg", "");
        }
        project
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// The command in this project, away from the settings and the environment of whoever runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homebound"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments), b"")
    }

    pub(crate) fn run_with_stdin(&self, arguments: &[&str], stdin: &[u8]) -> Run {
        self.finish(self.command(arguments), stdin)
    }

    pub(crate) fn finish(&self, mut command: Command, stdin: &[u8]) -> Run {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code(),
            stdout: self.anonymous(&output.stdout),
            stderr: self.anonymous(&output.stderr),
        }
    }

    /// The text without the folder's random name.
    fn anonymous(&self, bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace(self.path().to_str().unwrap(), "/project")
    }
}
