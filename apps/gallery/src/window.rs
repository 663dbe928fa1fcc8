//! Runs digest in a window.
//!
//! Who does what: the window and the session live on one thread and its loop, which the window hosts; each frame dispatches, draws the model, and
//! does what was pressed. Files and folders are read by pools. Whatever blocks or fails there, the frames go on.

mod lines;
mod model;
mod picker;
mod rates;
mod results;
#[cfg(test)]
mod tests;
mod trials;
mod view;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Vec2, ViewportBuilder, ViewportCommand};
use homebound::{ConnectError, Delivery, Emitter, Overflow, Owner, Timer, shutdown};
use homebound_egui::EguiLoop;

use self::model::{Model, Stage};
use self::results::Results;
use self::view::Wish;
use crate::arguments;
use crate::digest::output::Sink;
use crate::digest::session::{Order, Session};
use crate::digest::source::Source;
use crate::digest::view::Ending;
use crate::interrupt::Interrupts;
use crate::{WRONG_COMMAND, terminal};

/// How long whatever runs may take to stop when the window has been closed.
const GRACE: Duration = Duration::from_secs(2);
/// After this time a cancelled run is over, though the system still holds one of its tasks: a network folder that does not answer, say.
const PATIENCE: Duration = Duration::from_secs(1);
/// Texts of results that may wait for the window; each has some hundred lines. With more, the run waits.
const WAITING_TEXTS: usize = 64;

/// Opens the window, and returns the exit code when it has been closed and all has stopped.
pub(crate) fn run(arguments: &arguments::Digest) -> i32 {
    let mut folders = arguments.paths.iter().cloned();
    let folder = folders.next();
    if folders.next().is_some() {
        terminal::say("a window shows one folder: name only one with --window");
        return WRONG_COMMAND;
    }
    name_missing_library();
    match open(folder, arguments.jobs(), !arguments.no_links) {
        Ok(code) => code,
        Err(error) => {
            say_closed(&reason(&*error));
            WRONG_COMMAND
        }
    }
}

/// Says that the window cannot be opened, and why.
fn say_closed(why: &str) {
    terminal::say(&format!(
        "the window cannot be opened: {why}; without --window it works in the terminal"
    ));
}

/// Why the window does not open, for people. That there is no display is by far the commonest.
fn reason(error: &(dyn Error + 'static)) -> String {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match error.downcast_ref() {
        Some(eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_)) => {
            if cfg!(target_os = "linux") && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set) {
                "there is no display (DISPLAY or WAYLAND_DISPLAY would name one)".to_owned()
            } else {
                "the display does not answer, or a library for it is missing".to_owned()
            }
        }
        _ => error.to_string(),
    }
}

/// The toolkit looks for some libraries only when it opens a window, and panics where one is missing. To a user that is no panic.
fn name_missing_library() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match missing_library(panic) {
        Some(library) => {
            say_closed(&format!("the library {library} is missing"));
            std::process::exit(WRONG_COMMAND);
        }
        None => usual(panic),
    }));
}

fn missing_library(panic: &std::panic::PanicHookInfo<'_>) -> Option<String> {
    let words = panic.payload_as_str()?;
    let name = words.strip_prefix("Library ")?.strip_suffix(" could not be loaded.")?;
    Some(name.to_owned())
}

fn open(folder: Option<PathBuf>, jobs: NonZeroUsize, follows_links: bool) -> Result<i32, Box<dyn Error>> {
    let interrupts = Interrupts::new()?;
    let context = egui::Context::default();
    let mut window = Window::new(&context, folder, jobs, follows_links)?;
    let home = window.home.proxy();
    interrupts.on_first(move |_signal| home.quit())?;

    let viewport = ViewportBuilder::default()
        .with_title("digest")
        .with_app_id("digest")
        .with_inner_size(Vec2::new(1040.0, 720.0))
        .with_min_inner_size(Vec2::new(720.0, 520.0));
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let app = App(&mut window);
    eframe::run_native_ext(
        "digest",
        options,
        Some(context),
        Box::new(|_creation| Ok(Box::new(app))),
    )?;
    Ok(window.end())
}

/// The window as eframe sees it: gone when it is closed, while the program still ends its work.
struct App<'a>(&'a mut Window);

impl eframe::App for App<'_> {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.0.think(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.0.draw(ui);
    }
}

/// The window, and the run that it shows. The loop comes last: what lives on it goes first.
struct Window {
    session: Option<Owner<Session>>,
    /// Runs that are over and whose tasks have not all come home: dropping one would wait for them, and the frames with it.
    left: Vec<Owner<Session>>,
    patience: Option<Timer>,
    model: Owner<Model>,
    flood: Emitter<u64>,
    jobs: NonZeroUsize,
    follows_links: bool,
    last_frame: Duration,
    title: String,
    home: EguiLoop,
}

impl Window {
    fn new(
        context: &egui::Context,
        folder: Option<PathBuf>,
        jobs: NonZeroUsize,
        follows_links: bool,
    ) -> Result<Self, Box<dyn Error>> {
        view::set_style(context);
        let home = EguiLoop::new(context)?;
        let mut model = Model::default();
        model
            .folder
            .choose(folder.or_else(|| std::env::current_dir().ok()).unwrap_or_default());
        let model = home.insert(model);
        let heard = model.handle();
        homebound::on_unhandled(move |what| {
            let words = what.to_string();
            if let Err(refused) = heard.post(move |model| model.say(words)) {
                drop(refused);
                terminal::say(&what.to_string());
            }
        });
        Ok(Self {
            session: None,
            left: Vec::new(),
            patience: None,
            flood: trials::flood_to(&model, home.clock())?,
            model,
            jobs,
            follows_links,
            last_frame: home.clock().now(),
            title: String::new(),
            home,
        })
    }

