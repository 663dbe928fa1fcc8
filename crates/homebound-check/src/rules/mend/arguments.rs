//! What a function takes.

use super::values::is_constant;
use crate::context::Context;
use crate::syntax::tree::{Func, Name, Param, ParamKind};

/// The parameters of a function that are left when some are filled.
pub(super) struct Signature<'t> {
    params: Vec<(&'t Param, Option<String>)>,
}

impl<'t> Signature<'t> {
    /// Nothing where a default is not a constant, or a parameter is taken by name alone.
    pub(super) fn of(context: &Context<'_>, func: &'t Func, filled: usize) -> Option<Self> {
        let tree = context.tree();
        let known = |param: &'t Param| {
            let text = match param.default {
                Some(default) if !is_constant(tree, default) => return None,
                Some(default) => Some(context.text(default).to_owned()),
                None => None,
            };
            (param.kind != ParamKind::Keyword).then_some((param, text))
        };
        let params = func.params.iter().skip(filled).map(known).collect::<Option<_>>()?;
        Some(Self { params })
    }

    fn rest(&self) -> bool {
        self.params.iter().any(|(param, _)| param.kind == ParamKind::Rest)
    }

    fn positional(&self) -> impl Iterator<Item = &(&'t Param, Option<String>)> {
        self.params
            .iter()
            .filter(|(param, _)| param.kind == ParamKind::Positional)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'t Name> {
        self.positional().map(|(param, _)| &param.name)
    }

    /// Those that must be given.
    pub(super) fn required(&self) -> impl Iterator<Item = &'t Name> {
        self.positional()
            .filter(|(_, default)| default.is_none())
            .map(|(param, _)| &param.name)
    }

    /// How many of a signal's values it is called with; nothing where they are too few.
    pub(super) fn takes(&self, values: usize) -> Option<usize> {
        let most = if self.rest() { values } else { self.positional().count() };
        (self.required().count() <= values).then_some(most.min(values))
    }

    /// The parameters as they are written, behind that of the object.
    pub(super) fn written(&self, this: &str) -> String {
        let mut out = this.to_owned();
        for (param, default) in &self.params {
            let stars = match param.kind {
                ParamKind::Rest => "*",
                ParamKind::RestKeywords => "**",
                ParamKind::Positional | ParamKind::Keyword => "",
            };
            out.push_str(", ");
            out.push_str(stars);
            out.push_str(&param.name);
            if let Some(default) = default {
                out.push('=');
                out.push_str(default);
            }
        }
        out
    }
}
