//! `homebound config`: the settings, from the table that the reader of files uses.

use std::fmt::Write;

use serde_json::json;

use super::print;
use crate::args::{ConfigArgs, TextFormat};
use crate::config::{SETTINGS, Setting, setting};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::nearest::nearest;

pub(super) fn run(args: &ConfigArgs) -> Result<Exit> {
    let chosen = match &args.key {
        Some(key) => vec![setting(key).ok_or_else(|| unknown(key))?],
        None => SETTINGS.iter().collect(),
    };
    let text = match args.output_format {
        TextFormat::Json => format!(
            "{:#}\n",
            json!(chosen.iter().map(|setting| as_json(setting)).collect::<Vec<_>>())
        ),
        TextFormat::Markdown => chosen
            .iter()
            .map(|setting| as_markdown(setting))
            .collect::<Vec<_>>()
            .join("\n"),
        TextFormat::Text if args.key.is_none() => lines(&chosen),
        TextFormat::Text => chosen.iter().map(|setting| as_text(setting)).collect(),
    };
    print(&text)?;
    Ok(Exit::Clean)
}

fn lines(chosen: &[&Setting]) -> String {
    let mut text = chosen.iter().map(|setting| setting.key).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn unknown(key: &str) -> Failure {
    let failure = Failure::new(format_args!("there is no setting `{key}`"));
    match nearest(key, SETTINGS.iter().map(|setting| setting.key)) {
        Some(near) => failure.help(format_args!("did you mean `{near}`?")),
        None => failure.help("`homebound config` lists the settings"),
    }
}

fn as_json(setting: &Setting) -> serde_json::Value {
    json!({
        "key": setting.key,
        "type": setting.kind.describe(),
        "default": setting.default,
        "example": setting.example,
        "doc": setting.doc,
    })
}

/// A section of the manual.
fn as_markdown(setting: &Setting) -> String {
    let mut text = format!("### `{}`\n\n{}\n\n", setting.key, setting.doc);
    let _ = writeln!(
        text,
        "- Value: {}\n- Default: {}\n\n```toml\n{}\n```",
        setting.kind.describe(),
        setting.default,
        setting.example
    );
    text
}

fn as_text(setting: &Setting) -> String {
    let Setting {
        key,
        kind,
        default,
        example,
        doc,
    } = setting;
    format!(
        "{key}\n\n{doc}\n\nValue:   {}\nDefault: {default}\nExample: {example}\n",
        kind.describe()
    )
}
