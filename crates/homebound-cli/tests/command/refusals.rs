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
