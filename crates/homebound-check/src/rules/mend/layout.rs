//! Lines and indentation.

use crate::context::Context;
use crate::syntax::tree::{Expr, ExprKind, FuncId, StmtId};
use crate::text::TextRange;

const ENDS: [char; 2] = ['\n', '\r'];

/// The line that a byte is in, without its end.
pub(in crate::rules) fn line_of(text: &str, at: u32) -> TextRange {
    let (head, tail) = text.split_at(at as usize);
    let start = head.rfind(ENDS).map_or(0, |end| end + 1);
    let end = tail.find(ENDS).map_or(text.len(), |end| at as usize + end);
    range(start, end)
}

/// Where something can be written that shall stand behind the line of a byte.
pub(in crate::rules) fn after_line(text: &str, at: u32) -> TextRange {
    let end = line_of(text, at).end;
    TextRange::new(end, end)
}

/// A line with its end.
pub(in crate::rules) fn with_end(text: &str, line: TextRange) -> TextRange {
    let rest = &text[line.end as usize..];
    let end = if rest.starts_with("\r\n") {
        2
    } else {
        u32::from(!rest.is_empty())
    };
    TextRange::new(line.start, line.end + end)
}

/// The line behind a line, with nothing where there is none.
pub(in crate::rules) fn next_line(text: &str, line: TextRange) -> Option<TextRange> {
    let start = with_end(text, line).end;
    (start > line.end && (start as usize) < text.len()).then(|| line_of(text, start))
}

pub(super) fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(
        u32::try_from(start).unwrap_or(u32::MAX),
        u32::try_from(end).unwrap_or(u32::MAX),
    )
}

/// The spaces that a line begins with.
pub(super) fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The indentation of a function's own line, and that of what it consists of.
pub(super) fn indents(context: &Context<'_>, func: FuncId) -> Option<(String, String)> {
    let tree = context.tree();
    let outer = context.indent_at(tree.func(func).range.start)?;
    let first = tree.stmt(*tree.func(func).body.first()?).range.start;
    let inner = context.indent_at(first).filter(|inner| inner.len() > outer.len());
    let step = if outer.contains('\t') { "\t" } else { "    " };
    Some((
        outer.to_owned(),
        inner.map_or_else(|| format!("{outer}{step}"), str::to_owned),
    ))
}

/// Where a new method can stand behind a function: after its last line and the comments that belong to it.
pub(super) fn behind(context: &Context<'_>, func: FuncId) -> TextRange {
    let text = &context.file().source.text;
    let def = context.tree().func(func);
    let outer = context.indent_at(def.range.start).map_or(0, str::len);
    let mut line = line_of(text, def.range.end);
    while let Some(next) = next_line(text, line) {
        let words = next.slice(text);
        if !words.trim_start().starts_with('#') || indent_of(words).len() <= outer {
            break;
        }
        line = next;
    }
    TextRange::new(line.end, line.end)
}

/// A statement's lines with the blank ones that follow, where nothing else stands in them and the block has more.
pub(super) fn whole_lines(context: &Context<'_>, stmt: StmtId) -> Option<TextRange> {
    let (tree, text) = (context.tree(), &*context.file().source.text);
    let range = tree.stmt(stmt).range;
    context.indent_at(range.start)?;
    let start = line_of(text, range.start).start;
    let mut line = line_of(text, range.end);
    let rest = TextRange::new(range.end, line.end).slice(text).trim();
    let more = tree.block_of(stmt).len() > 1;
    if !more || !(rest.is_empty() || rest.starts_with('#')) {
        return None;
    }
    while let Some(next) = next_line(text, line) {
        line = next;
        if !next.slice(text).trim().is_empty() {
            return Some(TextRange::new(start, next.start));
        }
    }
    Some(TextRange::new(start, with_end(text, line).end))
}

/// A text with parts of it replaced; the parts are sorted and lie within.
pub(super) fn replaced(text: &str, whole: TextRange, parts: &[(TextRange, String)]) -> String {
    let (mut out, mut at) = (String::new(), whole.start);
    for (part, new) in parts {
        out.push_str(TextRange::new(at, part.start).slice(text));
        out.push_str(new);
        at = part.end;
    }
    out.push_str(TextRange::new(at, whole.end).slice(text));
    out
}

/// Lines with another indentation; those that do not have the old one stand in brackets, and stay.
pub(super) fn shifted(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match line.strip_prefix(from) {
            Some(rest) if number > 0 && !line.trim().is_empty() => {
                out.push_str(to);
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Each part behind a mark.
pub(super) fn prefixed(mark: &str, parts: &[impl AsRef<str>]) -> String {
    parts.iter().flat_map(|part| [mark, part.as_ref()]).collect()
}

/// Whether texts within a range go over several lines: spaces in them are their own.
pub(in crate::rules) fn has_long_texts(context: &Context<'_>, whole: TextRange, spared: Option<TextRange>) -> bool {
    let tree = context.tree();
    let long = |expr: &Expr| {
        let words = context.file().slice(expr.range);
        let kept =
            words.contains("\"\"\"") || words.contains("'''") || words.contains("\\\n") || words.contains("\\\r");
        let bytes = |kind: &ExprKind| matches!(kind, ExprKind::Arithmetic(parts) if parts.is_empty());
        let text = matches!(expr.kind, ExprKind::Str(_) | ExprKind::Format) || bytes(&expr.kind);
        text && kept && words.contains(ENDS)
    };
    let inside = tree.exprs.iter().filter(|expr| whole.contains(expr.range));
    inside.into_iter().any(|expr| Some(expr.range) != spared && long(expr))
}

/// The statement in a constructor that calls its base's, where it always does.
pub(in crate::rules) fn base_call(context: &Context<'_>, init: FuncId) -> Option<TextRange> {
    let tree = context.tree();
    let call = tree
        .calls_in(init)
        .find(|call| call.name == "__init__" && tree.is_statement(call.id))?;
    let stmt = tree.stmt(tree.stmt_of(call.id)?);
    stmt.parent.is_none().then_some(stmt.range)
}
