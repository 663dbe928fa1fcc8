//! Methods that nobody calls: what they do never happens.

use super::infer::Infer;
use super::project::Project;
use super::types::{Class, FuncRef};
use crate::syntax::tree::{Expr, ExprKind, Name};
use rustc_hash::FxHashSet;

impl Infer<'_> {
    /// Whether a function stands in a method of the program's main file that nothing anywhere speaks of.
    ///
    /// Of other files somebody else may be the caller; so may Qt be, or a decorator, or a form that connects by name.
    pub(crate) fn is_unused(&self, func: FuncRef) -> bool {
        let tree = self.project.tree(func.file);
        if tree.calls_named("QApplication").is_empty() {
            return false;
        }
        let outer = |at: &FuncRef| tree.func(at.func).outer.map(|outer| FuncRef::new(func.file, outer));
        let mut around = std::iter::successors(Some(func), outer);
        let Some(method) = around.find(|at| tree.func(at.func).class.is_some()) else {
            return false;
        };
        let def = tree.func(method.func);
        let special = def.name.starts_with("__") || def.name.starts_with("on_") || def.name.ends_with("Event");
        !special
            && def.decorators.is_empty()
            && self.project.calls_named(&def.name).is_empty()
            && !self.is_called_from_above(method, &def.name)
            && !self.project.speaks_of(&def.name)
    }

    /// Whether a base that is not the program's own may call a method of this name.
    fn is_called_from_above(&self, method: FuncRef, name: &str) -> bool {
        let Some(class) = self.class_of(method) else {
            return true;
        };
        self.ancestry(class).iter().any(|base| match base {
            Class::Own(_) => false,
            Class::Qt(qt) => qt.method(name).is_some() || name == "run",
            Class::Other(other) => &**other != "object",
        })
    }
}

impl Project<'_> {
    /// Whether a name of a function stands anywhere but in definitions.
    fn speaks_of(&self, name: &Name) -> bool {
        let all = || {
            let mut spoken = FxHashSet::default();
            self.files.iter().for_each(|file| listen(&file.tree.exprs, &mut spoken));
            spoken
        };
        self.spoken.get_or_init(all).contains(&**name)
    }
}

fn listen(exprs: &[Expr], spoken: &mut FxHashSet<Box<str>>) {
    let mut add = |word: &str| {
        if !spoken.contains(word) {
            spoken.insert(Box::from(word));
        }
    };
    for expr in exprs {
        match &expr.kind {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => add(name),
            ExprKind::Str(text) => text
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .for_each(&mut add),
            _ => {}
        }
    }
}
