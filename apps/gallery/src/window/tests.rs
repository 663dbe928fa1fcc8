//! The window without a display: egui lays it out, its buttons are found by their words and pressed, and what it shows is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui::accesskit::{Node, Role};
use eframe::egui::{
    Context, Event, FullOutput, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2, ViewportCommand, ViewportId, pos2,
};
use homebound::Clock;

use super::model::{List, Stage};
use super::*;
#[cfg(unix)]
use crate::digest::session::tests::full_pipe;
use crate::digest::view::Summary;

const LIMIT: Duration = Duration::from_secs(30);
const SIZE: Vec2 = Vec2::new(1040.0, 720.0);

struct Screen {
    context: Context,
    window: Window,
    nodes: Vec<Node>,
    events: Vec<Event>,
    size: Vec2,
    shapes: usize,
    commands: Vec<ViewportCommand>,
}

impl Screen {
    fn of(folder: &Path) -> Self {
        let context = Context::default();
        context.enable_accesskit();
        let jobs = NonZeroUsize::new(2).expect("two");
        let window = Window::new(&context, Some(folder.to_owned()), jobs, true).expect("the test's own thread");
        let mut screen = Self {
            context,
            window,
            nodes: Vec::new(),
            events: Vec::new(),
            size: SIZE,
            shapes: 0,
            commands: Vec::new(),
        };
        // The second frame knows what the first has measured.
        screen.frame();
        screen.frame();
        screen
    }

    fn frame(&mut self) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            events: std::mem::take(&mut self.events),
            focused: true,
            ..RawInput::default()
        };
        let context = self.context.clone();
        let mut output = context.run_ui(input, |ui| {
            self.window.think(ui.ctx());
            self.window.draw(ui);
        });
        self.read(&mut output);
        output.drop_without_applying_deltas();
    }

    fn read(&mut self, output: &mut FullOutput) {
        self.shapes = output.shapes.len();
        let update = output.platform_output.accesskit_update.take();
        self.nodes = update
            .map(|update| update.nodes.into_iter().map(|(_, node)| node).collect())
            .unwrap_or_default();
        if let Some(root) = output.viewport_output.get_mut(&ViewportId::ROOT) {
            self.commands.append(&mut root.commands);
        }
    }

    /// Draws frames until `done`.
    #[track_caller]
    fn wait(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let clock = Clock::new();
        let end = clock.now() + LIMIT;
        while !done(self) {
            assert!(clock.now() < end, "never: {what}; the window shows: {:?}", self.words());
            self.frame();
        }
    }

    /// All that the window says to somebody who cannot see it.
    fn words(&self) -> Vec<String> {
        let text = |node: &Node| node.label().or(node.value()).map(str::to_owned);
        self.nodes.iter().filter_map(text).collect()
    }

    fn shows(&self, words: &str) -> bool {
        self.words().iter().any(|found| found.contains(words))
    }

    #[track_caller]
    fn button(&self, words: &str) -> &Node {
        let is_it = |node: &&Node| node.role() == Role::Button && node.label() == Some(words);
        self.nodes
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("no button '{words}' in {:?}", self.words()))
    }

    /// Presses a button with the mouse.
    #[track_caller]
    fn press(&mut self, words: &str) {
        let bounds = self.button(words).bounds().expect("a button has its place");
        let at = pos2(middle(bounds.x0, bounds.x1), middle(bounds.y0, bounds.y1));
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.events = vec![Event::PointerMoved(at)];
        self.frame();
        self.events = vec![button(true), button(false)];
        self.frame();
        self.events = vec![Event::PointerGone];
        self.frame();
    }

    fn stage(&self) -> Stage {
        self.window.model.borrow().stage.clone()
    }

    #[track_caller]
    fn wait_for_end(&mut self) -> Summary {
        self.wait("the end of the run", |screen| matches!(screen.stage(), Stage::Over(_)));
        self.frame();
        match self.stage() {
            Stage::Over(summary) => summary,
            other => panic!("{other:?}"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
fn middle(from: f64, to: f64) -> f32 {
    f64::midpoint(from, to) as f32
}

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    for name in ["a.txt", "ü € 日本.txt", "sub/b.txt"] {
        fs::write(folder.path().join(name), name).expect("written");
    }
    folder
}

/// A file that takes long to read and no room.
fn large(folder: &Path) -> PathBuf {
    let path = folder.join("large");
    let file = fs::File::create(&path).expect("created");
    file.set_len(1 << 40).expect("sparse");
    path
}

#[test]
fn at_rest_it_says_what_it_is_for() {
    let folder = tree();
    let screen = Screen::of(folder.path());

    assert!(screen.shows("Nothing has been read yet."));
    assert!(!screen.button("Start").is_disabled());
    assert!(screen.button("Cancel").is_disabled());
}

#[test]
fn a_run_shows_its_results_and_its_end() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());

    screen.press("Start");
    let summary = screen.wait_for_end();

    assert_eq!((summary.files, summary.unread), (3, 0));
    assert!(screen.shows("3 files, "), "{:?}", screen.words());
    assert!(screen.shows("b.txt"));
    let model = screen.window.model.borrow();
    let lines: Vec<_> = (0..3).map(|n| model.results.line(n).to_owned()).collect();
    let sum = blake3::hash(b"a.txt").to_hex();
    assert!(lines[0].starts_with(sum.as_str()), "{lines:?}");
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tree();
    let mut screen = Screen::of(&folder.path().join("none"));

    screen.press("Start");
    let summary = screen.wait_for_end();

    assert_eq!((summary.files, summary.unread), (0, 1));
    assert_eq!(screen.window.model.borrow().list, List::Problems);
    assert!(screen.shows("No such file or directory"), "{:?}", screen.words());
}

