//! Draws the choice of a folder.

use std::ffi::OsStr;
use std::path::Path;

use eframe::egui::{Align, Button, Context, Id, Layout, Modal, RichText, ScrollArea, Ui, Vec2};

use super::super::model::{Inside, Model, Picker};
use super::{Wish, measure};

const SIZE: Vec2 = Vec2::new(520.0, 300.0);
/// A folder's line has the height of a button, for it is pressed.
const ROW: f32 = measure::BUTTON.y;

/// Shows the folders in a folder, over everything else.
pub(super) fn show(context: &Context, model: &mut Model) -> Option<Wish> {
    let picker = model.picker.as_mut()?;
    let shown = Modal::new(Id::unique("picker")).show(context, |ui| {
        ui.set_width(SIZE.x);
        ui.heading("Choose a folder");
        ui.add_space(super::BETWEEN / 2.0);
        let mut wish = place(ui, picker);
        ui.separator();
        ui.allocate_ui(SIZE, |ui| {
            ui.set_min_size(SIZE);
            wish = folders(ui, picker).or(wish.take());
        });
        ui.separator();
        let (closes, chosen) = buttons(ui, picker);
        (chosen.or(wish), closes)
    });
    let leaves = shown.should_close();
    let (wish, closes) = shown.inner;
    if closes || leaves {
        model.picker = None;
        return None;
    }
    wish
}

/// The folder that is shown, and the way up.
fn place(ui: &mut Ui, picker: &Picker) -> Option<Wish> {
    let parent = picker.folder.parent();
    ui.horizontal(|ui| {
        let up = ui
            .add_enabled(parent.is_some(), Button::new("Up").min_size(Vec2::new(48.0, 24.0)))
            .on_hover_text("To the folder that this one is in");
        let text = picker.folder.to_string_lossy();
        let short = measure::shorten(&text, measure::room(ui, ui.available_width()));
        ui.label(RichText::new(short).font(measure::list_font()))
            .on_hover_text(&*text);
        let above = parent.filter(|_| up.clicked());
        above.map(|folder| Wish::Browse(folder.to_owned()))
    })
    .inner
}

fn folders(ui: &mut Ui, picker: &Picker) -> Option<Wish> {
    let names = match &picker.inside {
        Inside::Reading => {
            ui.weak("Reading…");
            return None;
        }
        Inside::Failed(why) => {
            ui.colored_label(ui.visuals().error_fg_color, why);
            return None;
        }
        Inside::Folders(names) => names,
    };
    let shown: Vec<&OsStr> = names
        .iter()
        .map(|name| &**name)
        .filter(|name| picker.shows_hidden || !is_hidden(name))
        .collect();
    if shown.is_empty() {
        ui.weak("There is no folder in here.");
        return None;
    }
    let mut wish = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt(&picker.folder)
        .auto_shrink(false)
        .show_rows(ui, ROW, shown.len(), |ui, range| {
            for name in shown.get(range).unwrap_or_default() {
                if row(ui, name) {
                    wish = Some(Wish::Browse(picker.folder.join(name)));
                }
            }
        });
    wish
}

/// A folder to go into. Returns whether somebody does.
fn row(ui: &mut Ui, name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let short = measure::shorten(&text, measure::room(ui, ui.available_width() - 24.0));
    let button = Button::new(RichText::new(short).font(measure::list_font()))
        .frame(false)
        .truncate()
        .min_size(Vec2::new(ui.available_width(), ROW));
    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| ui.add(button))
        .inner
        .clicked()
}

fn is_hidden(name: &OsStr) -> bool {
    Path::new(name).to_string_lossy().starts_with('.')
}

/// Whether it is to be closed, and what was chosen.
fn buttons(ui: &mut Ui, picker: &mut Picker) -> (bool, Option<Wish>) {
    ui.horizontal(|ui| {
        ui.checkbox(&mut picker.shows_hidden, "Hidden folders");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_there = matches!(picker.inside, Inside::Folders(_));
            let choose = Button::new(RichText::new("Choose this folder").strong()).min_size(measure::BUTTON);
            let chosen = ui.add_enabled(is_there, choose).clicked();
            let closes = ui.add(Button::new("Back").min_size(measure::BUTTON)).clicked();
            (closes, chosen.then(|| Wish::Choose(picker.folder.clone())))
        })
        .inner
    })
    .inner
}
