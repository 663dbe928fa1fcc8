//! Which binding of Qt a program runs on: rules differ by it.

mod requirements;

use std::fmt;
use std::str::FromStr;

/// One of the four bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// `PyQt5`.
    PyQt5,
    /// `PyQt6`.
    PyQt6,
    /// `PySide2`.
    PySide2,
    /// `PySide6`.
    PySide6,
}

/// A binding and, where known, its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binding {
    /// Which.
    pub api: Api,
    /// Major and minor version, where known.
    pub version: Option<(u16, u16)>,
}

/// What was not understood as a binding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no binding: write pyqt5, pyqt6, pyside2 or pyside6, with a version if it matters (pyside6@6.8)")]
pub struct BindingError(pub String);

impl Api {
    /// The name of the package.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PyQt5 => "PyQt5",
            Self::PyQt6 => "PyQt6",
            Self::PySide2 => "PySide2",
            Self::PySide6 => "PySide6",
        }
    }

    /// Whether it is one of Riverbank's.
    pub const fn is_pyqt(self) -> bool {
        matches!(self, Self::PyQt5 | Self::PyQt6)
    }

    /// The decorator of slots.
    pub const fn slot(self) -> &'static str {
        if self.is_pyqt() { "pyqtSlot" } else { "Slot" }
    }

    /// The class of signals.
    pub const fn signal(self) -> &'static str {
        if self.is_pyqt() { "pyqtSignal" } else { "Signal" }
    }

    pub(crate) fn of_package(package: &str) -> Option<Self> {
        match package.to_ascii_lowercase().replace('_', "-").as_str() {
            "pyqt5" => Some(Self::PyQt5),
            "pyqt6" => Some(Self::PyQt6),
            "pyside2" => Some(Self::PySide2),
            "pyside6" | "pyside6-essentials" | "pyside6-addons" => Some(Self::PySide6),
            _ => None,
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some((major, minor)) => write!(f, "{} {major}.{minor}", self.api.name()),
            None => f.write_str(self.api.name()),
        }
    }
}

impl FromStr for Binding {
    type Err = BindingError;

    fn from_str(text: &str) -> Result<Self, BindingError> {
        let wrong = || BindingError(text.to_owned());
        let (name, version) = text
            .split_once('@')
            .map_or((text, None), |(name, version)| (name, Some(version)));
        let api = Api::of_package(name.trim()).ok_or_else(wrong)?;
        let version = version
            .map(|version| parse_version(version).ok_or_else(wrong))
            .transpose()?;
        Ok(Self { api, version })
    }
}

/// The first two numbers of a version.
pub(crate) fn parse_version(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.trim().split('.');
    let number = |part: &str| {
        part.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .ok()
    };
    let major = number(numbers.next()?)?;
    Some((major, numbers.next().and_then(number).unwrap_or(0)))
}
