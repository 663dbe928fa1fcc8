//! Which function runs on which thread.

#[path = "support/files.rs"]
mod files;

use files::file;
use homebound_check::{Settings, ThreadKind, threads};
use std::path::Path;

const WINDOW: &str = "\
import threading
from PyQt5.QtWidgets import QPushButton, QWidget

class Window(QWidget):
    def __init__(self):
        super().__init__()
        self.button = QPushButton(self)
        self.button.clicked.connect(self.go)

    def go(self):
        threading.Thread(target=self.load).start()
        self.both()

    def load(self):
        self.both()

    def both(self):
        pass

    def idle(self):
        pass
";

#[test]
fn each_function_says_where_it_runs_and_why() {
    let files = [file("window.py", WINDOW)];
    let found = threads(&files, &Settings::default(), Path::new("window.py"));
    let log: Vec<String> = found
        .iter()
        .map(|function| {
            let runs: Vec<String> = function
                .runs_on
                .iter()
                .map(|runs| {
                    format!(
                        "{:?} {:?}",
                        runs.thread,
                        runs.chain.iter().map(|step| &*step.message).collect::<Vec<_>>()
                    )
                })
                .collect();
            format!("{}: {}", function.name, runs.join("; "))
        })
        .collect();
    assert_eq!(
        log,
        [
            "Window.__init__: Ui [\"widgets such as `Window` are made in the thread of the user interface\"]",
            "Window.go: Ui [\"Window.go is a slot in the thread of the user interface\"]",
            "Window.load: Worker [\"`threading.Thread` runs Window.load in another thread\"]",
            "Window.both: Ui [\"Window.go is a slot in the thread of the user interface\", \"Window.go calls Window.both\"]; \
             Worker [\"`threading.Thread` runs Window.load in another thread\", \"Window.load calls Window.both\"]",
            "Window.idle: ",
        ]
    );
    assert_eq!(found[2].runs_on[0].thread, ThreadKind::Worker);
}

#[test]
fn a_file_that_is_not_there_has_no_functions() {
    assert!(
        threads(
            &[file("window.py", WINDOW)],
            &Settings::default(),
            Path::new("other.py")
        )
        .is_empty()
    );
}
