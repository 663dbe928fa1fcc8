//! Shows a run of digest on the terminal: bars on standard error, or plain lines where that is no terminal.
//!
//! It lives on the main loop, beside the session, and knows it by its signals only.

use std::io::{self, IsTerminal, Stdout, Write};
use std::time::Duration;

use homebound::LoopProxy;
use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::digest::trouble::Trouble;
use crate::digest::view::{Ending, Overview, Summary, WorkerView};
use crate::words::{bytes, files, per_second, speed, total, what_failed};

/// How often the bars are drawn in a second.
const DRAWN: u8 = 15;
/// More bars than these would not fit on a screen.
const MOST_BARS: usize = 16;
/// The time between two plain lines.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows a run, and learns the exit code.
#[derive(Debug)]
pub(crate) struct Terminal {
    home: LoopProxy,
    is_quiet: bool,
    bars: Option<Bars>,
    /// Where the lines go, in words.
    output: String,
    last_line: Duration,
    signal: Option<i32>,
    end: Option<(Summary, i32)>,
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    whole: ProgressBar,
    workers: Vec<ProgressBar>,
}

impl Terminal {
    /// A view of a run with so many readers, whose lines go to `output`.
    pub(crate) fn new(home: LoopProxy, is_quiet: bool, readers: usize, output: String) -> Self {
        let bars = (!is_quiet && io::stderr().is_terminal()).then(|| Bars::new(readers));
        Self {
            home,
            is_quiet,
            bars,
            output,
            last_line: Duration::ZERO,
            signal: None,
            end: None,
        }
    }

    /// Standard output, so that its lines and the bars do not run into each other.
    pub(crate) fn standard_output(&self) -> Box<dyn Write + Send> {
        match &self.bars {
            Some(bars) if io::stdout().is_terminal() => Box::new(BesideBars {
                bars: bars.all.clone(),
                output: io::stdout(),
            }),
            _ => Box::new(io::stdout()),
        }
    }

    /// The summary and the exit code, once the run has ended.
    pub(crate) fn end(&self) -> Option<&(Summary, i32)> {
        self.end.as_ref()
    }

    /// Says that this signal is why the run is cancelled.
    pub(crate) fn interrupted(&mut self, signal: i32) {
        self.signal.get_or_insert(signal);
    }

    pub(crate) fn show_overview(&mut self, view: &Overview) {
        if let Some(bars) = &self.bars {
            bars.show_overview(view);
        } else if !self.is_quiet && view.took.saturating_sub(self.last_line) >= BETWEEN_LINES {
            self.last_line = view.took;
            say(&format!("{} of {}, {}", bytes(view.bytes), total(view), speed(view)));
        }
    }

    pub(crate) fn show_worker(&mut self, view: &WorkerView) {
        if let Some(bar) = self.bars.as_ref().and_then(|bars| bars.workers.get(view.reader)) {
            show_worker(bar, view);
        }
    }

    pub(crate) fn show_trouble(&mut self, trouble: &Trouble) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| say(&trouble.to_string())),
            None => say(&trouble.to_string()),
        }
    }

    pub(crate) fn show_end(&mut self, summary: &Summary) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
        if let Some(line) = last_line(summary, &self.output, self.is_quiet) {
            say(&line);
        }
        self.end = Some((summary.clone(), exit_code(summary, self.signal)));
        self.home.quit();
    }
}

impl Bars {
    fn new(readers: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWN));
        let whole = all.add(ProgressBar::new(0).with_style(style("[{bar:24}] {wide_msg}")));
        let worker = |_| {
            let bar = all.add(ProgressBar::new(0).with_style(style("[{bar:10}] {wide_msg}")));
            bar.set_message("-");
            bar
        };
        let workers = (0..readers.min(MOST_BARS)).map(worker).collect();
        Self { all, whole, workers }
    }

    fn show_overview(&self, view: &Overview) {
        self.whole.set_length(view.total_bytes.max(view.bytes));
        self.whole.set_position(view.bytes);
        let done = format!(
            "{} of {}",
            HumanCount(view.files),
            files(view.total_files.max(view.files))
        );
        self.whole.set_message(format!(
            "{done}, {} of {}, {}",
            bytes(view.bytes),
            total(view),
            speed(view)
        ));
    }

    fn clear(&self) {
        for bar in self.workers.iter().chain([&self.whole]) {
            bar.finish_and_clear();
        }
        // What cannot be drawn cannot be cleared: then nobody looks.
        self.all.clear().ok();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    style.progress_chars("=> ")
}

