//! What a caller decides, and what a project's files say.

use homebound_check::{Api, Binding, PerFileIgnores, RuleSet, Settings, SourceFile, check, rule};
use std::path::Path;

fn binding(api: Api, version: (u16, u16)) -> Binding {
    Binding {
        api,
        version: Some(version),
    }
}

#[test]
fn a_binding_is_read_from_its_name() {
    assert_eq!("pyside6@6.8".parse().ok(), Some(binding(Api::PySide6, (6, 8))));
    assert_eq!("PyQt5".parse::<Binding>().unwrap().to_string(), "PyQt5");
    let error = "pyqt7".parse::<Binding>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`pyqt7` is no binding: write pyqt5, pyqt6, pyside2 or pyside6, with a version if it matters (pyside6@6.8)"
    );
}

#[test]
fn the_binding_of_a_project_is_in_its_files() {
    let requirements = "# PyQt5\nrequests>=2\nPySide6_Essentials ~= 6.7.2  # pinned\n";
    assert_eq!(
        Binding::from_requirements(requirements),
        Some(binding(Api::PySide6, (6, 7)))
    );
    assert_eq!(Binding::from_requirements("numpy\n"), None);
    let project = "[project]\ndependencies = ['PySide6>=6.8,<7', 'numpy']\n";
    assert_eq!(Binding::from_pyproject(project), Some(binding(Api::PySide6, (6, 8))));
    let poetry = "[tool.poetry.dependencies]\npython = '^3.11'\npyqt6 = '^6.5'\n";
    assert_eq!(Binding::from_pyproject(poetry), Some(binding(Api::PyQt6, (6, 5))));
    let lock = "[[package]]\nname = 'numpy'\nversion = '2.0'\n[[package]]\nname = 'pyside6'\nversion = '6.9.1'\n";
    assert_eq!(Binding::from_lock(lock), Some(binding(Api::PySide6, (6, 9))));
    assert_eq!(Binding::from_pyproject("not toml ["), None);
}

#[test]
fn rules_are_off_in_files_that_match() {
    let off: RuleSet = rule("terminate").into_iter().collect();
    let mut ignores = PerFileIgnores::default();
    ignores.add(Path::new("app"), "old/*.py", off).unwrap();
    assert!(ignores.of(Path::new("app/old/a.py")).contains(rule("HB204").unwrap()));
    assert!(ignores.of(Path::new("app/new/a.py")).is_empty());
    let text = b"from PyQt5.QtCore import QThread\nQThread().terminate()\n";
    let files = ["app/old/a.py", "app/new/a.py"].map(|path| SourceFile::new(path, text.to_vec()).unwrap());
    let found = check(
        &files,
        &Settings {
            per_file_ignores: ignores,
            ..Settings::default()
        },
    );
    let paths: Vec<_> = found
        .active()
        .map(|diagnostic| diagnostic.path.display().to_string())
        .collect();
    assert_eq!(paths, ["app/new/a.py"]);
}

#[test]
fn a_pattern_with_a_mark_before_it_means_all_other_files() {
    let mut ignores = PerFileIgnores::default();
    ignores.add(Path::new(""), "!keep.py", RuleSet::all()).unwrap();
    assert!(ignores.of(Path::new("keep.py")).is_empty());
    assert_eq!(ignores.of(Path::new("other.py")), RuleSet::all());
    let error = ignores
        .add(Path::new(""), "a[", RuleSet::all())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("`a[` is no pattern for files"), "{error}");
}

#[test]
fn the_answer_does_not_depend_on_the_order_of_files() {
    let worker = b"from PyQt5.QtCore import QThread\nclass Worker(QThread):\n    def __init__(self, w):\n        super().__init__()\n        self.w = w\n    def run(self):\n        self.w.hide()\n";
    let window = b"from PyQt5.QtWidgets import QWidget\nfrom worker import Worker\nclass Window(QWidget):\n    def go(self):\n        self.t = Worker(self)\n";
    let a = SourceFile::new("worker.py", worker.to_vec()).unwrap();
    let b = SourceFile::new("window.py", window.to_vec()).unwrap();
    let codes = |files: &[SourceFile]| {
        let found = check(files, &Settings::default());
        found
            .list
            .iter()
            .map(|diagnostic| (diagnostic.path.clone(), diagnostic.rule.code, diagnostic.range))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&[a.clone(), b.clone()]), codes(&[b, a.clone()]));
    assert_eq!(codes(&[a]), []);
}
