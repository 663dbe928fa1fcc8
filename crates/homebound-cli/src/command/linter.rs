//! `homebound linter`: the groups of rules, by the prefix that selects each.

use std::fmt::Write;

use homebound_check::{Group, rules};
use serde_json::json;

use super::print;
use crate::args::{ListArgs, ListFormat};
use crate::exit::Exit;
use crate::failure::Result;

const GROUPS: [Group; 7] = [
    Group::Checker,
    Group::UserInterface,
    Group::Lifetime,
    Group::Affinity,
    Group::Signals,
    Group::Locks,
    Group::Loops,
];

pub(super) fn run(args: &ListArgs) -> Result<Exit> {
    match args.output_format {
        ListFormat::Text => print(&text())?,
        ListFormat::Json => print(&format!("{:#}\n", as_json()))?,
    }
    Ok(Exit::Clean)
}

fn text() -> String {
    let mut text = String::new();
    for group in GROUPS {
        let (prefix, name) = describe(group);
        let members = rules().iter().filter(|rule| rule.group == group).count();
        let _ = writeln!(text, "{prefix:>4} {name} ({members} rules)");
    }
    text
}

fn as_json() -> serde_json::Value {
    let groups = GROUPS.map(|group| {
        let (prefix, name) = describe(group);
        let members: Vec<&str> = rules()
            .iter()
            .filter(|rule| rule.group == group)
            .map(|rule| rule.code)
            .collect();
        json!({ "prefix": prefix, "name": name, "rules": members })
    });
    json!(groups)
}

pub(super) fn describe(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Checker => ("HB0", "the file and the comments"),
        Group::UserInterface => ("HB1", "the thread of the user interface"),
        Group::Lifetime => ("HB2", "the life of threads and workers"),
        Group::Affinity => ("HB3", "the thread an object belongs to"),
        Group::Signals => ("HB4", "signals and slots"),
        Group::Locks => ("HB5", "locks"),
        Group::Loops => ("HB6", "the loop of a worker"),
    }
}
