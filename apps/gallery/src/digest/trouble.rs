//! What kept a file from being read, in words for one line.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

/// A file, folder or line that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) path: PathBuf,
    pub(crate) reason: Reason,
}

/// Why something was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It was there when its folder was read.
    Vanished,
    BrokenLink {
        target: PathBuf,
    },
    /// The links lead to each other, and to no file.
    LinkLoop,
    /// The folder is one that it lies in.
    FolderLoop {
        ancestor: PathBuf,
    },
    /// Reading it might wait for ever, or change something.
    Special(&'static str),
    IsFolder,
    /// A manifest is text, and `b3sum` refuses the sign that stands for what is not.
    NameNotText,
    System(String),
    /// A line of a manifest that cannot be understood, by its number.
    Line {
        number: u64,
        what: &'static str,
    },
}

impl Reason {
    pub(crate) fn missing() -> Self {
        Self::System("No such file or directory".to_owned())
    }

    /// Describes a system's error, without its number.
    pub(crate) fn system(error: &io::Error) -> Self {
        let text = error.to_string();
        let words = text.split(" (os error").next().unwrap_or_default();
        Self::System(words.to_owned())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", OneLine(&self.path), self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanished => f.write_str("vanished before it could be read"),
            Self::BrokenLink { target } => write!(f, "broken link to {}", OneLine(target)),
            Self::LinkLoop => f.write_str("link that leads back to itself"),
            Self::FolderLoop { ancestor } => write!(f, "loop: this folder is {}", OneLine(ancestor)),
            Self::Special(kind) => write!(f, "not read: it is a {kind}"),
            Self::IsFolder => f.write_str("it is a folder"),
            Self::NameNotText => f.write_str("left out: its name is not UTF-8 and cannot stand in a manifest"),
            Self::System(words) => f.write_str(words),
            Self::Line { number, what } => write!(f, "line {number}: {what}"),
        }
    }
}

/// Shows a path in one line: what would break the line or steer the terminal is escaped, and so are bytes that are no text.
pub(crate) struct OneLine<'a>(pub(crate) &'a Path);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '\\' => f.write_str("\\\\")?,
                    '\n' => f.write_str("\\n")?,
                    '\r' => f.write_str("\\r")?,
                    '\t' => f.write_str("\\t")?,
                    letter if letter.is_control() => write!(f, "\\x{:02x}", u32::from(letter))?,
                    letter => f.write_char(letter)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_path_is_shown_in_one_line_without_control_signs() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(OsStr::from_bytes(
            b"a\nb\rc\td\\e\x1b[2J\xff\xe2\x82/\xc3\xbc \xe2\x82\xac",
        ));

        let shown = OneLine(path).to_string();

        assert_eq!(shown, "a\\nb\\rc\\td\\\\e\\x1b[2J\\xff\\xe2\\x82/ü €");
    }

    #[test]
    fn a_systems_error_is_told_without_its_number() {
        let error = io::Error::from_raw_os_error(2);

        assert_eq!(
            Reason::system(&error),
            Reason::System("No such file or directory".into())
        );
    }
}
