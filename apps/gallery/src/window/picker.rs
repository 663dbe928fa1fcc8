//! Reads folders for the choice of one, on the pool: a disk that sleeps, or a network that is gone, does not stop the window.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use homebound::{Outcome, Owner, ThreadPool};

use super::model::{Inside, Model, Picker};
use crate::digest::trouble::Reason;

/// Shows the folders in `folder`.
pub(crate) fn read(model: &Owner<Model>, folder: PathBuf) -> Result<(), Box<dyn Error>> {
    {
        let mut model = model.borrow_mut();
        let shows_hidden = model.picker.as_ref().is_some_and(|picker| picker.shows_hidden);
        model.picker = Some(Picker {
            folder: folder.clone(),
            inside: Inside::Reading,
            shows_hidden,
        });
    }
    let to_read = folder.clone();
    ThreadPool::global()
        .task(move |_cx| Ok(folders_in(&to_read)?))
        .name("folders")
        .on_outcome(model, move |model: &mut Model, outcome| {
            model.show_folders(&folder, inside(outcome));
        })
        .spawn()?
        .detach();
    Ok(())
}

fn inside(outcome: Outcome<Vec<OsString>>) -> Inside {
    match outcome {
        Outcome::Done(folders) => Inside::Folders(folders),
        Outcome::Failed(failure) => match failure.downcast_ref::<io::Error>() {
            Some(error) => Inside::Failed(Reason::system(error).to_string()),
            None => Inside::Failed(failure.to_string()),
        },
        other => Inside::Failed(format!("{other:?}")),
    }
}

/// The names of the folders in this one, links to folders among them, in their order.
fn folders_in(folder: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(folder)?;
    let mut names: Vec<OsString> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name())
        .collect();
    names.sort_by_cached_key(|name| (name.to_string_lossy().to_lowercase(), name.clone()));
    Ok(names)
}