fn show_worker(bar: &ProgressBar, view: &WorkerView) {
    let Some(event) = &view.event else {
        bar.set_message("-");
        bar.set_position(0);
        return;
    };
    bar.set_length(event.total);
    bar.set_position(event.done);
    let rate = event
        .rate
        .map_or(String::new(), |rate| format!("{}  ", per_second(rate)));
    bar.set_message(format!("{rate}{}", event.message.as_deref().unwrap_or_default()));
}

/// Writes to standard output while the bars are out of the way.
struct BesideBars {
    bars: MultiProgress,
    output: Stdout,
}

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| self.output.write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bars
            .suspend(|| self.output.write_all(bytes).and_then(|()| self.output.flush()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Writes one line to standard error. If that cannot be, there is nobody to be told.
pub(crate) fn say(words: &str) {
    writeln!(io::stderr(), "digest: {words}").ok();
}

fn exit_code(summary: &Summary, signal: Option<i32>) -> i32 {
    match summary.ending {
        Ending::Whole => i32::from(summary.unread + summary.mismatched > 0),
        Ending::Cancelled => 128 + signal.unwrap_or(signal_hook::consts::SIGINT),
        // As if the system's signal for it had not been ignored.
        Ending::NobodyReads => 128 + signal_hook::consts::SIGPIPE,
        Ending::CannotWrite(_) | Ending::Broken(_) => 1,
    }
}

/// What there is to say at the end, if anything.
fn last_line(summary: &Summary, output: &str, is_quiet: bool) -> Option<String> {
    let done = format!(
        "{}, {} in {:.1} s{}",
        files(summary.files),
        bytes(summary.bytes),
        summary.took.as_secs_f64(),
        what_failed(summary)
    );
    match &summary.ending {
        Ending::Whole | Ending::Cancelled if is_quiet => None,
        Ending::Whole => Some(done),
        Ending::Cancelled => Some(format!("cancelled: {done}")),
        Ending::NobodyReads => None,
        Ending::CannotWrite(why) => Some(format!("{output}: {why}")),
        Ending::Broken(why) => Some(format!("given up: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(ending: Ending) -> Summary {
        Summary {
            files: 1_234,
            bytes: 5 << 20,
            took: Duration::from_millis(1_250),
            ending,
            ..Summary::default()
        }
    }

    #[test]
    fn the_last_line_says_what_was_done_and_what_failed() {
        let line = |summary: &Summary| last_line(summary, "FILE", false).unwrap_or_default();
        let mut whole = summary(Ending::Whole);
        assert_eq!(line(&whole), "1,234 files, 5.00 MiB in 1.2 s");
        whole.unread = 3;
        assert_eq!(line(&whole), "1,234 files, 5.00 MiB in 1.2 s; 3 could not be read");
        whole.mismatched = 1;
        assert_eq!(
            line(&whole),
            "1,234 files, 5.00 MiB in 1.2 s; 1 did not match, 3 could not be read"
        );
        assert_eq!(
            line(&summary(Ending::Cancelled)),
            "cancelled: 1,234 files, 5.00 MiB in 1.2 s"
        );
        assert_eq!(line(&summary(Ending::CannotWrite("full".into()))), "FILE: full");
    }

    #[test]
    fn quiet_keeps_only_what_went_wrong() {
        assert_eq!(last_line(&summary(Ending::Whole), "FILE", true), None);
        assert_eq!(last_line(&summary(Ending::Cancelled), "FILE", true), None);
        assert!(last_line(&summary(Ending::Broken("x".into())), "FILE", true).is_some());
    }

    #[test]
    fn the_exit_code_says_how_it_went() {
        let code = |ending, unread, mismatched| {
            exit_code(
                &Summary {
                    unread,
                    mismatched,
                    ..summary(ending)
                },
                Some(15),
            )
        };
        assert_eq!(code(Ending::Whole, 0, 0), 0);
        assert_eq!((code(Ending::Whole, 1, 0), code(Ending::Whole, 0, 1)), (1, 1));
        assert_eq!(code(Ending::Cancelled, 1, 0), 143);
        assert_eq!(code(Ending::NobodyReads, 0, 0), 141);
        assert_eq!(code(Ending::CannotWrite(String::new()), 0, 0), 1);
    }
}
