//! How many findings each rule has.

use std::collections::BTreeMap;
use std::io::{self, Write};

use homebound_check::Rule;
use serde_json::json;

use super::{Format, Report};
use crate::terminal::Style;

#[derive(Default)]
struct Count {
    all: usize,
    fixable: usize,
}

pub(crate) fn statistics(report: &Report<'_>, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, (&Rule, Count)> = BTreeMap::new();
    for finding in &report.findings {
        let (_, count) = counts
            .entry(finding.rule.code)
            .or_insert((finding.rule, Count::default()));
        count.all += 1;
        count.fixable += usize::from(report.fix(finding).is_some());
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.all));
    if matches!(format, Format::Json | Format::JsonLines) {
        return as_json(&counts, out);
    }
    as_text(&counts, style, out)
}

fn as_text(counts: &[(&Rule, Count)], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let width = counts.first().map_or(0, |(_, count)| count.all.to_string().len());
    let any = counts.iter().any(|(_, count)| count.fixable > 0);
    for (rule, count) in counts {
        let mark = match (any, count.fixable) {
            (false, _) => String::new(),
            (true, 0) => "[ ] ".to_owned(),
            (true, fixable) if fixable == count.all => format!("[{}] ", style.mark("*")),
            (true, _) => format!("[{}] ", style.mark("-")),
        };
        writeln!(
            out,
            "{:>width$}\t{}\t{mark}{}",
            style.bold(count.all),
            style.code(rule.code),
            rule.name
        )?;
    }
    Ok(())
}

fn as_json(counts: &[(&Rule, Count)], out: &mut dyn Write) -> io::Result<()> {
    let rows = counts.iter().map(|(rule, count)| {
        json!({
            "code": rule.code,
            "name": rule.name,
            "count": count.all,
            "fixable": count.fixable > 0,
            "fixable_count": count.fixable,
        })
    });
    serde_json::to_writer_pretty(&mut *out, &rows.collect::<Vec<_>>())?;
    writeln!(out)
}
