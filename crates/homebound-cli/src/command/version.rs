//! `homebound version`.

use serde_json::json;

use super::print;
use crate::args::{ListArgs, ListFormat};
use crate::exit::Exit;
use crate::failure::Result;

pub(super) fn run(args: &ListArgs) -> Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    match args.output_format {
        ListFormat::Text => print(&format!("homebound {version}\n"))?,
        ListFormat::Json => print(&format!("{:#}\n", json!({ "version": version })))?,
    }
    Ok(Exit::Clean)
}
