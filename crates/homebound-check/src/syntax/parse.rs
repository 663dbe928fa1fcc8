//! The parser, called with care.

use super::lower::lower;
use super::nesting::too_deep;
use super::tree::Tree;
use crate::text::TextRange;
use ruff_python_ast::{PySourceType, token::TokenKind};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::Ranged;

/// The parser and the walk over its tree recurse: as deep as `nesting` lets them.
const STACK: usize = 512 << 20;

/// Runs `work` on threads with room for deep trees; `rayon`'s iterators inside use them.
pub(crate) fn deep_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .thread_name(|index| format!("check-{index}"))
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // The system refuses more threads; the caller's one must do.
        Err(_) => work(),
    }
}

/// The tree of a text, whatever is wrong with it; errors are in the tree.
pub(crate) fn parse(text: &str, stub: bool) -> Tree {
    if let Some(at) = too_deep(text) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let message = "nested too deeply to be read: break the expression up".to_owned();
        return Tree {
            errors: vec![(TextRange::new(at, at), message)],
            ..lower(&[], text)
        };
    }
    let parsed = parse_unchecked_source(text, if stub { PySourceType::Stub } else { PySourceType::Python });
    let mut tree = lower(&parsed.syntax().body, text);
    tree.comments = comments(&parsed);
    tree.errors = parsed
        .errors()
        .iter()
        .map(|error| (range(error.location), error.error.to_string()))
        .collect();
    tree
}

fn comments(parsed: &ruff_python_parser::Parsed<ruff_python_ast::ModModule>) -> Vec<TextRange> {
    let tokens = parsed.tokens().iter();
    tokens
        .filter(|token| token.kind() == TokenKind::Comment)
        .map(|token| range(token.range()))
        .collect()
}

pub(super) fn range(range: ruff_text_size::TextRange) -> TextRange {
    TextRange::new(range.start().to_u32(), range.end().to_u32())
}
