//! Why the command cannot do what was asked: what is wrong, where, and the way out.

use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// The place in a text that a failure is about.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) text: Arc<str>,
    pub(crate) span: Range<usize>,
}

/// A failure as the user reads it. Commands hand it up; only `command.rs` prints it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) place: Option<Box<Place>>,
    pub(crate) help: Option<String>,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(what: impl Display) -> Self {
        Self {
            what: what.to_string(),
            place: None,
            help: None,
        }
    }

    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// The output could not be written.
    pub(crate) fn output(error: &std::io::Error) -> Self {
        Self::new(format_args!("cannot write the output: {error}"))
    }
}

/// One line, for the editor's log and for messages in windows.
impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            let line = place
                .text
                .get(..place.span.start)
                .map_or(1, |before| before.matches('\n').count() + 1);
            write!(f, "{}:{line}: ", place.path.display())?;
        }
        f.write_str(&self.what)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}
