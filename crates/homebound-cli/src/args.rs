//! What is typed: the commands and their options. Nothing is read or done before this is parsed.

mod check;
mod flag;
mod habits;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};

pub(crate) use check::CheckArgs;
pub(crate) use flag::{OnOff, PatternRules};

/// Finds threading mistakes in PyQt and PySide code.
#[derive(Debug, Parser)]
#[command(
    name = "homebound",
    bin_name = "homebound",
    version,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files or folders and report what is wrong in them
    Check(Box<CheckArgs>),
    /// Explain a rule, or all of them
    #[command(group = clap::ArgGroup::new("which").args(["rule", "all"]).required(true))]
    Rule(RuleArgs),
    /// List the groups of rules and the prefixes that select them
    Linter(ListArgs),
    /// Print which function of a file runs on which thread, and why
    Threads(ThreadsArgs),
    /// List or describe the settings
    Config(ConfigArgs),
    /// Speak the language server protocol on stdin and stdout, for editors
    Server {
        /// Accepted for habit: there is no other way to speak
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print the version
    Version(ListArgs),
    /// Print completions for a shell
    GenerateShellCompletion {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
}

/// Options of every command.
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct Global {
    /// A configuration file, or one setting as `KEY = VALUE` in TOML, which counts more than any file (repeatable)
    #[arg(long, global = true, value_name = "FILE|SETTING", value_hint = ValueHint::FilePath, help_heading = "Global options")]
    pub(crate) config: Vec<String>,
    /// Ignore all configuration files
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) isolated: bool,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub(crate) color: ColorWhen,
    /// Print findings, and nothing else
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print nothing at all; the exit status still tells
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Global options"
    )]
    pub(crate) silent: bool,
    /// Say which settings, binding and files are used
    #[arg(short, long, global = true, conflicts_with_all = ["quiet", "silent"], help_heading = "Global options")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// Colour on terminals, unless the environment says otherwise
    #[default]
    Auto,
    /// Colour in any case
    Always,
    /// No colour
    Never,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RuleArgs {
    /// Code or name of the rule: HB101, ui-from-thread
    pub(crate) rule: Option<String>,
    /// Explain all rules
    #[arg(long, conflicts_with = "rule")]
    pub(crate) all: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: TextFormat,
}

/// Text for people, JSON for programs, Markdown for pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    #[value(alias = "pretty")]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    #[value(alias = "pretty")]
    Text,
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ThreadsArgs {
    /// The files to explain; the project around them is read along
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// The binding to assume: pyqt5, pyqt6, pyside2, pyside6, pyside6@6.8 or auto
    #[arg(long, value_name = "BINDING")]
    pub(crate) binding: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigArgs {
    /// The setting to describe
    pub(crate) key: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: TextFormat,
}
