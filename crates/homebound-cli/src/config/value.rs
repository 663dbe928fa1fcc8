//! What a value in a configuration file may be, judged with its place in the file.

use std::ops::Range;

use globset::Glob;
use homebound_check::{Binding, Selectors, resolve_selection};
use toml::Spanned;
use toml::de::DeValue;

/// The kinds of values that settings have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Flag,
    Level,
    Text,
    Binding,
    Choice(&'static [&'static str]),
    Texts,
    Patterns,
    Selectors,
    PatternSelectors,
}

/// What is wrong with a value, where, and how to mend it.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) span: Range<usize>,
    pub(crate) what: String,
    pub(crate) help: Option<String>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Kind {
    /// The kind in the words of the manual.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Level => "0, 1 or 2".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Binding => "a binding: pyqt5, pyqt6, pyside2, pyside6, pyside6@6.8 or auto".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Texts => "a list of texts".to_owned(),
            Self::Patterns => "a list of file patterns".to_owned(),
            Self::Selectors => "a list of rules: codes, prefixes, names or ALL".to_owned(),
            Self::PatternSelectors => "a table from file patterns to lists of rules".to_owned(),
        }
    }

    pub(crate) fn check(self, value: &Value<'_>) -> Result<(), Wrong> {
        match self {
            Self::Flag => self.expect(value, value.get_ref().as_bool().is_some()),
            Self::Level => self.expect(value, is_level(value.get_ref())),
            Self::Text => self.text(value).map(drop),
            Self::Binding => self.text(value).and_then(|text| check_binding(value, text)),
            Self::Choice(words) => self.text(value).and_then(|text| check_choice(value, text, words)),
            Self::Texts => self.each(value, |_, _| Ok(())),
            Self::Patterns => self.each(value, |item, text| check_pattern(item.span(), text)),
            Self::Selectors => self.each(value, check_selector),
            Self::PatternSelectors => self.table(value),
        }
    }

    fn expect(self, value: &Value<'_>, right: bool) -> Result<(), Wrong> {
        if right {
            return Ok(());
        }
        let what = format!("this is {}, and must be {}", article(value.get_ref()), self.describe());
        Err(Wrong {
            span: value.span(),
            what,
            help: None,
        })
    }

    fn text<'a>(self, value: &'a Value<'_>) -> Result<&'a str, Wrong> {
        self.expect(value, value.get_ref().is_str())?;
        Ok(value.get_ref().as_str().unwrap_or_default())
    }

    fn each(self, value: &Value<'_>, check: impl Fn(&Value<'_>, &str) -> Result<(), Wrong>) -> Result<(), Wrong> {
        self.expect(value, value.get_ref().is_array())?;
        for item in value.get_ref().as_array().into_iter().flat_map(|array| array.iter()) {
            self.expect(item, item.get_ref().is_str())?;
            check(item, item.get_ref().as_str().unwrap_or_default())?;
        }
        Ok(())
    }

    fn table(self, value: &Value<'_>) -> Result<(), Wrong> {
        self.expect(value, value.get_ref().is_table())?;
        for (pattern, rules) in value.get_ref().as_table().into_iter().flat_map(|table| table.iter()) {
            check_pattern(pattern.span(), pattern.get_ref().trim_start_matches('!'))?;
            Self::Selectors.check(rules)?;
        }
        Ok(())
    }
}

fn is_level(value: &DeValue<'_>) -> bool {
    value
        .as_integer()
        .is_some_and(|number| matches!(number.as_str(), "0" | "1" | "2"))
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn check_binding(value: &Value<'_>, text: &str) -> Result<(), Wrong> {
    parse_binding(text).map(drop).map_err(|what| Wrong {
        span: value.span(),
        what,
        help: None,
    })
}

/// `None` stands for `auto`.
pub(crate) fn parse_binding(text: &str) -> Result<Option<Binding>, String> {
    if text.trim().eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: homebound_check::BindingError| error.to_string())
}

fn check_choice(value: &Value<'_>, text: &str, words: &[&'static str]) -> Result<(), Wrong> {
    if words.contains(&text) {
        return Ok(());
    }
    let help = crate::nearest::nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    Err(Wrong {
        span: value.span(),
        what: format!("`{text}` is none of {}", words.join(", ")),
        help,
    })
}

fn check_pattern(span: Range<usize>, text: &str) -> Result<(), Wrong> {
    let wrong = |error: &globset::Error| Wrong {
        span,
        what: format!("`{text}` is no pattern for files: {}", error.kind()),
        help: Some("patterns are globs: `build`, `*_pb2.py`, `docs/**`".to_owned()),
    };
    Glob::new(text).map(drop).map_err(|error| wrong(&error))
}

fn check_selector(item: &Value<'_>, text: &str) -> Result<(), Wrong> {
    let only = Selectors {
        select: Some(vec![text.to_owned()]),
        ..Selectors::default()
    };
    resolve_selection(&only).map(drop).map_err(|error| Wrong {
        span: item.span(),
        what: format!("`{text}` names no rule"),
        help: Some(error.nearest.map_or_else(
            || "`homebound rule --all` lists the rules, `homebound linter` the prefixes".to_owned(),
            |near| format!("did you mean `{near}`?"),
        )),
    })
}
