//! Annotations.

use super::Infer;
use crate::model::types::{Class, ExprRef, FuncRef, Ty, Types};
use crate::syntax::tree::{ExprKind, Name};

impl Infer<'_> {
    /// What an annotation promises.
    pub(crate) fn annotation(&self, expr: ExprRef) -> Types {
        let at = |id| ExprRef::new(expr.file, id);
        match self.project.kind(expr) {
            ExprKind::Str(text) => self.annotation_text(expr, text),
            ExprKind::None => Types::one(Ty::None),
            ExprKind::Arithmetic(sides) => self.union(sides.iter().map(|side| at(*side))),
            ExprKind::Subscript { value, index } => self.generic(at(*value), at(*index)),
            ExprKind::Name(_) | ExprKind::Attribute { .. } => objects(&self.expr(expr)),
            _ => Types::unknown(),
        }
    }

    fn union(&self, parts: impl Iterator<Item = ExprRef>) -> Types {
        let mut types = Types::default();
        parts.for_each(|part| types.join(&self.annotation(part)));
        types
    }

    fn generic(&self, outer: ExprRef, inner: ExprRef) -> Types {
        let last = match self.project.kind(outer) {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => name.clone(),
            _ => return Types::unknown(),
        };
        let parts = match self.project.kind(inner) {
            ExprKind::Sequence(parts) => parts.iter().map(|part| ExprRef::new(inner.file, *part)).collect(),
            _ => vec![inner],
        };
        match &*last {
            "Optional" | "Union" | "Final" | "ClassVar" | "Annotated" => self.union(parts.into_iter()),
            "List" | "list" | "Set" | "set" | "Deque" | "deque" | "Sequence" | "Iterable" | "Tuple" | "tuple" => {
                Types::one(Ty::Sequence(self.union(parts.into_iter()).list))
            }
            "Dict" | "dict" | "Mapping" | "defaultdict" => {
                Types::one(Ty::Sequence(self.union(parts.into_iter().skip(1)).list))
            }
            _ => Types::unknown(),
        }
    }

    /// A quoted annotation: a dotted name, perhaps optional.
    fn annotation_text(&self, expr: ExprRef, text: &str) -> Types {
        let bare = text.trim().trim_start_matches("Optional[").trim_end_matches(']');
        let bare = bare
            .split('|')
            .map(str::trim)
            .find(|part| *part != "None")
            .unwrap_or("");
        let mut names = bare.split('.');
        let simple = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let Some(first) = names.next().filter(|_| bare.split('.').all(simple)) else {
            return Types::unknown();
        };
        let scope = FuncRef::new(expr.file, self.project.tree(expr.file).expr(expr.expr).func);
        let mut types = (*self.name(scope, &Name::from(first))).clone();
        for name in names {
            types = self.attribute(&types, &Name::from(name));
        }
        objects(&types)
    }
}

pub(super) fn data_class(name: &str) -> bool {
    matches!(
        name,
        "builtins.str" | "builtins.int" | "builtins.float" | "builtins.bool" | "builtins.bytes" | "builtins.complex"
    )
}

/// The objects of classes.
fn objects(types: &Types) -> Types {
    let mut out = Types {
        list: Vec::new(),
        unknown: types.unknown,
    };
    for ty in &types.list {
        match ty {
            Ty::Class(class) => out.add(Ty::Instance(class.clone())),
            Ty::Other(name) if data_class(name) => out.add(Ty::Data),
            Ty::Other(name)
                if matches!(
                    &**name,
                    "builtins.list" | "builtins.dict" | "builtins.set" | "builtins.tuple"
                ) =>
            {
                out.unknown = true;
            }
            Ty::Other(name)
                if !matches!(
                    name.rsplit('.').next(),
                    Some("Any" | "Callable" | "object" | "Protocol")
                ) =>
            {
                out.add(Ty::Instance(Class::Other(name.clone())));
            }
            Ty::None => out.add(Ty::None),
            _ => out.unknown = true,
        }
    }
    out
}
