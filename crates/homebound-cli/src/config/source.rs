//! One file of settings, read with errors that name the line, the key and the way out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::options::Options;
use super::reference::{SETTINGS, setting};
use super::value::Wrong;
use crate::failure::{Failure, Place, Result};
use crate::nearest::nearest;

/// A text that holds settings: a file, or what was typed after `--config`.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    path: PathBuf,
    text: Arc<str>,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            Failure::new(format_args!("cannot read {}: {error}", path.display())).help("save it as UTF-8")
        })?;
        Ok(Self {
            path: path.to_owned(),
            text: text.into(),
        })
    }

    pub(crate) fn typed(text: &str) -> Self {
        Self {
            path: "--config".into(),
            text: text.into(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The settings in this file; none where a `pyproject.toml` has no `[tool.homebound]`.
    pub(crate) fn options(&self) -> Result<Option<Options>> {
        let table = DeTable::parse(&self.text).map_err(|error| self.not_toml(&error))?;
        if self.path.file_name().is_some_and(|name| name == "pyproject.toml") {
            let tool = table.get_ref().get("tool").and_then(|tool| tool.get_ref().as_table());
            return tool
                .and_then(|tool| tool.get("homebound"))
                .map(|value| self.section(value))
                .transpose();
        }
        let span = table.span();
        self.section(&Spanned::new(span, DeValue::Table(table.into_inner())))
            .map(Some)
    }

    fn section(&self, value: &Spanned<DeValue<'_>>) -> Result<Options> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(Failure::new("`tool.homebound` must be a table").at(self.place(value.span())));
        };
        // What is not known at all comes first: it explains the most.
        if let Some((key, _)) = table.iter().find(|(key, _)| setting(key.get_ref()).is_none()) {
            return Err(self.unknown(key.get_ref(), key.span()));
        }
        for (key, value) in table {
            let Some(setting) = setting(key.get_ref()) else {
                continue;
            };
            setting
                .kind
                .check(value)
                .map_err(|wrong| self.wrong(setting.key, setting.example, wrong))?;
        }
        let options = Options::deserialize(ValueDeserializer::from(value.clone()));
        options.map_err(|error| Failure::new(error.message()).at(self.place(error.span().unwrap_or_default())))
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place {
            path: self.path.clone(),
            text: Arc::clone(&self.text),
            span,
        }
    }

    fn not_toml(&self, error: &toml::de::Error) -> Failure {
        let failure = Failure::new(format_args!("this is no TOML: {}", error.message()));
        failure.at(self.place(error.span().unwrap_or_default()))
    }

    fn wrong(&self, key: &str, example: &str, wrong: Wrong) -> Failure {
        let failure = Failure::new(format_args!("`{key}`: {}", wrong.what)).at(self.place(wrong.span));
        failure.help(wrong.help.unwrap_or_else(|| format!("for example: {example}")))
    }

    fn unknown(&self, key: &str, span: std::ops::Range<usize>) -> Failure {
        let failure = Failure::new(format_args!("unknown setting `{key}`")).at(self.place(span));
        if key == "lint" {
            return failure.help("there is no table `lint` here: write its settings directly under [tool.homebound]");
        }
        match nearest(key, SETTINGS.iter().map(|setting| setting.key)) {
            Some(near) => failure.help(format_args!("did you mean `{near}`?")),
            None => failure.help("`homebound config` lists the settings"),
        }
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format_args!(
        "cannot read the configuration file {}: {error}",
        path.display()
    ));
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            failure.help("a single setting is written with its value: --config 'level = 0'")
        }
        _ => failure,
    }
}
