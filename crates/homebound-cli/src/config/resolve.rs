//! Settings as the rest of the program uses them: patterns compiled, rules chosen, gaps filled.

use std::path::{Path, PathBuf};

use homebound_check::{Binding, PerFileIgnores, RuleSet, Selectors, resolve_selection};

use super::options::Options;
use super::reference::{USUAL_EXCLUDES, USUAL_INCLUDES};
use super::value::parse_binding;
use crate::failure::{Failure, Result};
use crate::files::Patterns;
use crate::output::Format;

/// Which rules are used, and which of them may mend.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) select: RuleSet,
    pub(crate) per_file_ignores: PerFileIgnores,
    pub(crate) fixable: RuleSet,
}

/// The settings of one folder.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Where relative patterns start.
    pub(crate) folder: PathBuf,
    /// The file that the settings come from.
    pub(crate) file: Option<PathBuf>,
    /// `None`: to be found out.
    pub(crate) binding: Option<Binding>,
    pub(crate) rules: Rules,
    pub(crate) include: Patterns,
    pub(crate) exclude: Patterns,
    pub(crate) src: Vec<PathBuf>,
    pub(crate) options: Options,
}

impl Configuration {
    pub(crate) fn new(mut options: Options, folder: &Path, file: Option<PathBuf>) -> Result<Self> {
        check_version(options.required_version.as_deref())?;
        let include = options.include.take().unwrap_or_else(|| owned(USUAL_INCLUDES));
        let exclude = options.exclude.take().unwrap_or_else(|| owned(USUAL_EXCLUDES));
        let binding = options
            .binding
            .as_deref()
            .map_or(Ok(None), parse_binding)
            .map_err(Failure::new)?;
        options.include = Some(include.clone());
        options.exclude = Some(exclude.clone());
        Ok(Self {
            rules: Rules::new(&options, folder)?,
            include: Patterns::new(folder, include.iter().chain(&options.extend_include))?,
            exclude: Patterns::new(folder, exclude.iter().chain(&options.extend_exclude))?,
            src: options
                .src
                .clone()
                .unwrap_or_else(|| vec![folder.to_owned(), folder.join("src")]),
            folder: folder.to_owned(),
            binding,
            options,
            file,
        })
    }

    pub(crate) fn force_exclude(&self) -> bool {
        self.options.force_exclude.unwrap_or(false)
    }

    pub(crate) fn respect_gitignore(&self) -> bool {
        self.options.respect_gitignore.unwrap_or(true)
    }

    pub(crate) fn output_format(&self) -> Format {
        self.options.output_format.unwrap_or_default()
    }
}

impl Rules {
    fn new(options: &Options, folder: &Path) -> Result<Self> {
        let mut per_file_ignores = PerFileIgnores::default();
        let tables = options
            .per_file_ignores
            .iter()
            .chain([&options.extend_per_file_ignores]);
        for (pattern, rules) in tables.flatten() {
            per_file_ignores
                .add(folder, pattern, only(rules)?)
                .map_err(Failure::new)?;
        }
        let fixable = options.fixable.as_deref().map_or(Ok(RuleSet::all()), only)?;
        let (more, unfixable) = (only(&options.extend_fixable)?, only(&options.unfixable)?);
        let fixable = homebound_check::rules()
            .iter()
            .copied()
            .filter(|rule| (fixable.contains(rule) || more.contains(rule)) && !unfixable.contains(rule));
        Ok(Self {
            select: selected(options)?,
            per_file_ignores,
            fixable: fixable.collect(),
        })
    }
}

fn selected(options: &Options) -> Result<RuleSet> {
    let by_level = options.level.map(|level| {
        let set = RuleSet::up_to_level(level);
        homebound_check::rules()
            .iter()
            .filter(|rule| set.contains(rule))
            .map(|rule| rule.code.to_owned())
            .collect()
    });
    let selectors = Selectors {
        select: options.select.clone().or(by_level),
        extend_select: options.extend_select.clone(),
        ignore: options.ignore.clone(),
    };
    resolve_selection(&selectors).map_err(|error| unknown_rule(&error))
}

fn only(words: &[String]) -> Result<RuleSet> {
    let selectors = Selectors {
        select: Some(words.to_vec()),
        ..Selectors::default()
    };
    resolve_selection(&selectors).map_err(|error| unknown_rule(&error))
}

fn unknown_rule(error: &homebound_check::UnknownSelector) -> Failure {
    let failure = Failure::new(format_args!("`{}` names no rule", error.selector));
    match error.nearest {
        Some(near) => failure.help(format_args!("did you mean `{near}`?")),
        None => failure.help("`homebound rule --all` lists the rules, `homebound linter` the prefixes"),
    }
}

fn owned(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|&pattern| pattern.to_owned()).collect()
}

/// `0.1.0`, `==0.1.0`, `>=0.1,<0.3`.
fn check_version(required: Option<&str>) -> Result<()> {
    let Some(required) = required else { return Ok(()) };
    for part in required.split(',').map(str::trim) {
        let comparison = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim();
        let wanted = numbers(part.trim_start_matches(['<', '>', '=', '!', ' ']));
        let ours = numbers(env!("CARGO_PKG_VERSION"));
        let holds = match (comparison, wanted) {
            ("" | "==", Some(wanted)) => ours == Some(wanted),
            (">=", Some(wanted)) => ours >= Some(wanted),
            (">", Some(wanted)) => ours > Some(wanted),
            ("<=", Some(wanted)) => ours <= Some(wanted),
            ("<", Some(wanted)) => ours < Some(wanted),
            ("!=", Some(wanted)) => ours != Some(wanted),
            _ => {
                let failure = Failure::new(format_args!("`required-version`: `{part}` is no version"));
                return Err(failure.help("write it as `0.1.0`, `>=0.1` or `>=0.1,<0.3`"));
            }
        };
        if !holds {
            let failure = Failure::new(format_args!(
                "this project requires homebound {required}, and this is {}",
                env!("CARGO_PKG_VERSION")
            ));
            return Err(failure.help("install that version, or change `required-version`"));
        }
    }
    Ok(())
}

fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    for (index, part) in version.split('.').enumerate() {
        *numbers.get_mut(index)? = part.parse().ok()?;
    }
    Some(numbers)
}
