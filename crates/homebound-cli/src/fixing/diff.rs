//! What would change, as `patch` reads it.

use std::path::Path;

use homebound_check::SourceKind;
use similar::{ChangeTag, TextDiff};

use super::Change;
use crate::terminal::Style;

/// A unified difference; paths count from `here`. Cells of notebooks are shown one by one.
pub(crate) fn diff(change: &Change, here: &Path, style: Style) -> String {
    let (before, after) = (&change.before, &change.after);
    let shown = before
        .path
        .strip_prefix(here)
        .unwrap_or(&before.path)
        .display()
        .to_string();
    if before.kind != SourceKind::Notebook {
        return unified(&shown, &before.text, &after.text, style);
    }
    let cells = before.cells().into_iter().zip(after.cells()).zip(1..);
    cells
        .filter(|((before, after), _)| before != after)
        .map(|((before, after), number)| unified(&format!("{shown}:cell {number}"), &before, &after, style))
        .collect()
}

fn unified(shown: &str, before: &str, after: &str, style: Style) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = format!(
        "{}\n{}\n",
        style.bold(format_args!("--- {shown}")),
        style.bold(format_args!("+++ {shown}"))
    );
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&style.mark(hunk.header().to_string().trim_end()));
        text.push('\n');
        for line in hunk.iter_changes() {
            text.push_str(&colored(line.tag(), line.value(), style));
            if line.missing_newline() {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

fn colored(tag: ChangeTag, line: &str, style: Style) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    let painted = match tag {
        ChangeTag::Equal => format!(" {body}"),
        ChangeTag::Insert => style.added(format_args!("+{body}")),
        ChangeTag::Delete => style.removed(format_args!("-{body}")),
    };
    painted + end
}
