//! Files of settings: which holds where, how they are laid over each other, and what a mistake in them looks like.

use crate::project::{Project, TERMINATE};

fn concise(project: &Project, arguments: &[&str]) -> Vec<String> {
    let all = [&["check", "-q", "--output-format", "concise"], arguments].concat();
    let run = project.run(&all);
    assert_eq!(run.stderr, "");
    run.stdout
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

const IGNORES: &str = "ignore = [\"HB204\"]\n";

#[test]
fn each_kind_of_file_is_read() {
    for (name, text) in [
        ("homebound.toml", IGNORES.to_owned()),
        (".homebound.toml", IGNORES.to_owned()),
        ("pyproject.toml", format!("[tool.homebound]\n{IGNORES}")),
    ] {
        let project = Project::new(&[(name, &text), ("owner.py", TERMINATE)]);
        assert_eq!(concise(&project, &[]), Vec::<String>::new(), "{name}");
        assert_eq!(concise(&project, &["--isolated"]), ["owner.py:10:9: HB204"], "{name}");
    }
}

#[test]
fn the_nearest_file_with_settings_holds() {
    let project = Project::new(&[
        ("homebound.toml", IGNORES),
        ("a/owner.py", TERMINATE),
        ("b/homebound.toml", ""),
        ("b/owner.py", TERMINATE),
        ("c/pyproject.toml", "[project]\nname = \"c\"\n"),
        ("c/owner.py", TERMINATE),
    ]);
    assert_eq!(concise(&project, &[]), ["b/owner.py:10:9: HB204"]);
}

#[test]
fn a_file_extends_another_and_joins_its_lists() {
    let project = Project::new(&[
        ("base.toml", "ignore = [\"HB204\"]\nextend-exclude = [\"gen\"]\n"),
        (
            "sub/homebound.toml",
            "extend = \"../base.toml\"\nextend-exclude = [\"old\"]\n",
        ),
        ("sub/gen/owner.py", TERMINATE),
        ("sub/old/owner.py", TERMINATE),
        ("sub/owner.py", TERMINATE),
    ]);
    assert_eq!(concise(&project, &[]), Vec::<String>::new());
    assert_eq!(concise(&project, &["--select", "HB204"]), ["sub/owner.py:10:9: HB204"]);
}

#[test]
fn paths_mean_what_they_mean_in_the_file_that_holds_them() {
    let project = Project::new(&[
        ("base.toml", "per-file-ignores = { \"sub/*.py\" = [\"HB204\"] }\n"),
        ("sub/homebound.toml", "extend = \"../base.toml\"\n"),
        ("sub/owner.py", TERMINATE),
    ]);
    assert_eq!(concise(&project, &[]), Vec::<String>::new());
}

#[test]
fn the_command_line_counts_more_than_files() {
    let project = Project::new(&[("homebound.toml", IGNORES), ("owner.py", TERMINATE)]);
    assert_eq!(concise(&project, &["--select", "HB2"]), ["owner.py:10:9: HB204"]);
    assert_eq!(
        concise(&project, &["--extend-select", "HB204"]),
        ["owner.py:10:9: HB204"]
    );
    assert_eq!(
        concise(&project, &["--config", "ignore = []"]),
        Vec::<String>::new(),
        "lists of what to ignore are joined"
    );
    assert_eq!(
        concise(&project, &["--config", "select = ['terminate']"]),
        ["owner.py:10:9: HB204"]
    );
}

#[test]
fn a_file_can_be_named() {
    let project = Project::new(&[("homebound.toml", ""), ("other.toml", IGNORES), ("owner.py", TERMINATE)]);
    assert_eq!(concise(&project, &["--config", "other.toml"]), Vec::<String>::new());
    let run = project.run(&["check", "--config", "other.toml", "--config", "homebound.toml"]);
    assert!(run.stderr.contains("two configuration files"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
    let run = project.run(&["check", "--config", "nowhere.toml"]);
    assert!(
        run.stderr.contains("cannot read the configuration file") && run.stderr.contains("--config 'level = 0'"),
        "{}",
        run.stderr
    );
    assert_eq!(
        project.run(&["check", "--isolated", "--config", "other.toml"]).code,
        Some(2)
    );
}

#[test]
fn the_users_own_file_holds_where_no_project_has_one() {
    let project = Project::new(&[("owner.py", TERMINATE)]);
    let folder = project.home().join(".config/homebound");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("homebound.toml"), IGNORES).unwrap();
    assert_eq!(concise(&project, &[]), Vec::<String>::new());
    project.write("homebound.toml", "");
    assert_eq!(concise(&project, &[]), ["owner.py:10:9: HB204"]);
}

#[test]
fn per_file_ignores_come_from_files_and_the_command_line() {
    let project = Project::new(&[("plugins/owner.py", TERMINATE), ("owner.py", TERMINATE)]);
    assert_eq!(
        concise(&project, &["--per-file-ignores", "plugins/*:HB204"]),
        ["owner.py:10:9: HB204"]
    );
    assert_eq!(
        concise(&project, &["--per-file-ignores", "!plugins/*:terminate"]),
        ["plugins/owner.py:10:9: HB204"]
    );
    project.write("homebound.toml", "[per-file-ignores]\n\"owner.py\" = [\"HB2\"]\n");
    assert_eq!(concise(&project, &[]), Vec::<String>::new(), "a name matches anywhere");
    let run = project.run(&["check", "--per-file-ignores", "tests"]);
    assert!(run.stderr.contains("PATTERN:RULE"), "{}", run.stderr);
}

macro_rules! told {
    ($($claim:ident: $text:literal;)*) => {
        $(
            #[test]
            fn $claim() {
                let project = Project::new(&[("pyproject.toml", concat!("[tool.homebound]\n", $text)), ("a.py", "")]);
                let run = project.run(&["check"]);
                assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
                insta::assert_snapshot!(run.stderr);
            }
        )*
    };
}

told! {
    an_unknown_setting_is_told_with_the_nearest: "level = 1\nselct = [\"HB1\"]\n";
    an_unknown_rule_is_told_with_the_nearest: "select = [\n  \"HB101\",\n  \"ui-from-tread\",\n]\n";
    a_wrong_type_is_told_with_an_example: "exclude = \"build\"\n";
    a_wrong_binding_is_told_with_the_right_ones: "binding = \"qt6\"\n";
    a_wrong_format_is_told_with_the_nearest: "output-format = \"jsn\"\n";
    broken_toml_is_told_with_its_place: "select = [\"HB1\"\nignore = []\n";
    a_table_of_another_linter_is_explained: "lint.select = [\"HB1\"]\n";
    a_missing_base_is_told_with_who_extends_it: "extend = \"nowhere.toml\"\n";
    a_broken_pattern_is_told: "extend-exclude = [\"a[\"]\n";
    another_version_is_told: "required-version = \">=99\"\n";
}

#[test]
fn a_circle_of_extensions_is_told() {
    let project = Project::new(&[
        ("homebound.toml", "extend = \"b.toml\"\n"),
        ("b.toml", "extend = \"homebound.toml\"\n"),
        ("a.py", ""),
    ]);
    let run = project.run(&["check"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("extends itself"), "{}", run.stderr);
}

#[test]
fn settings_are_shown() {
    let project = Project::new(&[
        (
            "homebound.toml",
            "select = [\"HB204\"]\nbinding = \"pyside6@6.7\"\nfix = true\n",
        ),
        ("a.py", ""),
    ]);
    let run = project.run(&["check", "--show-settings"]);
    assert!(
        run.stdout
            .starts_with("Settings for: /project/a.py\nSettings file: /project/homebound.toml\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("binding = \"PySide6 6.7\"\n"));
    assert!(
        run.stdout.contains("rules = [\n    terminate (HB204),\n]\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\nfix = true\n"));
}
