//! What the terminal can show, and the streams that are written to.

use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Effects, Style as Ansi};

use crate::args::ColorWhen;

/// Colour or none, and how wide a line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) color: bool,
    pub(crate) width: usize,
}

/// Lines of source are cut at this width where no terminal says otherwise.
const USUAL_WIDTH: usize = 140;

impl Style {
    /// For stdout.
    pub(crate) fn stdout(when: ColorWhen) -> Self {
        Self {
            color: color(when, &io::stdout()),
            width: width(),
        }
    }

    /// For stderr.
    pub(crate) fn stderr(when: ColorWhen) -> Self {
        Self {
            color: color(when, &io::stderr()),
            width: width(),
        }
    }

    /// For a file.
    pub(crate) fn file(when: ColorWhen) -> Self {
        Self {
            color: when == ColorWhen::Always,
            width: USUAL_WIDTH,
        }
    }

    pub(crate) fn bold(self, text: impl std::fmt::Display) -> String {
        self.paint(Ansi::new().effects(Effects::BOLD), text)
    }

    pub(crate) fn code(self, text: impl std::fmt::Display) -> String {
        self.paint(AnsiColor::BrightRed.on_default().effects(Effects::BOLD), text)
    }

    pub(crate) fn mark(self, text: impl std::fmt::Display) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    pub(crate) fn added(self, text: impl std::fmt::Display) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn removed(self, text: impl std::fmt::Display) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    pub(crate) fn warning(self, text: impl std::fmt::Display) -> String {
        self.paint(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }

    fn paint(self, ansi: Ansi, text: impl std::fmt::Display) -> String {
        if self.color {
            format!("{ansi}{text}{ansi:#}")
        } else {
            text.to_string()
        }
    }
}

fn color<S: anstream::stream::RawStream>(when: ColorWhen, stream: &S) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => anstream::AutoStream::choice(stream) != ColorChoice::Never,
    }
}

fn width() -> usize {
    if !io::stdout().is_terminal() {
        return USUAL_WIDTH;
    }
    terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0).max(40))
}

/// Stdout as one locked and buffered stream; on Windows it understands colour too.
pub(crate) fn stdout() -> impl Write {
    io::BufWriter::new(anstream::AutoStream::always(io::stdout()).lock())
}

/// A line on stderr. If nobody can read it, there is nobody to tell.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(anstream::AutoStream::always(io::stderr()).lock(), "{line}");
}
