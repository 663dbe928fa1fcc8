//! Requirements in the files where Python projects write them. A broken file has none: it is not ours to judge.

use toml::{Table, Value};

use super::requirement::{Requirement, locked, named, parse};

/// Any TOML: `pyproject.toml` in each of its dialects, `Pipfile`, `poetry.lock`, `uv.lock`, `pdm.lock`.
pub(crate) fn from_toml(text: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    if let Ok(table) = text.parse::<Table>() {
        toml_table(&table, &mut found);
    }
    found
}

fn toml_table(table: &Table, found: &mut Vec<Requirement>) {
    let field = |name| table.get(name).and_then(Value::as_str);
    if let (Some(name), Some(version)) = (field("name"), field("version")) {
        found.extend(locked(name, version));
    }
    for (key, value) in table {
        let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
        found.extend(version.and_then(|version| named(key, version)));
        toml_value(value, found);
    }
}

fn toml_value(value: &Value, found: &mut Vec<Requirement>) {
    match value {
        Value::Table(table) => toml_table(table, found),
        Value::Array(array) => array.iter().for_each(|item| match item {
            Value::String(text) => found.extend(parse(text)),
            other => toml_value(other, found),
        }),
        _ => {}
    }
}

/// `Pipfile.lock`.
pub(crate) fn from_json(text: &str) -> Vec<Requirement> {
    let Ok(serde_json::Value::Object(sections)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let packages = sections.values().filter_map(serde_json::Value::as_object).flatten();
    let version = |package: &serde_json::Value| {
        package
            .get("version")
            .and_then(|version| version.as_str())
            .map(str::to_owned)
    };
    packages
        .filter_map(|(name, package)| locked(name, &version(package)?))
        .collect()
}

/// Files of lines: requirements, conda's environments, `setup.cfg`, and what is quoted in a `setup.py`.
pub(crate) fn from_lines(text: &str) -> Vec<Requirement> {
    let pieces = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(['"', '\'']));
    pieces
        .filter_map(|piece| parse(piece.trim_start_matches(|c: char| !c.is_ascii_alphanumeric())))
        .collect()
}
