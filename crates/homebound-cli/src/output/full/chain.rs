//! The way to a mistake: entry point, calls, the place.

use std::path::Path;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Message, Snippet};
use homebound_check::{Related, TextRange};

use super::renderer;
use super::window::Window;
use crate::output::place::shown_cell;
use crate::run::Sources;
use crate::terminal::Style;

/// Longer ways are told by their two ends.
const LONGEST: usize = 8;
/// Steps further apart in a file are shown apart.
const NEAR: u32 = 60;

/// The steps under their lines, numbered in order.
pub(super) fn group<'a>(sources: &'a Sources, here: &Path, related: &'a [Related]) -> Option<Group<'a>> {
    if related.is_empty() {
        return None;
    }
    let numbered: Vec<(usize, &Related)> = (1..).zip(related).collect();
    let title = Level::NOTE.secondary_title("how it comes to this:");
    let mut elements: Vec<Element<'a>> = Vec::new();
    if related.len() <= LONGEST {
        elements.extend(snippets(sources, here, &numbered).map(Element::from));
    } else {
        let (head, tail) = (&numbered[..LONGEST / 2], &numbered[related.len() - LONGEST / 2..]);
        elements.extend(snippets(sources, here, head).map(Element::from));
        elements.push(skipped(related.len() - LONGEST).into());
        elements.extend(snippets(sources, here, tail).map(Element::from));
    }
    Some(title.elements(elements))
}

/// The steps alone, for a listing of what runs where.
pub(crate) fn render(sources: &Sources, here: &Path, title: &str, related: &[Related], style: Style) -> String {
    let numbered: Vec<(usize, &Related)> = (1..).zip(related).collect();
    let group = Level::INFO.no_name().secondary_title(title.to_owned());
    renderer(style).render(&[group.elements(snippets(sources, here, &numbered))])
}

fn skipped<'a>(count: usize) -> Message<'a> {
    Level::NOTE.no_name().message(format!("… {count} more …"))
}

/// Steps that follow each other in one file share a snippet.
fn snippets<'a>(
    sources: &'a Sources,
    here: &Path,
    steps: &[(usize, &'a Related)],
) -> impl Iterator<Item = Snippet<'a, Annotation<'a>>> {
    let line = |related: &Related| sources.span(&related.path, related.range).start.0;
    let near =
        |a: &&(usize, &Related), b: &&(usize, &Related)| a.1.path == b.1.path && line(a.1).abs_diff(line(b.1)) <= NEAR;
    let groups: Vec<_> = steps
        .chunk_by(|a, b| near(&a, &b))
        .map(|group| snippet(sources, here, group))
        .collect();
    groups.into_iter()
}

fn snippet<'a>(sources: &'a Sources, here: &Path, steps: &[(usize, &'a Related)]) -> Snippet<'a, Annotation<'a>> {
    let path = &steps[0].1.path;
    let start = steps
        .iter()
        .map(|(_, related)| related.range.start)
        .min()
        .unwrap_or_default();
    let end = steps
        .iter()
        .map(|(_, related)| related.range.start)
        .max()
        .unwrap_or_default();
    let line = sources.span(path, TextRange::new(start, start)).start.0;
    let window = if steps.len() == 1 {
        Window::around(sources.text(path), line, steps[0].1.range, 0)
    } else {
        Window::whole(sources.text(path), line, TextRange::new(start, end))
    };
    let annotations = steps.iter().map(|(number, related)| {
        let label = format!(
            "{number}: {}",
            annotate_snippets::normalize_untrusted_str(&related.message)
        );
        AnnotationKind::Context.span(window.span(related.range)).label(label)
    });
    Snippet::source(window.text)
        .line_start(window.first_line)
        .path(shown_cell(path, here, sources.span(path, steps[0].1.range)))
        .annotations(annotations.collect::<Vec<_>>())
}
