//! Exit statuses, and words that cannot be typed together.

use crate::project::{CLEAN, Project, TERMINATE};

#[test]
fn exit_statuses_tell_clean_found_and_misused_apart() {
    let project = Project::new(&[("owner.py", TERMINATE), ("clean.py", CLEAN)]);
    assert_eq!(project.run(&["check", "clean.py"]).code, Some(0));
    assert_eq!(project.run(&["check", "owner.py"]).code, Some(1));
    assert_eq!(project.run(&["check", "owner.py", "--exit-zero"]).code, Some(0));
    assert_eq!(project.run(&["check", "--unknown"]).code, Some(2));
    assert_eq!(project.run(&[]).code, Some(2));
    assert_eq!(project.run(&["--help"]).code, Some(0));
    assert_eq!(
        project.run(&["--version"]).stdout,
        format!("homebound {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(project.run(&["version"]).stdout, project.run(&["--version"]).stdout);
    assert_eq!(project.run(&["check", "--no-cache", "clean.py"]).code, Some(0));
}

#[test]
fn a_path_in_place_of_a_command_gets_the_command() {
    let project = Project::new(&[("clean.py", CLEAN)]);
    let run = project.run(&["clean.py"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("homebound check clean.py"), "{}", run.stderr);
}

#[test]
fn what_users_of_ruff_type_works_or_is_explained() {
    let project = Project::new(&[("owner.py", TERMINATE), ("clean.py", CLEAN)]);
    for accepted in [
        vec!["--preview"],
        vec!["--no-preview"],
        vec![
            "--no-cache",
            "--no-fix",
            "--no-unsafe-fixes",
            "--no-show-fixes",
            "--no-fix-only",
        ],
        vec!["--extend-ignore", "HB1"],
        vec![
            "--fixable",
            "HB1",
            "--extend-fixable",
            "HB404",
            "--extend-unfixable",
            "HB5",
        ],
        vec!["-q", "-n", "-e"],
    ] {
        let typed = [vec!["check"], accepted, vec!["clean.py"]].concat();
        assert_eq!(project.run(&typed).code, Some(0), "{typed:?}");
    }
    // Editors say how they speak.
    assert!(!project.run(&["server", "--stdio"]).stderr.contains("--stdio"));
    for (option, value, way_out) in [
        ("--target-version", "py311", "--binding"),
        ("--line-length", "100", "leave it out"),
        ("--cache-dir", "x", "leave it out"),
        ("--extension", "ipy:python", "--stdin-filename"),
    ] {
        let run = project.run(&["check", option, value]);
        assert!(
            run.code == Some(2) && run.stderr.contains(way_out),
            "{option}: {}",
            run.stderr
        );
    }
    for (command, way_out) in [
        ("clean", "no cache"),
        ("format", "ruff format"),
        ("lsp", "homebound server"),
    ] {
        let run = project.run(&[command]);
        assert!(
            run.code == Some(2) && run.stderr.contains(way_out),
            "{command}: {}",
            run.stderr
        );
    }
}

#[test]
fn completions_are_made_for_each_shell() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = project.run(&["generate-shell-completion", shell]);
        assert!(run.code == Some(0) && run.stdout.contains("extend-select"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_was_removed_is_told() {
    let project = Project::new(&[("gone/a.py", CLEAN)]);
    let mut command = std::process::Command::new("sh");
    let script = format!(
        "cd gone && rm -r ../gone && exec {} check",
        env!("CARGO_BIN_EXE_homebound")
    );
    command.args(["-c", &script]).current_dir(project.path());
    let run = project.finish(command, b"");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("cannot tell the present folder"), "{}", run.stderr);
}

#[test]
fn counts_are_refused_to_formats_that_have_no_place_for_them() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&["check", "--statistics", "--output-format", "sarif"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.contains("`--statistics` cannot be printed as sarif"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_report_makes_its_folder() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&[
        "check",
        "--output-format",
        "concise",
        "--output-file",
        "reports/today/all.txt",
    ]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(1), "", ""));
    assert!(project.read("reports/today/all.txt").contains("HB204"));
}

#[cfg(unix)]
#[test]
fn a_report_goes_into_what_is_no_file_and_never_in_its_place() {
    use std::os::unix::fs::FileTypeExt;
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let pipe = project.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::process::Command::new("cat")
        .arg(&pipe)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(project.run(&["check", "--output-file", "pipe"]).code, Some(1));
    let read = reader.wait_with_output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&read).contains("HB204"));
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let stdout = project.run(&["check", "--output-file", "/dev/stdout"]);
    assert!(stdout.stdout.contains("HB204"), "{}", stdout.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let mut command = std::process::Command::new("sh");
    let script = format!("{} check > /dev/full", env!("CARGO_BIN_EXE_homebound"));
    command.args(["-c", &script]).current_dir(project.path());
    let run = project.finish(command, b"");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("cannot write the output: No space left"),
        "{}",
        run.stderr
    );
}
