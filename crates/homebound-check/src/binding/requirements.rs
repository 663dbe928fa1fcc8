//! The binding that a project asks for, from the texts of its files.

use super::{Api, Binding, parse_version};
use toml::{Table, Value};

impl Binding {
    /// The binding in a `requirements.txt` or a constraints file.
    pub fn from_requirements(text: &str) -> Option<Self> {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        lines.filter_map(requirement).max_by_key(|binding| binding.version)
    }

    /// The binding in a `pyproject.toml`: the project's dependencies, optional ones, and Poetry's.
    pub fn from_pyproject(text: &str) -> Option<Self> {
        let table: Table = text.parse().ok()?;
        let mut found = Vec::new();
        if let Some(project) = table.get("project") {
            strings(project.get("dependencies"), &mut found);
            let optional = project.get("optional-dependencies").and_then(Value::as_table);
            optional
                .into_iter()
                .flat_map(Table::values)
                .for_each(|list| strings(Some(list), &mut found));
        }
        let poetry = table
            .get("tool")
            .and_then(|tool| tool.get("poetry"))
            .and_then(|poetry| poetry.get("dependencies"));
        for (name, value) in poetry.and_then(Value::as_table).into_iter().flatten() {
            let version = value
                .as_str()
                .or_else(|| value.get("version").and_then(Value::as_str))
                .unwrap_or_default();
            found.push(format!(
                "{name}=={}",
                version.trim_start_matches(['^', '~', '=', '>', '<', ' '])
            ));
        }
        found
            .iter()
            .filter_map(|line| requirement(line))
            .max_by_key(|binding| binding.version)
    }

    /// The binding in a lock file of uv, Poetry, PDM or of PEP 751: the version that is installed.
    pub fn from_lock(text: &str) -> Option<Self> {
        let table: Table = text.parse().ok()?;
        let packages = table.get("package").or_else(|| table.get("packages"))?.as_array()?;
        packages.iter().find_map(|package| {
            let api = Api::of_package(package.get("name")?.as_str()?)?;
            Some(Self {
                api,
                version: package.get("version").and_then(Value::as_str).and_then(parse_version),
            })
        })
    }
}

fn strings(list: Option<&Value>, out: &mut Vec<String>) {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    out.extend(items.filter_map(Value::as_str).map(str::to_owned));
}

/// `PySide6>=6.8` and the like: the lowest version that is asked for.
fn requirement(line: &str) -> Option<Binding> {
    let line = line.trim();
    let end = line
        .find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
        .unwrap_or(line.len());
    let api = Api::of_package(&line[..end])?;
    let bounds = line[end..].split(',').map(str::trim);
    let version = bounds.into_iter().find_map(|bound| {
        let number = ["==", ">=", "~=", "==="]
            .iter()
            .find_map(|sign| bound.split_once(sign).map(|(_, number)| number))?;
        parse_version(number)
    });
    Some(Binding { api, version })
}
