//! Draws the model, and says what the user wants.

mod lists;
mod measure;
mod parts;
mod picker;

use std::path::PathBuf;

use eframe::egui::{Align2, Button, CentralPanel, Color32, Context, Frame, Key, Margin, Panel, RichText, TextEdit, Ui};

use super::model::{Model, Stage};

/// What the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    Start,
    Cancel,
    Browse(PathBuf),
    Choose(PathBuf),
    Panic,
    Flood,
    CloseWhileRunning,
}

/// Sets what holds for the whole window.
pub(crate) fn set_style(context: &Context) {
    context.all_styles_mut(|style| {
        // Lines of words and buttons have the height of the buttons, so that the words stand in their middle.
        style.spacing.interact_size.y = measure::BUTTON.y;
        // Words in the background are still to be read.
        style.visuals.weak_text_color = Some(Color32::from_gray(if style.visuals.dark_mode { 150 } else { 95 }));
        style.visuals.override_text_color = Some(Color32::from_gray(if style.visuals.dark_mode { 215 } else { 30 }));
    });
}

const MARGIN: i8 = 14;
const BETWEEN: f32 = 10.0;

/// Draws all. At most one wish comes of a frame.
pub(crate) fn show(ui: &mut Ui, model: &mut Model) -> Option<Wish> {
    let mut wish = None;
    let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::same(MARGIN));
    Panel::top("run").frame(frame).show(ui, |ui| {
        wish = controls(ui, model);
        ui.add_space(BETWEEN);
        parts::progress(ui, model);
    });
    Panel::bottom("trials").frame(frame).show(ui, |ui| {
        wish = wish.take().or(trials(ui, model));
        ui.add_space(BETWEEN / 2.0);
        lists::messages(ui, &model.messages);
    });
    Panel::left("workers")
        .frame(frame)
        .resizable(true)
        .default_size(400.0)
        .size_range(280.0..=620.0)
        .show(ui, |ui| {
            parts::throughput(ui, model);
            parts::workers(ui, model);
        });
    let frame = Frame::central_panel(ui.style()).inner_margin(Margin::same(MARGIN));
    CentralPanel::default()
        .frame(frame)
        .show(ui, |ui| lists::results(ui, model));
    if model.picker.is_some() {
        wish = picker::show(ui.ctx(), model).or(wish);
    }
    wish.or_else(|| escape(ui.ctx(), model))
}

/// The Escape key cancels a run, as the button does.
fn escape(context: &Context, model: &Model) -> Option<Wish> {
    let pressed = model.stage.is_busy() && context.input(|input| input.key_pressed(Key::Escape));
    pressed.then_some(Wish::Cancel)
}

fn controls(ui: &mut Ui, model: &mut Model) -> Option<Wish> {
    let mut wish = None;
    let is_busy = model.stage.is_busy();
    ui.horizontal(|ui| {
        let label = ui.label("Folder");
        // The field comes first, for the eye and for the Tab key, and takes what the three buttons leave.
        let buttons = 3.0 * (measure::BUTTON.x + ui.spacing().item_spacing.x);
        let field = TextEdit::singleline(&mut model.folder.text)
            .hint_text("The folder whose files get fingerprints")
            .desired_width(ui.available_width() - buttons)
            .align(Align2::LEFT_CENTER)
            .min_size(measure::BUTTON);
        let field = ui.add_enabled(!is_busy, field).labelled_by(label.id);
        if field.changed() {
            model.folder.was_typed();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let browse = Button::new("Browse…").min_size(measure::BUTTON);
        if ui.add_enabled(!is_busy, browse).clicked() {
            wish = Some(Wish::Browse(model.folder.path.clone()));
        }
        wish = wish.take().or(run_buttons(ui, model));
        if entered && !model.folder.text.is_empty() {
            wish = Some(Wish::Start);
        }
    });
    wish
}

fn run_buttons(ui: &mut Ui, model: &Model) -> Option<Wish> {
    let start = Button::new(RichText::new("Start").strong()).min_size(measure::BUTTON);
    let start = ui
        .add_enabled(!model.stage.is_busy() && !model.folder.text.is_empty(), start)
        .on_hover_text("Fingerprints every file below the folder")
        .on_disabled_hover_text("Choose a folder first, or wait for the run to end");
    let cancel = Button::new("Cancel").min_size(measure::BUTTON);
    let cancel = ui
        .add_enabled(matches!(model.stage, Stage::Running), cancel)
        .on_hover_text("Stops the run at once, also within a large file (Esc)");
    if start.clicked() {
        Some(Wish::Start)
    } else {
        cancel.clicked().then_some(Wish::Cancel)
    }
}

fn trials(ui: &mut Ui, model: &Model) -> Option<Wish> {
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        ui.label("This window survives:");
        let panic = ui
            .add(Button::new("A panic in a task").min_size(measure::BUTTON))
            .on_hover_text("A task panics; the panic is caught and told below");
        let flood = Button::new("A flood of a million signals").min_size(measure::BUTTON);
        let flood = ui
            .add_enabled(model.flood.is_none(), flood)
            .on_hover_text("Two threads send as fast as they can; the frames go on");
        let close = ui
            .add(Button::new("Closing while all is running").min_size(measure::BUTTON))
            .on_hover_text("Starts a run, a flood and a panic, and closes the window at once");
        if panic.clicked() {
            wish = Some(Wish::Panic);
        } else if flood.clicked() {
            wish = Some(Wish::Flood);
        } else if close.clicked() {
            wish = Some(Wish::CloseWhileRunning);
        }
        parts::flood(ui, model);
    });
    wish
}
