//! Comments that excuse: those that are there, and those that `--add-ignore` writes.

use crate::project::{Project, TERMINATE};

#[test]
fn a_comment_excuses_and_can_be_overlooked() {
    let excused = TERMINATE.replace("terminate()", "terminate()  # noqa: HB204");
    let project = Project::new(&[("owner.py", &excused)]);
    assert_eq!(project.run(&["check", "--select", "HB204"]).code, Some(0));
    assert_eq!(
        project.run(&["check", "--select", "HB204", "--ignore-noqa"]).code,
        Some(1)
    );
}

#[test]
fn every_line_with_a_finding_gets_a_comment_with_its_reason() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&["check", "--select", "HB204", "--add-ignore=the driver hangs"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), "Added comments for 1 finding.\n")
    );
    let expected = TERMINATE.replace(
        "terminate()",
        "terminate()  # homebound: ignore[terminate] the driver hangs",
    );
    assert_eq!(project.read("owner.py"), expected);
    assert_eq!(project.run(&["check", "--select", "HB204"]).code, Some(0));
    let again = project.run(&["check", "--select", "HB204", "--add-ignore"]);
    assert_eq!(again.stderr, "Added comments for 0 findings.\n");
    assert_eq!(project.read("owner.py"), expected);
}

#[test]
fn a_comment_does_not_go_into_a_string_or_behind_a_backslash() {
    let string = TERMINATE.replace("terminate()", "terminate(); x = \"\"\"a\n    b\"\"\"");
    let continued = TERMINATE.replace("terminate()", "terminate(\\\n        )");
    let project = Project::new(&[("string.py", &string), ("continued.py", &continued)]);
    let run = project.run(&["check", "--select", "HB204", "--add-ignore=because"]);
    assert_eq!(run.stderr, "Added comments for 2 findings.\n");
    let above = "        # homebound: ignore[terminate] because\n        self.thread.terminate(";
    assert!(
        project.read("string.py").contains(above),
        "{}",
        project.read("string.py")
    );
    assert!(
        project.read("continued.py").contains(above),
        "{}",
        project.read("continued.py")
    );
    assert_eq!(project.run(&["check", "--select", "HB204"]).code, Some(0));
}

#[test]
fn line_ends_are_kept_and_other_comments_stay() {
    let windows = TERMINATE
        .replace("terminate()", "terminate()  # type: ignore")
        .replace('\n', "\r\n");
    let project = Project::new(&[("owner.py", &windows)]);
    assert_eq!(
        project.run(&["check", "--select", "HB204", "--add-ignore"]).code,
        Some(0)
    );
    let text = project.read("owner.py");
    let behind = "        self.thread.terminate()  # type: ignore  # homebound: ignore[terminate]\r\n";
    assert!(text.contains(behind), "{text:?}");
}

#[test]
fn what_comments_cannot_excuse_is_told() {
    let project = Project::new(&[("broken.py", "x = (\n")]);
    let run = project.run(&["check", "--add-ignore"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("warning: broken.py:") && run.stderr.contains("HB001"),
        "{}",
        run.stderr
    );
    assert_eq!(project.read("broken.py"), "x = (\n");
}
