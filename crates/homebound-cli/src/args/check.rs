//! The options of `homebound check`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};

use super::habits::Habits;
use super::{OnOff, PatternRules};
use crate::output::Format;

#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Debug, Default, Clone, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Files or folders to check, or `-` for stdin [default: .]
    #[arg(value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// The name of the file that stdin holds
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// The binding to assume: pyqt5, pyqt6, pyside2, pyside6, pyside6@6.8 or auto
    #[arg(long, value_name = "BINDING")]
    pub(crate) binding: Option<String>,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    #[command(flatten)]
    pub(crate) files: FileSelection,
    #[command(flatten)]
    pub(crate) fix: FixArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    habits: Habits,
    /// Leave out the findings that this file knows, and tell which of its entries are stale
    #[arg(help_heading = "Known findings", long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write all present findings into the baseline; reasons that it has are kept
    #[arg(help_heading = "Known findings", long)]
    pub(crate) write_baseline: bool,
    /// Add a comment to every line with a finding, so that it is not reported again
    #[arg(help_heading = "Known findings", long, alias = "add-noqa", value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "",
        conflicts_with_all = ["fix", "fix_only", "diff", "watch", "write_baseline"])]
    pub(crate) add_ignore: Option<String>,
    /// Print the files that would be checked
    #[arg(help_heading = "Miscellaneous", long, conflicts_with_all = ["show_settings", "watch"])]
    pub(crate) show_files: bool,
    /// Print the settings for the first file
    #[arg(help_heading = "Miscellaneous", long, conflicts_with = "watch")]
    pub(crate) show_settings: bool,
    /// Check again whenever a file changes
    #[arg(help_heading = "Miscellaneous", short, long)]
    pub(crate) watch: bool,
    /// Accepted for habit: there is no cache
    #[arg(short, long, hide = true)]
    pub(crate) no_cache: bool,
    /// Answer with 0 even if something was found
    #[arg(help_heading = "Miscellaneous", short, long)]
    pub(crate) exit_zero: bool,
    /// Answer with 1 if a fix changed something, even if nothing is left
    #[arg(help_heading = "Miscellaneous", long)]
    pub(crate) exit_non_zero_on_fix: bool,
}

impl CheckArgs {
    /// What to check. Without a path it is the present folder, or stdin where that has a name.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        match (self.paths.as_slice(), &self.stdin_filename) {
            ([], Some(_)) => vec!["-".into()],
            ([], None) => vec![".".into()],
            (paths, _) => paths.to_vec(),
        }
    }
}

#[derive(Debug, Default, Clone, ClapArgs)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleSelection {
    /// Codes, prefixes or names of the rules to use, separated by commas, or ALL
    #[arg(long, value_name = "RULE", value_delimiter = ',', num_args = 1)]
    pub(crate) select: Option<Vec<String>>,
    /// Rules not to use
    #[arg(long, alias = "extend-ignore", value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Rules to use besides those that are selected
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) extend_select: Vec<String>,
    /// Rules not to use for files that match a pattern
    #[arg(long, value_name = "PATTERN:RULE", value_delimiter = ',')]
    pub(crate) per_file_ignores: Option<Vec<PatternRules>>,
    /// The same, on top of what the configuration says
    #[arg(long, value_name = "PATTERN:RULE", value_delimiter = ',')]
    pub(crate) extend_per_file_ignores: Vec<PatternRules>,
    /// Use the rules up to a level: 0 cannot be wrong, 1 seldom is, 2 wants your judgement
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) level: Option<u8>,
    /// Report what comments suppress, too
    #[arg(long)]
    pub(crate) ignore_noqa: bool,
    /// Rules whose fixes may be applied
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) fixable: Option<Vec<String>>,
    /// Rules whose fixes may be applied besides those
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) extend_fixable: Vec<String>,
    /// Rules whose fixes may not be applied
    #[arg(long, alias = "extend-unfixable", value_name = "RULE", value_delimiter = ',')]
    pub(crate) unfixable: Vec<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Debug, Default, Clone, ClapArgs)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileSelection {
    /// Patterns of files and folders to leave out, in place of the usual ones
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) exclude: Option<Vec<String>>,
    /// Patterns to leave out besides those
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) extend_exclude: Vec<String>,
    /// Leave out what git ignores, as is done unless said otherwise
    #[arg(long, overrides_with = "no_respect_gitignore")]
    respect_gitignore: bool,
    /// Check what git ignores, too
    #[arg(long, overrides_with = "respect_gitignore")]
    no_respect_gitignore: bool,
    /// Leave out excluded files even if they are named on the command line
    #[arg(long, overrides_with = "no_force_exclude")]
    force_exclude: bool,
    #[arg(long, overrides_with = "force_exclude", hide = true)]
    no_force_exclude: bool,
    /// Look at the given files alone: do not read the rest of their project along
    #[arg(long)]
    pub(crate) no_project: bool,
}

impl FileSelection {
    pub(crate) fn respect_gitignore(&self) -> Option<bool> {
        OnOff::of(self.respect_gitignore, self.no_respect_gitignore)
    }

    pub(crate) fn force_exclude(&self) -> Option<bool> {
        OnOff::of(self.force_exclude, self.no_force_exclude)
    }
}

#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Debug, Default, Clone, ClapArgs)]
#[command(next_help_heading = "Fixes")]
pub(crate) struct FixArgs {
    /// Apply the safe fixes
    #[arg(long, overrides_with = "no_fix")]
    fix: bool,
    #[arg(long, overrides_with = "fix", hide = true)]
    no_fix: bool,
    /// Count unsafe fixes among those to apply
    #[arg(long, overrides_with = "no_unsafe_fixes")]
    unsafe_fixes: bool,
    #[arg(long, overrides_with = "unsafe_fixes", hide = true)]
    no_unsafe_fixes: bool,
    /// List what was fixed
    #[arg(long, overrides_with = "no_show_fixes")]
    show_fixes: bool,
    #[arg(long, overrides_with = "show_fixes", hide = true)]
    no_show_fixes: bool,
    /// Apply fixes, and say nothing of what is left
    #[arg(long, overrides_with = "no_fix_only")]
    fix_only: bool,
    #[arg(long, overrides_with = "fix_only", hide = true)]
    no_fix_only: bool,
    /// Print what the fixes would change, and change nothing
    #[arg(long, conflicts_with = "show_files")]
    pub(crate) diff: bool,
}

impl FixArgs {
    pub(crate) fn fix(&self) -> Option<bool> {
        OnOff::of(self.fix, self.no_fix)
    }

    pub(crate) fn unsafe_fixes(&self) -> Option<bool> {
        OnOff::of(self.unsafe_fixes, self.no_unsafe_fixes)
    }

    pub(crate) fn show_fixes(&self) -> Option<bool> {
        OnOff::of(self.show_fixes, self.no_show_fixes)
    }

    pub(crate) fn fix_only(&self) -> Option<bool> {
        OnOff::of(self.fix_only, self.no_fix_only)
    }
}

#[derive(Debug, Default, Clone, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How findings are printed; full if nothing is said
    #[arg(long, value_name = "FORMAT", env = "HOMEBOUND_OUTPUT_FORMAT")]
    pub(crate) output_format: Option<Format>,
    /// Where findings are printed; stdout if nothing is said
    #[arg(short, long, value_name = "FILE", env = "HOMEBOUND_OUTPUT_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output_file: Option<PathBuf>,
    /// Count the findings of each rule instead of printing them
    #[arg(long)]
    pub(crate) statistics: bool,
}
