//! The parts that show how the run goes: bar, throughput, workers.

use eframe::egui::{Color32, ProgressBar, RichText, ScrollArea, Ui, Vec2, Vec2b};
use egui_plot::{Line, Plot, PlotPoints};
use homebound::ProgressEvent;
use indicatif::HumanCount;

use super::super::model::{Model, Stage, last_words};
use super::measure;
use crate::digest::view::{Ending, Overview};
use crate::words::{bytes, files, speed, time, total};

const MIB: f64 = 1024.0 * 1024.0;
/// The roundness of the bars.
const CORNER: u8 = 3;
/// The height of the plot.
const PLOT: f32 = 150.0;
/// A worker's line, and the bar at its beginning.
const WORKER: f32 = 20.0;
const WORKER_BAR: f32 = 72.0;
/// The width of a worker's number.
const NUMBER: f32 = 28.0;

/// The bar of the whole run, and a line that says it in words.
pub(super) fn progress(ui: &mut Ui, model: &Model) {
    let headline = model.headline().unwrap_or_default();
    ui.add(
        bar(model.fraction())
            .desired_height(20.0)
            .text(RichText::new(headline).strong()),
    );
    let (words, color) = match &model.stage {
        Stage::Resting => ("Nothing has been read yet.".to_owned(), ui.visuals().weak_text_color()),
        Stage::Running | Stage::Cancelling => (run_in_words(&model.overview), ui.visuals().text_color()),
        Stage::Over(summary) => {
            let is_well = summary.ending == Ending::Whole && summary.unread + summary.mismatched == 0;
            let color = if is_well {
                ui.visuals().text_color()
            } else {
                ui.visuals().warn_fg_color
            };
            (last_words(summary), color)
        }
    };
    ui.add_space(4.0);
    ui.label(RichText::new(words).color(color));
}

fn run_in_words(view: &Overview) -> String {
    let all = view.total_files.max(view.files);
    let least = if view.is_counted { "" } else { "at least " };
    format!(
        "{} of {least}{}  ·  {} of {}  ·  {}",
        HumanCount(view.files),
        files(all),
        bytes(view.bytes),
        total(view),
        speed(view)
    )
}

/// A bar that shows small parts as such: by default its ends are so round that nothing looks like a dot.
fn bar(fraction: f32) -> ProgressBar {
    let bar = ProgressBar::new(fraction).corner_radius(CORNER);
    if fraction == 0.0 {
        bar.fill(Color32::TRANSPARENT)
    } else {
        bar
    }
}

/// How the flood goes, while there is one.
#[expect(clippy::cast_precision_loss, reason = "a part of a bar")]
pub(super) fn flood(ui: &mut Ui, model: &Model) {
    if let Some(flood) = &model.flood {
        let fraction = flood.arrived as f32 / flood.total.max(1) as f32;
        ui.add(
            bar(fraction)
                .desired_width(140.0)
                .text(HumanCount(flood.arrived).to_string()),
        );
    }
}

/// Bytes in a second over the whole run.
pub(super) fn throughput(ui: &mut Ui, model: &Model) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Throughput").strong());
        ui.weak(match &model.stage {
            Stage::Resting => "MiB/s".to_owned(),
            Stage::Over(summary) => format!("MiB/s, over {}", time(summary.took)),
            _ => format!("MiB/s, over {}", time(model.overview.took)),
        });
    });
    let color = ui.visuals().hyperlink_color;
    let points = model.rates.points().iter().map(|[second, rate]| [*second, rate / MIB]);
    let most = points.clone().map(|point| point[1]).fold(1.0, f64::max);
    let seconds = points.clone().next_back().map_or(10.0, |point| point[0].max(10.0));
    Plot::new("throughput")
        .height(PLOT)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_grid(Vec2b::new(false, true))
        .show_x(false)
        .show_y(false)
        .set_margin_fraction(Vec2::new(0.0, 0.08))
        .include_x(0.0)
        .include_x(seconds)
        .include_y(0.0)
        .include_y(most)
        .y_axis_min_width(40.0)
        .show_axes(Vec2b::new(false, true))
        .label_formatter(|_position| None)
        .show(ui, |plot| {
            plot.line(
                Line::new("MiB/s", points.collect::<PlotPoints<'_>>())
                    .color(color)
                    .width(1.5),
            );
        });
}

/// A line for each worker: its number, how far it is, what it reads.
pub(super) fn workers(ui: &mut Ui, model: &Model) {
    ui.add_space(super::BETWEEN);
    let busy = model.workers.iter().flatten().count();
    ui.horizontal(|ui| {
        ui.label(RichText::new("Workers").strong());
        if !model.workers.is_empty() {
            ui.weak(format!("{busy} of {} busy", model.workers.len()));
        }
    });
    if model.workers.is_empty() {
        ui.weak("They show here which file each of them reads.");
        return;
    }
    ScrollArea::vertical().id_salt("workers").auto_shrink(false).show_rows(
        ui,
        WORKER,
        model.workers.len(),
        |ui, range| {
            for number in range {
                worker(ui, number, model.workers.get(number).and_then(Option::as_ref));
            }
        },
    );
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a bar")]
fn worker(ui: &mut Ui, number: usize, event: Option<&ProgressEvent>) {
    ui.horizontal(|ui| {
        ui.set_height(WORKER);
        ui.allocate_ui(Vec2::new(NUMBER, WORKER), |ui| {
            ui.set_min_width(NUMBER);
            ui.weak((number + 1).to_string());
        });
        let fraction = event.and_then(|event| event.fraction).unwrap_or_default() as f32;
        ui.add(bar(fraction).desired_width(WORKER_BAR).desired_height(8.0));
        let Some(event) = event else {
            ui.weak("idle");
            return;
        };
        let path = event.message.as_deref().unwrap_or_default();
        let short = measure::shorten(path, measure::room(ui, ui.available_width()));
        let label = eframe::egui::Label::new(RichText::new(short).font(measure::list_font())).truncate();
        ui.add(label).on_hover_text(path);
    });
}
