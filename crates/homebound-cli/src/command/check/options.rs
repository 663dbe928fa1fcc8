//! The command line as settings that count more than any file.

use std::collections::BTreeMap;
use std::path::Path;

use crate::args::{CheckArgs, PatternRules};
use crate::config::Options;

pub(super) fn typed(args: &CheckArgs, here: &Path) -> Options {
    let mut options = Options {
        binding: args.binding.clone(),
        select: args.rules.select.clone(),
        extend_select: args.rules.extend_select.clone(),
        ignore: args.rules.ignore.clone(),
        level: args.rules.level,
        per_file_ignores: args.rules.per_file_ignores.as_deref().map(table),
        extend_per_file_ignores: table(&args.rules.extend_per_file_ignores),
        exclude: args.files.exclude.clone(),
        extend_exclude: args.files.extend_exclude.clone(),
        force_exclude: args.files.force_exclude(),
        respect_gitignore: args.files.respect_gitignore(),
        fix: args.fix.fix(),
        unsafe_fixes: args.fix.unsafe_fixes(),
        fix_only: args.fix.fix_only(),
        show_fixes: args.fix.show_fixes(),
        fixable: args.rules.fixable.clone(),
        extend_fixable: args.rules.extend_fixable.clone(),
        unfixable: args.rules.unfixable.clone(),
        baseline: args.baseline.clone(),
        output_format: args.output.output_format,
        ..Options::default()
    };
    options.anchor(here);
    options
}

fn table(list: &[PatternRules]) -> BTreeMap<String, Vec<String>> {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in list {
        table.entry(entry.pattern.clone()).or_default().push(entry.rule.clone());
    }
    table
}
