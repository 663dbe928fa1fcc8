//! What would change, as `patch` reads it.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::Change;
use crate::terminal::Style;

/// A unified difference; paths count from `here`.
pub(crate) fn diff(change: &Change, here: &Path, style: Style) -> String {
    let shown = change
        .before
        .path
        .strip_prefix(here)
        .unwrap_or(&change.before.path)
        .display()
        .to_string();
    let diff = TextDiff::from_lines(&*change.before.text, &*change.after.text);
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
