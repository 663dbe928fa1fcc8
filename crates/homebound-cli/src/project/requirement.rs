//! One requirement: a package of a binding, and the version that it pins.

use homebound_check::{Api, Binding};

/// A binding that a manifest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) binding: Binding,
    /// A lock file's word counts more than a requirement's.
    pub(crate) locked: bool,
}

/// Reads `PySide6>=6.8`, `pyside6[extras]==6.7.*; python_version > "3.8"`, `pyqt=5.15` (conda).
pub(crate) fn parse(text: &str) -> Option<Requirement> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let rest = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(rest, |(_, rest)| rest);
    let specifier = rest.split([';', '#', '@']).next().unwrap_or_default();
    // What follows a name in prose is no specifier.
    let plain = specifier.trim_start().is_empty()
        || specifier
            .trim_start()
            .starts_with(['=', '>', '<', '~', '!', '(', '^', ' ']);
    if !plain {
        return None;
    }
    named(name, specifier)
}

/// A package's name and the versions that are allowed.
pub(crate) fn named(name: &str, specifier: &str) -> Option<Requirement> {
    let version = pinned(specifier);
    let binding = match api(name) {
        Some(api) => Binding {
            api,
            version: version.filter(|version| fits(api, *version)),
        },
        None if name.eq_ignore_ascii_case("pyqt") => conda(specifier),
        None => return None,
    };
    Some(Requirement { binding, locked: false })
}

pub(crate) fn locked(name: &str, version: &str) -> Option<Requirement> {
    let requirement = named(name, &format!("=={}", version.trim_start_matches('=')))?;
    Some(Requirement {
        locked: true,
        ..requirement
    })
}

fn api(name: &str) -> Option<Api> {
    name.parse::<Binding>().ok().map(|binding| binding.api)
}

/// In conda's channels `pyqt` is PyQt5 up to version 5 and PyQt6 from 6 on.
fn conda(specifier: &str) -> Binding {
    let version = numbers(specifier.trim_start_matches(|c: char| !c.is_ascii_digit()));
    let api = if version.is_some_and(|(major, _)| major >= 6) {
        Api::PyQt6
    } else {
        Api::PyQt5
    };
    Binding {
        api,
        version: pinned(specifier),
    }
}

fn fits(api: Api, version: (u16, u16)) -> bool {
    let major = if matches!(api, Api::PyQt6 | Api::PySide6) { 6 } else { 5 };
    version.0 == major
}

/// The one minor version that counts: a pin; a lower bound, where newer versions behave like it; an upper bound else.
fn pinned(specifier: &str) -> Option<(u16, u16)> {
    let mut lower = None;
    let mut upper = None;
    for part in specifier.trim().trim_matches(['(', ')']).split(',').map(str::trim) {
        let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        let Some(version) = numbers(digits) else { continue };
        match &part[..part.len() - digits.len()].trim() {
            &"==" | &"=" | &"===" => return Some(version),
            &"~=" | &"~" if digits.matches('.').count() >= 2 => return Some(version),
            &">=" | &">" | &"^" | &"~=" => lower = Some(version),
            &"<" => upper = Some((version.0, version.1.saturating_sub(1))),
            &"<=" => upper = Some(version),
            _ => {}
        }
    }
    lower
        .filter(|lower| *lower >= BORDER)
        .or(upper.filter(|upper| upper.0 == BORDER.0 && *upper < BORDER))
}

/// From this version of PySide6 on callables run in the sender's thread; bounds on the same side of it are as good as a pin.
const BORDER: (u16, u16) = (6, 8);

fn numbers(version: &str) -> Option<(u16, u16)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|requirement| requirement.binding.to_string())
    }

    #[test]
    fn requirements_name_the_binding_and_the_version_they_pin() {
        assert_eq!(read("PySide6==6.7.2").as_deref(), Some("PySide6 6.7"));
        assert_eq!(
            read("pyside6[extras] >=6.8; python_version > '3.9'").as_deref(),
            Some("PySide6 6.8")
        );
        assert_eq!(read("PySide6_Essentials~=6.7.1").as_deref(), Some("PySide6 6.7"));
        assert_eq!(read("pyqt=5.15").as_deref(), Some("PyQt5 5.15"));
        assert_eq!(read("PyQt6").as_deref(), Some("PyQt6"));
        assert_eq!(read("PySide6<6.8,>=6.5").as_deref(), Some("PySide6 6.7"));
    }

    #[test]
    fn a_bound_that_leaves_both_sides_open_pins_nothing() {
        assert_eq!(read("PySide6>=6.5").as_deref(), Some("PySide6"));
        assert_eq!(read("PySide6<7").as_deref(), Some("PySide6"));
    }

    #[test]
    fn packages_with_similar_names_are_no_binding() {
        assert_eq!(read("PyQt5-sip==12.0"), None);
        assert_eq!(read("PyQt5-stubs"), None);
        assert_eq!(read("PyQt5 is what this program needs"), None);
        assert_eq!(read("numpy>=1.26"), None);
    }
}
