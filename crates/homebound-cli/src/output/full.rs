//! Findings with their source: the line and a caret, how the program gets there, what to write instead.

mod chain;
mod window;

use std::io::{self, Write};

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use homebound_check::{Applicability, Diagnostic, Fix};

use super::Report;
use crate::failure::{Failure, Place};
use crate::terminal::Style;
use window::Window;

pub(crate) use chain::render as render_chain;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{}\n", render(report, finding, style))?;
    }
    Ok(())
}

fn render(report: &Report<'_>, finding: &Diagnostic, style: Style) -> String {
    let mark = if report.fix(finding).is_some() { " [*]" } else { "" };
    let label = format!("{}{mark} {}", finding.rule.code, finding.rule.name);
    let title = Level::ERROR.with_name(label).primary_title(&finding.message);
    let mut group = title.element(primary(report, finding));
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(annotate_snippets::normalize_untrusted_str(help)));
    }
    let mut groups = vec![group];
    groups.extend(chain::group(report.sources, report.here, &finding.related));
    groups.extend(finding.fix.as_ref().and_then(|fix| suggestion(report, finding, fix)));
    renderer(style).render(&groups)
}

fn renderer(style: Style) -> Renderer {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.term_width(style.width)
}

fn primary<'a>(report: &Report<'a>, finding: &Diagnostic) -> Snippet<'a, Annotation<'a>> {
    let line = report.span(finding).start.0;
    let window = Window::around(report.sources.text(&finding.path), line, finding.range, 2);
    let snippet = Snippet::source(window.text)
        .line_start(window.first_line)
        .path(report.shown(finding))
        .fold(false);
    snippet.annotation(AnnotationKind::Primary.span(window.span(finding.range)))
}

/// What a fix would write, as a difference.
fn suggestion<'a>(report: &Report<'a>, finding: &Diagnostic, fix: &'a Fix) -> Option<Group<'a>> {
    let first = fix.edits.iter().min_by_key(|edit| edit.range.start)?;
    let last = fix.edits.iter().max_by_key(|edit| edit.range.end)?;
    if fix.edits.iter().any(|edit| edit.path != finding.path) {
        return None;
    }
    let all = homebound_check::TextRange::new(first.range.start, last.range.end);
    let line = report.span_of(&first.path, first.range).start.0;
    let window = Window::whole(report.sources.text(&first.path), line, all);
    let patches = fix
        .edits
        .iter()
        .map(|edit| Patch::new(window.span(edit.range), edit.replacement.as_str()));
    let snippet = Snippet::source(window.text)
        .line_start(window.first_line)
        .path(report.shown(finding))
        .patches(patches);
    let trust = match fix.applicability {
        Applicability::Safe => "",
        Applicability::Unsafe => " (unsafe: look at it before you keep it)",
        Applicability::DisplayOnly => " (to be finished by hand)",
    };
    let title = format!("{}{trust}", annotate_snippets::normalize_untrusted_str(&fix.title));
    Some(Level::HELP.with_name("fix").secondary_title(title).element(snippet))
}

/// A failure as it is printed: what, the place with a caret, the way out.
pub(crate) fn explain_failure(failure: &Failure, style: Style) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(&failure.what));
    if let Some(place) = &failure.place {
        group = group.element(failure_snippet(place));
    }
    if let Some(help) = &failure.help {
        group = group.element(Level::HELP.message(annotate_snippets::normalize_untrusted_str(help)));
    }
    renderer(style).render(&[group])
}

fn failure_snippet(place: &Place) -> Snippet<'_, Annotation<'_>> {
    let end = place.span.end.min(place.text.len());
    let start = place.span.start.min(end);
    let snippet = Snippet::source(&*place.text).path(place.path.to_string_lossy());
    snippet.annotation(AnnotationKind::Primary.span(start..end))
}
