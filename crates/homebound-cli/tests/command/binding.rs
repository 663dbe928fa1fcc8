//! The binding that the manifests of a project name.

use crate::project::Project;

fn binding(files: &[(&str, &str)]) -> String {
    let project = Project::rooted(&[files, &[("a.py", "")]].concat());
    let run = project.run(&["check", "-v"]);
    let (_, binding) = run.stderr.trim().rsplit_once("binding: ").expect(&run.stderr);
    binding.to_owned()
}

#[test]
fn each_kind_of_manifest_is_read() {
    for (name, text, expected) in [
        ("requirements.txt", "numpy\nPySide6==6.7.2  # pinned\n", "PySide6 6.7"),
        ("requirements-dev.in", "PyQt6>=6.4\n", "PyQt6"),
        ("requirements/base.txt", "pyqt5\n", "PyQt5"),
        (
            "pyproject.toml",
            "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"PySide6 >= 6.8\"]\n",
            "PySide6 6.8",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nPyQt5 = \"^5.15\"\n",
            "PyQt5",
        ),
        ("pyproject.toml", "[dependency-groups]\ngui = [\"pyqt6\"]\n", "PyQt6"),
        (
            "setup.py",
            "setup(install_requires=['PyQt5>=5.12', \"numpy\"])\n",
            "PyQt5",
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n    PySide2\n", "PySide2"),
        ("Pipfile", "[packages]\npyside6 = \"==6.5.1\"\n", "PySide6 6.5"),
        (
            "Pipfile.lock",
            "{\"_meta\": {}, \"default\": {\"pyside6\": {\"version\": \"==6.8.1\"}}}",
            "PySide6 6.8",
        ),
        (
            "poetry.lock",
            "[[package]]\nname = \"PySide6\"\nversion = \"6.7.0\"\n",
            "PySide6 6.7",
        ),
        (
            "uv.lock",
            "version = 1\n\n[[package]]\nname = \"pyside6-essentials\"\nversion = \"6.9.0\"\n",
            "PySide6 6.9",
        ),
        (
            "pdm.lock",
            "[[package]]\nname = \"pyqt6\"\nversion = \"6.6.1\"\n",
            "PyQt6 6.6",
        ),
        (
            "environment.yml",
            "dependencies:\n  - python=3.11\n  - pyqt=5.15\n",
            "PyQt5 5.15",
        ),
    ] {
        assert_eq!(binding(&[(name, text)]), expected, "{name}: {text}");
    }
}

#[test]
fn a_lock_file_says_the_version_that_a_requirement_leaves_open() {
    let files = [
        (
            "pyproject.toml",
            "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"pyside6\"]\n",
        ),
        ("uv.lock", "[[package]]\nname = \"pyside6\"\nversion = \"6.7.3\"\n"),
    ];
    assert_eq!(binding(&files), "PySide6 6.7");
}

#[test]
fn where_several_are_asked_for_the_imports_decide() {
    assert_eq!(binding(&[("requirements.txt", "PyQt5\nPySide6\n")]), "from the imports");
    assert_eq!(binding(&[("requirements.txt", "numpy\n")]), "from the imports");
    assert_eq!(binding(&[("uv.lock", "broken = [\n[tool")]), "from the imports");
}

#[test]
fn a_setting_counts_more_than_manifests_and_the_command_line_more_than_that() {
    let project = Project::rooted(&[
        ("homebound.toml", "binding = \"pyqt6\"\n"),
        ("requirements.txt", "PySide6\n"),
        ("a.py", ""),
    ]);
    assert!(project.run(&["check", "-v"]).stderr.contains("binding: PyQt6\n"));
    assert!(
        project
            .run(&["check", "-v", "--binding", "pyside6@6.8"])
            .stderr
            .contains("binding: PySide6 6.8\n")
    );
    assert!(
        project
            .run(&["check", "-v", "--binding", "auto"])
            .stderr
            .contains("binding: PySide6\n")
    );
    let run = project.run(&["check", "--binding", "qt5"]);
    assert!(run.stderr.contains("`qt5` is no binding"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
}