    /// What comes before drawing, also while the window is hidden.
    fn think(&mut self, context: &egui::Context) {
        self.home.frame();
        let now = self.home.clock().now();
        let since = now.saturating_sub(std::mem::replace(&mut self.last_frame, now));
        let mut model = self.model.borrow_mut();
        if let Some(flood) = &mut model.flood {
            flood.longest_frame = flood.longest_frame.max(since);
        }
        let title = model
            .headline()
            .map_or("digest".to_owned(), |line| format!("{line} – digest"));
        if title != self.title {
            self.title.clone_from(&title);
            context.send_viewport_cmd(ViewportCommand::Title(title));
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        let wish = view::show(ui, &mut self.model.borrow_mut());
        if let Some(wish) = wish
            && let Err(error) = self.grant(wish, ui.ctx())
        {
            self.model.borrow_mut().say(error.to_string());
        }
    }

    fn grant(&mut self, wish: Wish, context: &egui::Context) -> Result<(), Box<dyn Error>> {
        match wish {
            Wish::Start => self.start()?,
            Wish::Cancel => self.cancel()?,
            Wish::Browse(folder) => picker::read(&self.model, folder)?,
            Wish::Choose(folder) => {
                let mut model = self.model.borrow_mut();
                model.folder.choose(folder);
                model.picker = None;
            }
            Wish::Panic => trials::panic_in_a_task(&self.model)?,
            Wish::Flood => trials::flood(&self.model, &self.flood, self.home.clock())?,
            Wish::CloseWhileRunning => {
                if !self.model.borrow().stage.is_busy() {
                    self.start()?;
                }
                trials::flood(&self.model, &self.flood, self.home.clock())?;
                trials::panic_in_a_task(&self.model)?;
                context.send_viewport_cmd(ViewportCommand::Close);
            }
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), ConnectError> {
        let results = Emitter::new();
        let sink = Sink::Stream(Box::new(Results::new(results.clone())));
        self.start_with(&results, sink)
    }

    fn start_with(&mut self, results: &Emitter<Arc<str>>, sink: Sink) -> Result<(), ConnectError> {
        let folder = self.model.borrow().folder.path.clone();
        let source = || Source::paths(std::slice::from_ref(&folder), Vec::new(), self.follows_links);
        let order = Order {
            source: source(),
            to_count: Some(source()),
            jobs: self.jobs,
            sink,
            quiet: false,
        };
        let session = self.home.insert(Session::new(order, self.home.clock()));
        connect(&session, results, &self.model)?;
        self.model.borrow_mut().begin(self.jobs.get());
        session.borrow_mut().start(session.handle());
        self.left.extend(self.session.replace(session));
        self.left.retain(|session| !session.borrow().is_at_rest());
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), ConnectError> {
        let Some(session) = &self.session else { return Ok(()) };
        self.model.borrow_mut().stage = Stage::Cancelling;
        session.borrow_mut().cancel();
        let patience = Timer::single_shot(&self.home, PATIENCE);
        patience
            .timeout()
            .connect(&self.model, |model, _tick| model.say_held())?;
        patience
            .timeout()
            .connect(session, |session, _tick| session.give_up())?;
        patience.start();
        self.patience = Some(patience);
        Ok(())
    }

    /// Ends everything, and returns the exit code. The loop goes on meanwhile, without a window.
    fn end(mut self) -> i32 {
        if self.model.borrow().stage.is_busy()
            && let Err(error) = self.cancel().and_then(|()| self.wait_for_run())
        {
            terminal::say(&error.to_string());
        }
        let report = shutdown(GRACE);
        if let Stage::Over(summary) = &self.model.borrow().stage
            && summary.ending != Ending::Whole
        {
            terminal::say(&model::last_words(summary));
        }
        if report.is_clean() {
            return 0;
        }
        terminal::say(&report.to_string());
        // Dropping the session would wait for what does not stop.
        std::process::exit(1)
    }

    /// Lets a cancelled run come to its end, as long as that takes no longer than it may.
    fn wait_for_run(&self) -> Result<(), ConnectError> {
        let Some(session) = &self.session else { return Ok(()) };
        let patience = Timer::single_shot(&self.home, GRACE);
        let home = self.home.proxy();
        patience.timeout().connect_fn(move |_tick| home.quit_now())?;
        let home = self.home.proxy();
        session.borrow().finished.connect_fn(move |_summary| home.quit())?;
        patience.start();
        if self.model.borrow().stage.is_busy() {
            self.home.run();
        }
        Ok(())
    }
}

fn connect(session: &Owner<Session>, results: &Emitter<Arc<str>>, model: &Owner<Model>) -> Result<(), ConnectError> {
    let session = session.borrow();
    session
        .overview
        .with(Delivery::LATEST)
        .connect(model, Model::show_overview)?;
    session.workers.connect(model, Model::show_worker)?;
    session.troubles.connect(model, Model::show_trouble)?;
    session.finished.connect(model, Model::show_end)?;
    let waiting = Delivery::Bounded {
        capacity: WAITING_TEXTS,
        overflow: Overflow::Wait,
    };
    results.with(waiting).connect(model, Model::show_results)?;
    Ok(())
}
