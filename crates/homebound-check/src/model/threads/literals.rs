//! What a function's parameters are on one thread, where all calls there say the same.

use crate::model::code::Call;
use crate::model::infer::Infer;
use crate::model::types::{ExprRef, FuncRef, Ty};
use crate::syntax::tree::{Branch, ExprId, ExprKind, Func, Name, Param, ParamKind, Source, StmtId, StmtKind};
use crate::text::TextRange;

/// Parameters with the text of the literal that they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Literals(Vec<(Name, Box<str>)>);

impl Literals {
    /// What a call gives a function for certain.
    pub(super) fn of(infer: &Infer<'_>, target: FuncRef, site: ExprRef) -> Self {
        let tree = infer.project.tree(site.file);
        let Some(call) = tree.call(site.expr) else {
            return Self::default();
        };
        let starred = |arg: &ExprId| matches!(tree.kind(*arg), ExprKind::Starred(_));
        if call.args.iter().any(starred) || call.keywords.iter().any(|(name, _)| name.is_none()) {
            return Self::default();
        }
        let Some(skipped) = skipped(infer, target, site.beside(call.callee)) else {
            return Self::default();
        };
        let params = infer.project.func(target).params.iter().enumerate().skip(skipped);
        let given = params.filter_map(|(index, param)| {
            let text = given(infer, target, site, &call, param, index - skipped)?;
            Some((param.name.clone(), text))
        });
        Self(given.collect())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What holds of both.
    pub(super) fn meet(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|one| other.0.contains(one)).cloned().collect())
    }

    /// Whether a place of a function is never come to.
    pub(super) fn exclude(&self, infer: &Infer<'_>, place: ExprRef) -> bool {
        if self.is_empty() {
            return false;
        }
        let tree = infer.project.tree(place.file);
        let outer = |stmt: StmtId| std::iter::once(stmt).chain(tree.around(stmt).map(|(outer, _)| outer));
        let Some(stmt) = tree.stmt_of(place.expr) else {
            return false;
        };
        let excluded = |(around, branch): (StmtId, Branch)| match branch {
            Branch::Body => self.test(infer, place, around) == Some(false),
            Branch::Else => self.test(infer, place, around) == Some(true),
            _ => false,
        };
        tree.around(stmt).any(excluded) || outer(stmt).any(|stmt| self.left_before(infer, place, stmt))
    }

    /// Whether an earlier statement beside this one leaves the function.
    fn left_before(&self, infer: &Infer<'_>, place: ExprRef, stmt: StmtId) -> bool {
        let tree = infer.project.tree(place.file);
        let earlier = tree.block_of(stmt).iter().take_while(|other| **other != stmt);
        earlier.copied().any(|other| {
            let StmtKind::If { body, .. } = &tree.stmt(other).kind else {
                return false;
            };
            let leaves = |last: &StmtId| matches!(tree.stmt(*last).kind, StmtKind::Return | StmtKind::Raise);
            body.last().is_some_and(leaves) && self.test(infer, place, other) == Some(true)
        })
    }

    /// What the test of an `if` comes to.
    fn test(&self, infer: &Infer<'_>, place: ExprRef, stmt: StmtId) -> Option<bool> {
        let condition = condition(infer, place, stmt).filter(|condition| !condition.contains(" or "))?;
        let parts = condition.split(" and ").map(|part| self.part(infer, place, part));
        let parts: Vec<Option<bool>> = parts.collect();
        if parts.contains(&Some(false)) {
            return Some(false);
        }
        parts.iter().all(|part| *part == Some(true)).then_some(true)
    }

    /// `single`, `not single`, `single is None`, `single == 1`.
    fn part(&self, infer: &Infer<'_>, place: ExprRef, part: &str) -> Option<bool> {
        let part = part.trim();
        if let Some(rest) = part.strip_prefix("not ") {
            return self.part(infer, place, rest).map(|value| !value);
        }
        for (between, same) in [(" is not ", false), (" is ", true), (" == ", true), (" != ", false)] {
            if let Some((name, literal)) = part.split_once(between) {
                return Some((self.value(infer, place, name)? == &*plain(literal)?) == same);
            }
        }
        self.value(infer, place, part)
            .map(|value| !matches!(value, "None" | "False" | "0" | "\"\""))
    }

    /// The literal that a name is, where the function binds it to nothing else.
    fn value(&self, infer: &Infer<'_>, place: ExprRef, name: &str) -> Option<&str> {
        let tree = infer.project.tree(place.file);
        let bound = tree.func(tree.expr(place.expr).func).bindings.get(name)?;
        let (_, text) = self.0.iter().find(|(param, _)| param == name)?;
        matches!(bound.as_slice(), [one] if matches!(one.source, Source::Param(_))).then_some(text)
    }
}

/// What stands between `if` and the colon.
fn condition(infer: &Infer<'_>, place: ExprRef, stmt: StmtId) -> Option<String> {
    let tree = infer.project.tree(place.file);
    let StmtKind::If { body, .. } = &tree.stmt(stmt).kind else {
        return None;
    };
    let start = tree.stmt(stmt).range.start;
    let before_body = TextRange::new(start, tree.stmt(*body.first()?).range.start);
    let head = infer.project.file(place.file).slice(before_body);
    let words: Vec<&str> = head[..head.find(':')?].split_whitespace().collect();
    let line = words.join(" ");
    Some(line.trim_start_matches("el").strip_prefix("if ")?.to_owned())
}

/// How many parameters the call does not give: the object's.
fn skipped(infer: &Infer<'_>, target: FuncRef, callee: ExprRef) -> Option<usize> {
    let def: &Func = infer.project.func(target);
    let tree = infer.project.tree(target.file);
    if def.class.is_none() {
        return Some(0);
    }
    let decorated = |name: &str| {
        let mut names = def.decorators.iter().filter_map(|decorator| tree.last_name(*decorator));
        names.any(|decorator| decorator == name)
    };
    let types = infer.expr(callee);
    let unbound = types
        .list
        .iter()
        .any(|ty| matches!(ty, Ty::Func(func) if *func == target));
    match (decorated("staticmethod"), unbound) {
        (true, _) => Some(0),
        (false, true) => None,
        (false, false) => Some(1),
    }
}

/// The literal that a call gives a parameter: an argument, or else the default.
fn given(
    infer: &Infer<'_>,
    target: FuncRef,
    site: ExprRef,
    call: &Call<'_>,
    param: &Param,
    index: usize,
) -> Option<Box<str>> {
    let by_place = (param.kind == ParamKind::Positional)
        .then(|| call.args.get(index).copied())
        .flatten();
    match by_place.or_else(|| call.keyword(&param.name)) {
        Some(argument) => literal(infer, site.beside(argument)),
        None => literal(infer, ExprRef::new(target.file, param.default?)),
    }
}

fn literal(infer: &Infer<'_>, expr: ExprRef) -> Option<Box<str>> {
    match infer.project.kind(expr) {
        ExprKind::None | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Str(_) => {
            let range = infer.project.tree(expr.file).range(expr.expr);
            plain(infer.project.file(expr.file).slice(range))
        }
        _ => None,
    }
}

/// A literal's text, with one kind of quotes; nothing for other texts.
fn plain(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    let quoted = text.len() >= 2
        && (text.starts_with('\'') && text.ends_with('\'') || text.starts_with('"') && text.ends_with('"'));
    if quoted {
        let inner = &text[1..text.len() - 1];
        return (!inner.contains(['\'', '"', '\\'])).then(|| format!("\"{inner}\"").into());
    }
    let number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    (number || matches!(text, "None" | "True" | "False")).then(|| text.into())
}
