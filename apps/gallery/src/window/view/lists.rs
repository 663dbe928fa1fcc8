//! The lists. Only the lines that are in sight are laid out, however many there are.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, Color32, Label, Layout, RichText, ScrollArea, Sense, Ui, Vec2};
use indicatif::HumanCount;

use super::super::lines::Lines;
use super::super::model::{List, Model, Stage};
use super::measure;

const NO_RESULTS: &str = "No file has been read.";
const BEFORE_RESULTS: &str = "A line for each file will stand here: the beginning of its fingerprint, and its name.";
/// Letters of a fingerprint that are shown.
const SUM: usize = 12;
/// Messages that are in sight at once.
const MESSAGES: f32 = 4.0;

/// The results and the problems of the run, one of them at a time.
pub(super) fn results(ui: &mut Ui, model: &mut Model) {
    ui.horizontal(|ui| {
        let results = format!("Results  {}", HumanCount(model.results.len() as u64));
        ui.selectable_value(&mut model.list, List::Results, results);
        let mut problems = RichText::new(format!("Problems  {}", HumanCount(model.problems.len() as u64)));
        if !model.problems.is_empty() {
            problems = problems.color(ui.visuals().warn_fg_color);
        }
        ui.selectable_value(&mut model.list, List::Problems, problems);
    });
    ui.separator();
    let is_over = matches!(model.stage, Stage::Over(_));
    match model.list {
        List::Results if model.results.is_empty() => {
            ui.weak(if is_over { NO_RESULTS } else { BEFORE_RESULTS });
        }
        List::Problems if model.problems.is_empty() => {
            ui.weak("What cannot be read will be told here.");
        }
        List::Results => list(ui, "results", &model.results, |ui, text, room| {
            result(ui, text, &model.root, room)
        }),
        List::Problems => list(ui, "problems", &model.problems, plain),
    }
}

/// The messages, the last of them in sight.
pub(super) fn messages(ui: &mut Ui, messages: &Lines) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = measure::LINE * MESSAGES;
    ui.allocate_ui(Vec2::new(ui.available_width(), height), |ui| {
        ui.set_min_height(height);
        if messages.is_empty() {
            ui.weak("What happens will be told here.");
        } else {
            list(ui, "messages", messages, plain);
        }
    });
}

fn list(ui: &mut Ui, name: &str, lines: &Lines, paint: impl Fn(&Ui, &str, usize) -> LayoutJob) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink(false)
        .stick_to_bottom(true)
        .show_rows(ui, measure::LINE, lines.len(), |ui, range| {
            let room = measure::room(ui, ui.available_width());
            for number in range {
                let text = lines.line(number);
                let label = Label::new(paint(ui, text, room)).truncate().sense(Sense::click());
                let place = Vec2::new(ui.available_width(), measure::LINE);
                let line = ui.allocate_ui_with_layout(place, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_size(place);
                    ui.add(label)
                });
                let line = line.inner.on_hover_text(format!("{text}\n\nA click copies the line."));
                if line.clicked() {
                    ui.copy_text(text.to_owned());
                }
            }
        });
}

/// A line of the manifest: the beginning of the fingerprint, and the name below the folder of the run.
fn result(ui: &Ui, text: &str, folder: &str, room: usize) -> LayoutJob {
    let (sum, name) = text.split_once("  ").unwrap_or(("", text));
    let name = name.strip_prefix(folder).unwrap_or(name);
    let sum = sum.trim_start_matches('\\');
    let mut job = LayoutJob::default();
    let sum = format!("{}…  ", sum.get(..SUM).unwrap_or(sum));
    let name = measure::shorten(name, room.saturating_sub(sum.chars().count()));
    job.append(&sum, 0.0, letters(ui.visuals().weak_text_color()));
    job.append(&name, 0.0, letters(ui.visuals().text_color()));
    job
}

fn plain(ui: &Ui, text: &str, room: usize) -> LayoutJob {
    let mut job = LayoutJob::default();
    let text = measure::shorten(text, room);
    job.append(&text, 0.0, letters(ui.visuals().text_color()));
    job
}

fn letters(color: Color32) -> TextFormat {
    TextFormat::simple(measure::list_font(), color)
}
