//! A baseline: what it knows is not reported, also when it moves; what is gone is told.

use serde_json::Value;

use crate::project::{Project, TERMINATE};

fn entries(project: &Project) -> Vec<Value> {
    let file: Value = serde_json::from_str(&project.read("homebound-baseline.json")).unwrap();
    file["findings"].as_array().unwrap().clone()
}

fn written() -> Project {
    let project = Project::new(&[("src/owner.py", TERMINATE)]);
    let run = project.run(&["check", "--write-baseline"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), "Wrote homebound-baseline.json: 1 entries, 1 new, 0 removed.\n")
    );
    project
}

const USE: [&str; 3] = ["check", "--baseline", "homebound-baseline.json"];

#[test]
fn known_findings_are_not_reported() {
    let project = written();
    let entry = &entries(&project)[0];
    assert_eq!(
        (&entry["rule"], &entry["path"], &entry["reason"]),
        (&"HB204".into(), &"src/owner.py".into(), &"".into())
    );
    let run = project.run(&USE);
    assert_eq!(
        run.stdout,
        "All checks passed!\n1 error left out: the baseline knows it.\n"
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn known_findings_stay_known_while_lines_move_and_a_new_one_beside_them_is_new() {
    let project = written();
    let moved = format!(
        "import os\n\n\n{}",
        TERMINATE.replace("    def stop", "    # a comment\n    def stop")
    );
    project.write("src/owner.py", &moved);
    assert_eq!(project.run(&USE).code, Some(0));
    project.write("src/owner.py", moved.clone() + "        self.thread.terminate()\n");
    let run = project.run(&[&USE[..], &["--output-format", "concise", "-q"]].concat());
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("src/owner.py:15:9: HB204"), "{}", run.stdout);
}

#[test]
fn stale_entries_are_told_and_removed_when_written_again() {
    let project = written();
    project.write("src/owner.py", "print(1)\n");
    let run = project.run(&USE);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stderr
            .contains("knows HB204 in src/owner.py, which is gone: self.thread.terminate()"),
        "{}",
        run.stderr
    );
    let unasked = project.run(&[&USE[..], &["--select", "HB101"]].concat());
    assert_eq!(unasked.stderr, "", "a rule that is off says nothing of its entries");
    let run = project.run(&["check", "--write-baseline"]);
    assert_eq!(
        run.stderr,
        "Wrote homebound-baseline.json: 0 entries, 0 new, 1 removed.\n"
    );
}

#[test]
fn reasons_and_entries_of_other_files_are_kept() {
    let project = written();
    let with_reason = project
        .read("homebound-baseline.json")
        .replace("\"reason\": \"\"", "\"reason\": \"the camera's driver hangs\"");
    project.write("homebound-baseline.json", with_reason);
    project.write("other/owner.py", TERMINATE);
    let run = project.run(&["check", "other", "--write-baseline"]);
    assert_eq!(
        run.stderr,
        "Wrote homebound-baseline.json: 2 entries, 1 new, 0 removed.\n"
    );
    let reasons: Vec<Value> = entries(&project).iter().map(|entry| entry["reason"].clone()).collect();
    assert_eq!(reasons, ["", "the camera's driver hangs"]);
}

#[test]
fn the_settings_name_a_baseline() {
    let project = written();
    project.write("homebound.toml", "baseline = \"homebound-baseline.json\"\n");
    assert_eq!(project.run(&["check"]).code, Some(0));
}

#[test]
fn a_baseline_that_cannot_be_used_is_told_with_the_way_out() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let run = project.run(&USE);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--write-baseline"), "{}", run.stderr);
    project.write(
        "homebound-baseline.json",
        "{\n  \"version\": 1,\n  \"findings\": [1]\n}\n",
    );
    let run = project.run(&USE);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("homebound-baseline.json:3:"), "{}", run.stderr);
    project.write("homebound-baseline.json", "{\"version\": 7, \"findings\": []}");
    assert!(project.run(&USE).stderr.contains("version 7"));
}
