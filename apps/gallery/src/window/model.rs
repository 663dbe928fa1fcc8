//! What the window shows: an object on the drawing thread's loop, changed by slots and drawn once a frame.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use homebound::{Clock, Outcome, ProgressEvent};
use indicatif::HumanCount;

use super::lines::Lines;
use super::rates::Rates;
use crate::digest::trouble::Trouble;
use crate::digest::view::{Ending, Overview, Summary, WorkerView};
use crate::words::{bytes, files, what_failed};

/// What the window shows.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) folder: Folder,
    /// What all names of the run's results begin with.
    pub(crate) root: String,
    pub(crate) stage: Stage,
    pub(crate) overview: Overview,
    pub(crate) workers: Vec<Option<ProgressEvent>>,
    pub(crate) results: Lines,
    pub(crate) problems: Lines,
    pub(crate) messages: Lines,
    pub(crate) rates: Rates,
    pub(crate) flood: Option<Flood>,
    pub(crate) picker: Option<Picker>,
    pub(crate) list: List,
}

/// The folder to work on, as text for people and as the path it stands for.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// What the field shows; where a name is no text, not quite the path.
    pub(crate) text: String,
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn choose(&mut self, path: PathBuf) {
        self.text = path.to_string_lossy().into_owned();
        self.path = path;
    }

    pub(crate) fn was_typed(&mut self) {
        self.path = PathBuf::from(&self.text);
    }
}

/// How far a run is.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Resting,
    Running,
    Cancelling,
    Over(Summary),
}

impl Stage {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Running | Self::Cancelling)
    }
}

/// Which list is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum List {
    #[default]
    Results,
    Problems,
}

/// A flood of signals that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flood {
    pub(crate) began: Duration,
    pub(crate) arrived: u64,
    pub(crate) total: u64,
    /// The longest time between two frames since it began.
    pub(crate) longest_frame: Duration,
}

/// The choice of a folder.
#[derive(Debug)]
pub(crate) struct Picker {
    pub(crate) folder: PathBuf,
    pub(crate) inside: Inside,
    pub(crate) shows_hidden: bool,
}

/// The folders in a folder.
#[derive(Debug)]
pub(crate) enum Inside {
    Reading,
    Folders(Vec<OsString>),
    Failed(String),
}

impl Model {
    /// Forgets the last run.
    pub(crate) fn begin(&mut self, workers: usize) {
        self.stage = Stage::Running;
        self.root = format!("{}/", self.folder.text.trim_end_matches('/'));
        self.overview = Overview::default();
        self.workers = vec![None; workers];
        self.results = Lines::default();
        self.problems = Lines::default();
        self.rates = Rates::default();
        self.list = List::Results;
    }

    pub(crate) fn show_overview(&mut self, view: &Overview) {
        if let Some(rate) = view.rate {
            self.rates.note(view.took, rate);
        }
        self.overview = view.clone();
    }

    pub(crate) fn show_worker(&mut self, view: &WorkerView) {
        if let Some(worker) = self.workers.get_mut(view.reader) {
            worker.clone_from(&view.event);
        }
    }

    pub(crate) fn show_results(&mut self, text: &Arc<str>) {
        self.results.add(Arc::clone(text));
    }

    pub(crate) fn show_trouble(&mut self, trouble: &Trouble) {
        self.problems.add(trouble.to_string());
    }

    pub(crate) fn show_end(&mut self, summary: &Summary) {
        self.workers.fill(None);
        if self.results.is_empty() && !self.problems.is_empty() {
            self.list = List::Problems;
        }
        self.stage = Stage::Over(summary.clone());
    }

    /// Adds a line to the messages.
    pub(crate) fn say(&mut self, words: impl Into<String>) {
        let words: String = words.into();
        self.messages.add(words.replace('\n', " "));
    }

    /// Says why a cancelled run is given up, if it has not ended by itself.
    pub(crate) fn say_held(&mut self) {
        if matches!(self.stage, Stage::Cancelling) {
            self.say("The system still holds a task of the cancelled run; it ends when the system lets it go.");
        }
    }

    pub(crate) fn flood_signal_arrived(&mut self, clock: &Clock) {
        let Some(flood) = &mut self.flood else { return };
        flood.arrived += 1;
        if flood.arrived == flood.total {
            let words = format!(
                "The flood is over: {} signals in {:.2} s; the longest time between two frames was {} ms.",
                HumanCount(flood.arrived),
                clock.now().saturating_sub(flood.began).as_secs_f64(),
                flood.longest_frame.as_millis()
            );
            self.flood = None;
            self.say(words);
        }
    }

    pub(crate) fn task_ended(&mut self, outcome: &Outcome<()>) {
        match outcome {
            Outcome::Done(()) => {}
            Outcome::Panicked(report) => self.say(format!("Caught: {report}")),
            other => self.say(format!("A task ended otherwise: {other:?}")),
        }
    }

    pub(crate) fn show_folders(&mut self, of: &Path, inside: Inside) {
        if let Some(picker) = &mut self.picker
            && picker.folder == of
        {
            picker.inside = inside;
        }
    }

    /// How the run stands, in a few words; none before the first.
    pub(crate) fn headline(&self) -> Option<String> {
        match &self.stage {
            Stage::Resting => None,
            Stage::Running if self.overview.is_counted => Some(format!("{:.0} %", self.fraction() * 100.0)),
            Stage::Running => Some("Counting".to_owned()),
            Stage::Cancelling => Some("Cancelling".to_owned()),
            Stage::Over(summary) => Some(
                match summary.ending {
                    Ending::Whole => "Done",
                    Ending::Cancelled => "Cancelled",
                    _ => "Failed",
                }
                .to_owned(),
            ),
        }
    }

    /// What is done, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a part of a bar")]
    pub(crate) fn fraction(&self) -> f32 {
        match &self.stage {
            Stage::Over(summary) if summary.ending == Ending::Whole => 1.0,
            Stage::Resting => 0.0,
            _ => {
                let total = self.overview.total_bytes.max(self.overview.bytes).max(1);
                self.overview.bytes as f32 / total as f32
            }
        }
    }
}

/// How a run went, in one line.
pub(crate) fn last_words(summary: &Summary) -> String {
    let done = format!(
        "{}, {} in {:.1} s{}",
        files(summary.files),
        bytes(summary.bytes),
        summary.took.as_secs_f64(),
        what_failed(summary)
    );
    match &summary.ending {
        Ending::Whole => done,
        Ending::Cancelled => format!("Cancelled: {done}"),
        Ending::NobodyReads => format!("Stopped: {done}"),
        Ending::CannotWrite(why) | Ending::Broken(why) => format!("Given up ({why}): {done}"),
    }
}
