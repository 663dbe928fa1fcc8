//! Each output format, whole.

use crate::project::{Project, TERMINATE, WINDOW, WORKER};

fn project() -> Project {
    Project::rooted(&[("worker.py", WORKER), ("window.py", WINDOW), ("owner.py", TERMINATE)])
}

fn format(name: &str) -> String {
    let run = project().run(&["check", "--select", "HB101,HB204", "--output-format", name]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    run.stdout
}

macro_rules! shown {
    ($($claim:ident: $name:literal;)*) => {
        $(
            #[test]
            fn $claim() {
                insta::assert_snapshot!(format($name));
            }
        )*
    };
}

shown! {
    full_shows_the_line_and_the_way_to_it: "full";
    concise_is_a_line_each: "concise";
    grouped_is_by_file: "grouped";
    json_is_an_array: "json";
    json_lines_is_an_object_a_line: "json-lines";
    junit_is_a_suite_a_file: "junit";
    github_annotates_a_change: "github";
    gitlab_is_a_quality_report: "gitlab";
    pylint_is_as_pylint_prints: "pylint";
    rdjson_is_for_reviewdog: "rdjson";
    azure_logs_issues: "azure";
}

#[test]
fn statistics_count_by_rule() {
    let run = project().run(&["check", "--select", "HB101,HB204", "--statistics"]);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn every_format_of_programs_is_well_formed_when_nothing_is_found() {
    let project = Project::new(&[("clean.py", "")]);
    for name in ["json", "gitlab", "rdjson", "sarif"] {
        let run = project.run(&["check", "--output-format", name]);
        serde_json::from_str::<serde_json::Value>(&run.stdout)
            .unwrap_or_else(|error| panic!("{name}: {error}: {}", run.stdout));
        assert_eq!(run.code, Some(0));
    }
    assert_eq!(project.run(&["check", "--output-format", "json-lines"]).stdout, "");
    assert!(
        project
            .run(&["check", "--output-format", "junit"])
            .stdout
            .contains("<testcase name=\"No errors found\"")
    );
}

#[test]
fn the_environment_chooses_the_format_and_the_command_line_overrules_it() {
    let project = project();
    let mut command = project.command(&["check", "owner.py"]);
    command.env("HOMEBOUND_OUTPUT_FORMAT", "pylint");
    assert!(project.finish(command, b"").stdout.starts_with("owner.py:10: [HB204] "));
    let mut command = project.command(&["check", "owner.py", "--output-format", "concise"]);
    command.env("HOMEBOUND_OUTPUT_FORMAT", "pylint");
    assert!(project.finish(command, b"").stdout.starts_with("owner.py:10:9: HB204 "));
}

#[test]
fn a_report_goes_into_a_file() {
    let project = project();
    let run = project.run(&[
        "check",
        "owner.py",
        "--output-format",
        "json",
        "--output-file",
        "report.json",
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    let report: serde_json::Value = serde_json::from_str(&project.read("report.json")).unwrap();
    assert_eq!(report[0]["code"], "HB204");
}

#[test]
fn commas_and_line_ends_do_not_break_the_commands_of_services() {
    let project = Project::new(&[("odd, name%:1.py", TERMINATE)]);
    let run = project.run(&["check", "--output-format", "github"]);
    assert!(
        run.stdout.contains("file=/project/odd%2C name%25%3A1.py,line=10,"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stdout.lines().count(), 1);
    let project = Project::new(&[("odd;name].py", TERMINATE)]);
    let run = project.run(&["check", "--output-format", "azure"]);
    assert!(
        run.stdout.contains("sourcepath=/project/odd%3Bname%5D.py;"),
        "{}",
        run.stdout
    );
}
