//! What a rule says, over a finding or over its name in a comment.

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Position};
use homebound_check::{ColumnUnit, Rule, TextRange, rule};

use super::checker::Judged;
use super::view::View;

pub(super) fn hover(judged: &Judged, view: &View<'_>, position: Position, unit: ColumnUnit) -> Option<Hover> {
    let at = view.offset(position, unit) as usize;
    let (rule, place) = in_comment(&judged.source.text, at).or_else(|| on_finding(judged, at))?;
    let contents = Contents::MarkupContent(MarkupContent {
        kind: MarkupKind::Markdown,
        value: rule.page(),
    });
    Some(Hover {
        contents,
        range: Some(view.range(place, unit)),
    })
}

fn on_finding(judged: &Judged, at: usize) -> Option<(&'static Rule, TextRange)> {
    let over = |range: TextRange| range.start as usize <= at && at <= range.end as usize;
    // Of several, the innermost is meant.
    let finding = judged
        .findings
        .iter()
        .filter(|finding| over(finding.range))
        .min_by_key(|finding| finding.range.len())?;
    Some((finding.rule, finding.range))
}

fn in_comment(text: &str, at: usize) -> Option<(&'static Rule, TextRange)> {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let start = text[line..at]
        .rfind(|c| !letter(c))
        .map_or(line, |before| line + before + 1);
    let start = text.ceil_char_boundary(start);
    let end = text[at..].find(|c| !letter(c)).map_or(text.len(), |after| at + after);
    let commented = text[line..start].contains('#');
    let rule = rule(&text[start..end]).filter(|_| commented)?;
    Some((
        rule,
        TextRange::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?),
    ))
}