#[test]
fn cancel_ends_a_run_within_a_large_file() {
    let folder = tree();
    large(folder.path());
    let mut screen = Screen::of(folder.path());

    screen.press("Start");
    screen.wait("a worker that reads", |screen| {
        screen
            .window
            .model
            .borrow()
            .workers
            .iter()
            .flatten()
            .any(|worker| worker.done > 0)
    });
    assert!(screen.button("Start").is_disabled());
    screen.press("Cancel");
    let summary = screen.wait_for_end();

    assert_eq!(summary.ending, Ending::Cancelled);
    assert!(screen.shows("Cancelled: "));
    assert!(!screen.button("Start").is_disabled(), "another run can begin");
}

#[cfg(unix)]
#[test]
fn a_run_that_the_system_holds_is_given_up_and_another_begins() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());
    let (reader, writer) = full_pipe();
    let sink = Sink::Stream(Box::new(writer));
    screen.window.start_with(&Emitter::new(), sink).expect("connected");
    screen.wait("all to be read", |screen| {
        screen.window.model.borrow().overview.files == 3
    });

    screen.press("Cancel");
    let held = screen.wait_for_end();
    screen.wait("the reason", |screen| screen.shows("The system still holds a task"));
    screen.press("Start");
    let whole = screen.wait_for_end();

    assert_eq!((held.ending, whole.ending), (Ending::Cancelled, Ending::Whole));
    assert_eq!(screen.window.left.len(), 1);
    drop(reader);
    screen.wait("the held task", |screen| screen.window.left[0].borrow().is_at_rest());
    screen.press("Start");
    assert!(screen.window.left.is_empty());
}

#[test]
fn a_panic_in_a_task_is_a_message() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());

    screen.press("A panic in a task");
    screen.wait("the message", |screen| screen.shows("panic on purpose"));

    assert!(screen.shows("somebody pressed the button for it"));
}

#[test]
fn a_flood_leaves_the_frames_alone() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());

    screen.press("A flood of a million signals");
    assert!(screen.button("A flood of a million signals").is_disabled());
    let mut frames = 0;
    screen.wait("the end of the flood", |screen| {
        frames += 1;
        screen.shows("The flood is over: 1,000,000 signals")
    });

    assert!(frames > 5, "the flood was taken in {frames} frames");
}

#[test]
fn closing_while_all_is_running_closes() {
    let folder = tree();
    large(folder.path());
    let mut screen = Screen::of(folder.path());

    screen.press("Closing while all is running");

    assert!(
        screen.commands.contains(&ViewportCommand::Close),
        "{:?}",
        screen.commands
    );
    assert!(screen.stage().is_busy() && screen.window.model.borrow().flood.is_some());
    // What lives on the loop goes with the window, in the middle of all that.
    screen.window.cancel().expect("connected");
}

#[test]
fn folders_are_chosen_from_lists() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());

    screen.press("Browse…");
    screen.wait("the folders", |screen| screen.shows("sub"));
    screen.press("sub");
    screen.wait("an empty folder", |screen| screen.shows("There is no folder in here."));
    screen.press("Choose this folder");
    screen.frame();

    assert_eq!(screen.window.model.borrow().folder.path, folder.path().join("sub"));
    assert!(screen.window.model.borrow().picker.is_none());
}

#[test]
fn a_folder_that_cannot_be_listed_says_why() {
    let folder = tree();
    let mut screen = Screen::of(&folder.path().join("none"));

    screen.press("Browse…");
    screen.wait("the reason", |screen| screen.shows("No such file or directory"));
    screen.press("Up");
    screen.wait("the folder above", |screen| screen.shows("sub"));
    screen.press("Back");
    screen.frame();

    assert!(screen.window.model.borrow().picker.is_none());
}

#[test]
fn a_million_lines_are_drawn_like_a_thousand() {
    let folder = tree();
    let mut screen = Screen::of(folder.path());
    let mut shapes = Vec::new();
    for thousands in [1, 999] {
        let sum = "0123456789abcdef".repeat(4);
        for _ in 0..thousands {
            let names: Vec<_> = (0..1_000).map(|n| format!("{sum}  some/folder/{n}")).collect();
            screen.window.model.borrow_mut().results.add(names.join("\n"));
        }
        screen.frame();
        screen.frame();
        shapes.push(screen.shapes);
    }

    assert!(screen.shows("Results  1,000,000"), "{:?}", screen.words());
    assert_eq!(shapes[0], shapes[1]);
}

#[test]
fn odd_names_and_small_windows_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut deep = folder.path().to_owned();
    for _ in 0..30 {
        deep.push("a quite long name of a folder, and 日本語 العربية 👩‍👩‍👧‍👦");
    }
    let mut screen = Screen::of(&deep);
    screen.size = Vec2::new(200.0, 100.0);
    {
        let mut model = screen.window.model.borrow_mut();
        model.begin(40);
        model.results.add("\\0123  a\\nb\nshort\n\n  \n");
        model.say("one\ntwo");
    }

    screen.frame();
    screen.size = SIZE;
    screen.frame();

    assert!(screen.shows("one two"));
}
